import EnsembleModel

/// Lines of text with labels, hanging indentation and diffs, never wider than asked for except in diffs. All that is added is made
/// safe for a terminal.
struct TextPage {
    let width: Int
    let palette: Palette
    private var lines: [String] = []

    init(width: Int, palette: Palette) {
        self.width = max(40, width)
        self.palette = palette
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func blank() {
        if !lines.isEmpty, lines.last != "" { lines.append("") }
    }

    mutating func add(_ text: String, _ paint: Paint = .plain, then rest: String = "", _ restPaint: Paint = .plain) {
        lines.append(palette.text(safeForTerminal(text), paint) + palette.text(safeForTerminal(rest), restPaint))
    }

    mutating func paragraph(_ text: String, indent: Int, paint: Paint = .plain) {
        for line in wrapped(safeForTerminal(text), to: max(20, width - indent)) {
            lines.append(spaces(indent) + palette.text(line, paint))
        }
    }

    /// A short label and what it says, the latter in a column of its own.
    mutating func labelled(_ label: String, _ text: String, _ paint: Paint = .plain) {
        for (index, piece) in wrapped(safeForTerminal(text), to: max(20, width - 12)).enumerated() {
            let head = index == 0 ? palette.text(padded(label, to: 10), .faint) : spaces(10)
            lines.append("  " + head + palette.text(piece, paint))
        }
    }

    /// `label text`, with the text's further lines below its first.
    mutating func hanging(
        _ label: String, _ text: String, indent: Int, label labelPaint: Paint = .plain, paint: Paint = .plain
    ) {
        let label = safeForTerminal(label)
        let column = displayWidth(label) + 1
        let room = width - indent - column
        // Behind a long label there is no room for a column.
        let hang = room < 30 ? 4 : column
        let safe = safeForTerminal(text)
        let leading = safe.prefix { $0 == " " }.count
        var pieces = wrapped(safe, to: max(20, room - leading))
        if room < 30, displayWidth(safe) > room { pieces = [""] + wrapped(safe, to: max(20, width - indent - hang)) }
        for (index, piece) in pieces.enumerated() {
            let head = index == 0 ? palette.text(label, labelPaint) + " " : spaces(hang)
            let line = spaces(indent) + head + spaces(leading) + palette.text(piece, paint)
            lines.append(piece.isEmpty ? spaces(indent) + palette.text(label, labelPaint) : line)
        }
    }

    /// A unified diff, line by line as it is.
    mutating func diff(_ diff: String, indent: Int) {
        for line in safeForTerminal(diff, keepingLines: true).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast(diff.hasSuffix("\n") ? 1 : 0)
        {
            let paint: Paint =
                switch line.unicodeScalars.first {
                case _ where line.hasPrefix("---") || line.hasPrefix("+++"): .strong
                case "-": .bad
                case "+": .good
                case "@", "\\": .faint
                default: .plain
                }
            lines.append(spaces(indent) + palette.text(String(line), paint))
        }
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
