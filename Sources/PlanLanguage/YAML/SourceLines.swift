/// The lines of a text as YAML 1.1 breaks them, which is how libyaml counts: at CR LF, LF, CR, NEL, LS and PS.
struct SourceLines {
    private let lines: [Substring.UnicodeScalarView]

    init(_ text: String) {
        let scalars = Substring(text).unicodeScalars
        var lines: [Substring.UnicodeScalarView] = []
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let after = scalars.index(after: index)
            guard Self.isBreak(scalar) else {
                index = after
                continue
            }
            lines.append(scalars[start..<index])
            index =
                scalar == "\r" && after < scalars.endIndex && scalars[after] == "\n"
                ? scalars.index(after: after) : after
            start = index
        }
        lines.append(scalars[start...])
        self.lines = lines
    }

    static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    var count: Int { lines.count }

    /// `number` counts from 1.
    func line(_ number: Int) -> Substring.UnicodeScalarView? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }
}
