import PlanLanguage

/// A piece of a YAML file that is to be written: on one line where it is flat and fits, else in block style.
package indirect enum YAMLNode: Sendable, ExpressibleByStringLiteral {
    case word(String)
    case list([YAMLNode], folds: Bool = true)
    /// - Parameter folds: whether it may stand on one line.
    case map([(String, YAMLNode)], folds: Bool = true)

    package init(stringLiteral value: String) { self = .word(value) }

    static func words(_ words: some Sequence<some CustomStringConvertible>) -> YAMLNode {
        .list(words.map { .word($0.description) })
    }

    /// Lines without indentation.
    func lines(width: Int) -> [String] {
        if let line = oneLine, line.count <= width { return [line] }
        return block(width: width)
    }

    private func block(width: Int) -> [String] {
        switch self {
        case .word(let text): return [Self.scalar(text, inFlow: false)]
        case .list(let items, _): return items.flatMap { $0.item(width: width) }
        case .map(let entries, _):
            return entries.flatMap { key, value -> [String] in
                let key = Self.scalar(key, inFlow: false)
                if case .word(let text) = value { return ["\(key): \(Self.scalar(text, inFlow: false))"] }
                if let line = value.oneLine, key.count + 2 + line.count <= width { return ["\(key): \(line)"] }
                return ["\(key):"] + value.block(width: width - 2).map { "  " + $0 }
            }
        }
    }

    /// As an item of a list in block style.
    func item(width: Int) -> [String] {
        lines(width: width - 2).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
    }

    /// nil where it has to be in block style.
    private var oneLine: String? {
        switch self {
        case .word(let text): return Self.scalar(text, inFlow: true)
        case .list(let items, let folds):
            let parts = items.compactMap(\.oneLine)
            return folds && parts.count == items.count ? "[" + parts.joined(separator: ", ") + "]" : nil
        case .map(let entries, let folds):
            let parts = entries.compactMap { key, value in
                value.oneLine.map { "\(Self.scalar(key, inFlow: true)): \($0)" }
            }
            guard folds, parts.count == entries.count else { return nil }
            return "{" + parts.joined(separator: ", ") + "}"
        }
    }

    /// Plain where people would write it so, else in quotes.
    private static func scalar(_ text: String, inFlow: Bool) -> String {
        let marks = inFlow ? " ./_@-+()=" : " ./_@-+()=,;"
        let isSentence =
            text.first.map { $0.isASCII && $0.isLetter } == true && text.last != " "
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || marks.contains($0) }
        return isSentence || text == "$server" ? text : YAMLText.scalar(text)
    }
}
