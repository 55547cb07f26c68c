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
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case "*":
            return (name.startIndex...name.endIndex).contains { matches(name[$0...], rest) }
        case "?":
            return !name.isEmpty && matches(name.dropFirst(), rest)
        case "[":
            guard let end = rest.dropFirst().firstIndex(of: "]") else {
                return name.first == "[" && matches(name.dropFirst(), rest)
            }
            guard let character = name.first else { return false }
            return isIn(character, rest[..<end]) && matches(name.dropFirst(), pattern[(end + 1)...])
        default:
            return name.first == first && matches(name.dropFirst(), rest)
        }
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
