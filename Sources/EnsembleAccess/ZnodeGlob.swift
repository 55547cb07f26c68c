/// A pattern for paths of znodes, segment by segment: `*` any run of characters, `?` one character, `[a-z]` one of these.
/// None of them reaches over a `/`.
struct ZnodeGlob: Sendable, Equatable {
    let segments: [String]

    /// nil where it doesn't begin with a `/` or holds an empty segment.
    init?(_ text: String) {
        guard text.hasPrefix("/"), text.count > 1 else { return nil }
        segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if segments.contains("") { return nil }
    }

    static func isPlain(_ segment: String) -> Bool { !segment.contains { "*?[".contains($0) } }

    static func matches(_ name: String, _ pattern: String) -> Bool {
        matches(Array(name)[...], Array(pattern)[...])
    }

    private static func matches(_ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        var (name, pattern) = (name, pattern)
        // Where to go on after the last `*` when what follows it does not fit; earlier ones need no second look.
        var retry: (name: ArraySlice<Character>, pattern: ArraySlice<Character>)?
        while true {
            if pattern.first == "*" {
                pattern = pattern.dropFirst()
                retry = (name, pattern)
            } else if let character = name.first, let rest = one(character, pattern) {
                (name, pattern) = (name.dropFirst(), rest)
            } else if pattern.isEmpty, name.isEmpty {
                return true
            } else if let (from, rest) = retry, !from.isEmpty {
                retry = (from.dropFirst(), rest)
                (name, pattern) = (from.dropFirst(), rest)
            } else {
                return false
            }
        }
    }

    /// - Returns: the rest of a pattern whose beginning stands for this character; nil where it doesn't.
    private static func one(_ character: Character, _ pattern: ArraySlice<Character>) -> ArraySlice<Character>? {
        guard let first = pattern.first else { return nil }
        let rest = pattern.dropFirst()
        if first == "[", let end = rest.dropFirst().firstIndex(of: "]") {
            return isIn(character, rest[..<end]) ? pattern[(end + 1)...] : nil
        }
        return first == "?" || first == character ? rest : nil
    }

    /// Whether a character is of `abc`, `a-z`, or not of `!abc`.
    private static func isIn(_ character: Character, _ list: ArraySlice<Character>) -> Bool {
        if let first = list.first, first == "!" || first == "^" { return !isIn(character, list.dropFirst()) }
        var rest = list
        while let one = rest.popFirst() {
            if rest.count >= 2, rest.first == "-" {
                let last = rest[rest.index(after: rest.startIndex)]
                rest = rest.dropFirst(2)
                if one <= character && character <= last { return true }
            } else if one == character {
                return true
            }
        }
        return false
    }
}
