/// Repaints a block of lines in place: what to write so that the terminal shows the new block where the old one was.
///
/// Lines that did not change are skipped and the rest is overwritten before it is erased, in one piece of text, so that nothing
/// flickers. The cursor stands at the beginning of the line below the block between calls.
package struct Repainter: Sendable {
    private var shown: [String] = []
    private var shownWidth = 0

    package init() {}

    /// - Parameters:
    ///   - lines: none wider than `width`, and fewer than the terminal has rows, since the cursor can't go back above
    ///     the first.
    ///   - above: lines that scroll away with the terminal's history, above the block.
    package mutating func repaint(_ lines: [String], above: [String] = [], width: Int) -> String {
        // A terminal that was made wider or narrower has wrapped the old lines anew: nothing is where it was.
        let keeps = above.isEmpty && width == shownWidth
        if keeps, lines == shown { return "" }
        var text = backToTop(width: width)
        for line in above { text += "\r\u{1b}[K" + line + "\r\n" }
        for (index, line) in lines.enumerated() {
            if keeps, index < shown.count, shown[index] == line {
                text += "\r\n"
                continue
            }
            // Erasing after a line that fills the row would take its last character with it (xterm's pending wrap).
            text += "\r" + line + (Self.columns(line) < width ? "\u{1b}[K" : "") + "\r\n"
        }
        if !keeps || lines.count < shown.count { text += "\u{1b}[J" }
        (shown, shownWidth) = (lines, width)
        return text
    }

    /// Takes the block away, for text that others write; the next `repaint` puts it below that.
    package mutating func clear(width: Int) -> String {
        let text = shown.isEmpty ? "" : backToTop(width: width) + "\u{1b}[J"
        shown = []
        return text
    }

    /// Leaves the block where it stands; the next `repaint` starts a new one below.
    package mutating func leave() { shown = [] }

    private func backToTop(width: Int) -> String {
        let rows = shown.reduce(0) { rows, line in
            rows + max(1, (Self.columns(line) + max(1, width) - 1) / max(1, width))
        }
        return rows > 0 ? "\u{1b}[\(rows)A\r" : "\r"
    }

    /// Columns of `line`, its Select Graphic Rendition sequences not counted.
    private static func columns(_ line: String) -> Int {
        var plain = ""
        var rest = line[...]
        while let escape = rest.firstIndex(of: "\u{1b}") {
            plain += rest[..<escape]
            rest = rest[escape...].drop { $0 != "m" }.dropFirst()
        }
        return displayWidth(plain + rest)
    }
}
