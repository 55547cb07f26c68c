import EnsembleModel

/// What a script of ours printed: lines of a key and a value, and files with their lengths before them.
struct ScriptReply: Sendable, Equatable {
    private(set) var lines: [(key: String, value: String)] = []
    private(set) var blobs: [String: [UInt8]] = [:]

    /// More than a host with files of ten years has; each takes far more memory than its byte on the way.
    private static let mostLines = 200_000

    /// nil where the output is not of that form, such as one cut off.
    init?(_ output: [UInt8]) {
        var rest = output[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard lines.count + blobs.count < Self.mostLines else { return nil }
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            let value = words.count > 1 ? String(words[1]) : ""
            guard words[0] == "blob" else {
                lines.append((String(words[0]), value))
                continue
            }
            let head = value.split(separator: " ")
            guard head.count == 2, let size = Int(head[1]), size >= 0, rest.count > size else { return nil }
            let content = rest.prefix(size)
            rest = rest.dropFirst(size)
            guard rest.popFirst() == UInt8(ascii: "\n") else { return nil }
            blobs[String(head[0])] = Array(content)
        }
        guard rest.isEmpty else { return nil }
    }

    /// The first line of this key.
    subscript(key: String) -> String? { lines.first { $0.key == key }?.value }

    func number(_ key: String) -> Int? { self[key].flatMap { Int(told: $0) } }

    /// The values of all lines of this key.
    func all(_ key: String) -> [String] { lines.filter { $0.key == key }.map(\.value) }

    func text(_ blob: String) -> String? { blobs[blob].map { TextEncoding.decode($0).text } }

    static func == (left: Self, right: Self) -> Bool {
        left.blobs == right.blobs && left.lines.elementsEqual(right.lines) { $0 == $1 }
    }
}
