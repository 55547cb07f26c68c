/// Reads the lines of a shell file as far as is needed to know where a command begins: not inside quotations or
/// here-documents, nor where the line before goes on.
struct ShellScan {
    struct Line: Hashable {
        /// Without its end.
        var text: [Unicode.Scalar]
        /// `\n`, `\r\n`, or nothing at the end of the text.
        var end: [Unicode.Scalar]
        /// Whether a command begins with this line.
        var beginsCommand: Bool

        /// Blank, or a comment.
        var isQuiet: Bool {
            let first = text.first { $0 != " " && $0 != "\t" }
            return beginsCommand && (first == nil || first == "#")
        }
    }

    private enum Place { case plain, single, double }

    private(set) var lines: [Line] = []
    /// Whether the text ends where a command may begin.
    private(set) var endsPlain = true

    private var place = Place.plain
    private var continues = false
    private var awaited: [(word: [Unicode.Scalar], stripsTabs: Bool)] = []
    private var current: (word: [Unicode.Scalar], stripsTabs: Bool)?

    init(_ text: String) {
        for (content, end) in Self.split(text) { read(content, end) }
        endsPlain = place == .plain && !continues && awaited.isEmpty && current == nil
    }

    private static func split(_ text: String) -> [(text: [Unicode.Scalar], end: [Unicode.Scalar])] {
        var lines: [(text: [Unicode.Scalar], end: [Unicode.Scalar])] = []
        var content: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            guard scalar == "\n" else {
                content.append(scalar)
                continue
            }
            let returns = content.last == "\r"
            lines.append((returns ? content.dropLast() : content, returns ? ["\r", "\n"] : ["\n"]))
            content = []
        }
        if !content.isEmpty { lines.append((content, [])) }
        return lines
    }

    private mutating func read(_ text: [Unicode.Scalar], _ end: [Unicode.Scalar]) {
        if let open = current {
            lines.append(Line(text: text, end: end, beginsCommand: false))
            let candidate = open.stripsTabs ? Array(text.drop { $0 == "\t" }) : text
            if candidate == open.word { current = awaited.isEmpty ? nil : awaited.removeFirst() }
            return
        }
        lines.append(Line(text: text, end: end, beginsCommand: place == .plain && !continues))
        continues = false
        scan(text)
        if place == .plain, !awaited.isEmpty { current = awaited.removeFirst() }
    }

    private mutating func scan(_ text: [Unicode.Scalar]) {
        var index = 0
        var lastCode: Unicode.Scalar?
        var beforeLast: Unicode.Scalar?
        while index < text.count {
            let scalar = text[index]
            switch (place, scalar) {
            case (.single, _): if scalar == "'" { place = .plain }
            case (_, "\\"):
                if index + 1 == text.count { continues = true }
                index += 1
            case (.double, _): if scalar == "\"" { place = .plain }
            case (.plain, "'"): place = .single
            case (.plain, "\""): place = .double
            case (.plain, "#") where index == 0 || Self.breaksWord(text[index - 1]):
                index = text.count
                continue
            case (.plain, "<"): index = hereDocument(text, at: index)
            default: break
            }
            if scalar != " ", scalar != "\t" { (beforeLast, lastCode) = (lastCode, scalar) }
            index += 1
        }
        let joins = lastCode == "|" || (lastCode == "&" && beforeLast == "&")
        if place == .plain, joins { continues = true }
    }

    static func breaksWord(_ scalar: Unicode.Scalar) -> Bool { " \t;&|()".unicodeScalars.contains(scalar) }

    /// Reads `<<WORD` and `<<-'WORD'`; `<<<` is no here-document. Gives the place of the last scalar that it took.
    private mutating func hereDocument(_ text: [Unicode.Scalar], at start: Int) -> Int {
        guard start + 2 < text.count, text[start + 1] == "<" else { return start }
        guard text[start + 2] != "<" else { return start + 2 }
        var index = start + 2
        let stripsTabs = text[index] == "-"
        if stripsTabs { index += 1 }
        while index < text.count, text[index] == " " || text[index] == "\t" { index += 1 }
        var word: [Unicode.Scalar] = []
        while index < text.count, !Self.breaksWord(text[index]), text[index] != "<", text[index] != ">" {
            if text[index] != "'", text[index] != "\"", text[index] != "\\" { word.append(text[index]) }
            index += 1
        }
        // `$((1<<2))` shifts.
        guard let first = word.first, first.properties.isAlphabetic || first == "_" else { return start + 1 }
        awaited.append((word, stripsTabs))
        return index - 1
    }
}
