import Checksums

/// The first field of a known_hosts line: names with wildcards, some negated, or one hashed name.
struct KnownHostNames: Sendable, Equatable {
    private enum Form: Sendable, Equatable {
        case patterns([String])
        case hashed(salt: [UInt8], sum: [UInt8])
    }

    private let form: Form

    /// Nil where a hashed name is malformed.
    init?(_ field: String) {
        if field.hasPrefix("|1|") {
            let parts = field.split(separator: "|")
            guard parts.count == 3, let salt = Base64.decode(parts[1].utf8), let sum = Base64.decode(parts[2].utf8),
                sum.count == 20
            else { return nil }
            form = .hashed(salt: salt, sum: sum)
        } else if field.hasPrefix("|") {
            return nil
        } else {
            form = .patterns(field.split(separator: ",").map { $0.lowercased() })
        }
    }

    /// - Parameter name: in lower case, `[name]:port` where the port isn't 22.
    func match(_ name: String) -> Bool {
        switch form {
        case .hashed(let salt, let sum):
            return HMACSHA1.code(key: salt, message: Array(name.utf8)) == sum
        case .patterns(let patterns):
            let matching = patterns.filter { pattern in
                let negated = pattern.hasPrefix("!")
                return Self.matches(Array(name.utf8)[...], Array(pattern.utf8.dropFirst(negated ? 1 : 0))[...])
            }
            return !matching.isEmpty && !matching.contains { $0.hasPrefix("!") }
        }
    }

    /// `*` stands for any characters, `?` for one.
    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var name = name
        var pattern = pattern
        // Where to go on after the last `*` when what follows it does not fit.
        var retry: (name: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while true {
            if let next = pattern.first, next == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (name, pattern)
            } else if let next = pattern.first, let own = name.first, next == UInt8(ascii: "?") || next == own {
                pattern = pattern.dropFirst()
                name = name.dropFirst()
            } else if pattern.isEmpty, name.isEmpty {
                return true
            } else if let (from, rest) = retry, !from.isEmpty {
                retry = (from.dropFirst(), rest)
                name = from.dropFirst()
                pattern = rest
            } else {
                return false
            }
        }
    }
}
