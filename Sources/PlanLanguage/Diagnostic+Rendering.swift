extension Diagnostic {
    /// `file:line:column: error: message`, the line, a caret under the place, and the hint. Without a place or a source only what there is.
    package func rendered(source: SourceText?) -> String {
        rendered(lines: source.flatMap { $0.name == range?.file ? SourceLines($0.text) : nil })
    }

    fileprivate func rendered(lines: SourceLines?) -> String {
        var text = "\(severity.rawValue): \(message)"
        if let range {
            text = "\(range.file):\(range.line):\(range.column): " + text
            if let line = lines?.line(range.line) {
                text += "\n" + Self.underlined(Array(line), column: range.column, length: range.length)
            }
        }
        if let hint { text += "\n  hint: \(hint)" }
        return text
    }

    /// The line with a caret below. Of a long line only the surroundings of the place are shown.
    private static func underlined(_ line: [Unicode.Scalar], column: Int, length: Int) -> String {
        let place = min(max(column - 1, 0), line.count)
        let from = place > 100 ? place - 60 : 0
        let to = min(line.count, from + 160)
        let shown = line[from..<to]
        let before = line[from..<min(place, to)].map { $0 == "\t" ? "\t" : " " }.joined()
        let carets = max(1, min(length, to - place))
        let text = String(String.UnicodeScalarView(shown.map(visible)))
        return "    \(from > 0 ? "…" : "")\(text)\(to < line.count ? "…" : "")\n"
            + "    \(from > 0 ? " " : "")\(before)^\(String(repeating: "~", count: carets - 1))"
    }

    /// A terminal must not be steered by what stands in a file.
    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.value < 0x20 && scalar != "\t" || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar
    }
}

extension SourceRange {
    /// Its place, and the line with a caret below; the place alone where the text hasn't that line.
    package func excerpt(of source: SourceText) -> [String] {
        Diagnostic(.warning, at: self, "").rendered(source: source).split(separator: "\n").enumerated().map {
            $0.offset == 0 ? "\(file):\(line):\(column):" : String($0.element.dropFirst(2))
        }
    }
}

extension InvalidInput: CustomStringConvertible {
    package var description: String { rendered }

    /// All diagnostics, one after the other, and how many there are.
    package var rendered: String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        var counts: [String] = []
        if errors > 0 { counts.append(errors == 1 ? "1 error" : "\(errors) errors") }
        if warnings > 0 { counts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
        let lines = Dictionary(sources.map { ($0.name, SourceLines($0.text)) }, uniquingKeysWith: { first, _ in first })
        let blocks = diagnostics.map { $0.rendered(lines: $0.range.flatMap { lines[$0.file] }) }
        return (blocks + [counts.joined(separator: ", ")]).joined(separator: "\n") + "\n"
    }
}
