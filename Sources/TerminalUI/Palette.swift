/// What a piece of text means; a ``Palette`` says how that looks.
package enum Paint: Sendable, Hashable {
    case plain, strong, faint, good, bad, caution, active
}

/// Colours and marks as the terminal at hand can show them.
package struct Palette: Sendable, Hashable {
    /// Select Graphic Rendition sequences (ECMA-48, 8.3.117).
    package var colour: Bool
    /// Marks outside ASCII; false where the locale's character set is not UTF-8.
    package var unicode: Bool

    package init(colour: Bool, unicode: Bool = true) {
        self.colour = colour
        self.unicode = unicode
    }

    package func text(_ text: String, _ paint: Paint) -> String {
        guard colour, !text.isEmpty else { return text }
        let code: String? =
            switch paint {
            case .plain: nil
            case .strong: "1"
            case .faint: "2"
            case .good: "32"
            case .bad: "1;31"
            case .caution: "33"
            case .active: "36"
            }
        return code.map { "\u{1b}[\($0)m\(text)\u{1b}[0m" } ?? text
    }

    package var done: String { unicode ? "✓" : "+" }
    package var failed: String { unicode ? "✗" : "x" }
    package var current: String { unicode ? "▸" : ">" }
    package var warning: String { "!" }
    package var separator: String { unicode ? " · " : " - " }

    /// `width` columns, the first `fraction` of them filled.
    package func bar(_ fraction: Double, width: Int) -> String {
        let filled = Int((max(0, min(1, fraction)) * Double(width)).rounded(.down))
        return String(repeating: unicode ? "█" : "#", count: filled)
            + String(repeating: unicode ? "░" : ".", count: width - filled)
    }
}

/// A line made of pieces, cut to the terminal's width only when it is rendered, so that colours never count as columns.
package struct StyledLine: Sendable, Hashable {
    package var pieces: [Piece]

    package struct Piece: Sendable, Hashable {
        package var text: String
        package var paint: Paint
    }

    package init() { pieces = [] }

    package init(_ text: String, _ paint: Paint = .plain) {
        pieces = [Piece(text: text, paint: paint)]
    }

    package mutating func add(_ text: String, _ paint: Paint = .plain) {
        pieces.append(Piece(text: text, paint: paint))
    }

    package var width: Int { pieces.reduce(0) { $0 + displayWidth($1.text) } }

    /// Puts `text` at the right edge of a line of `width` columns, cutting what stands before it where room is short.
    package mutating func addAtRight(_ text: String, _ paint: Paint = .plain, width: Int) {
        let room = max(0, width - displayWidth(text) - 1)
        cut(to: room)
        add(String(repeating: " ", count: max(1, width - self.width - displayWidth(text))))
        add(text, paint)
    }

    package mutating func cut(to limit: Int) {
        var room = limit
        var kept: [Piece] = []
        for piece in pieces where room > 0 {
            let text = shortened(piece.text, to: room)
            room -= displayWidth(text)
            kept.append(Piece(text: text, paint: piece.paint))
            if text != piece.text { break }
        }
        pieces = kept
    }

    package func rendered(_ palette: Palette, width: Int? = nil) -> String {
        var line = self
        if let width { line.cut(to: width) }
        // Spaces at the end would only wrap on a terminal that shrank.
        while let last = line.pieces.popLast() {
            let text = last.text.reversed().drop { $0 == " " }.reversed()
            guard text.isEmpty else {
                line.pieces.append(Piece(text: String(text), paint: last.paint))
                break
            }
        }
        return line.pieces.map { palette.text($0.text, $0.paint) }.joined()
    }
}
