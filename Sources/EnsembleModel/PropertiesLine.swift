/// One logical line of a `.properties` text as `java.util.Properties.load` reads it: a property with its continuation
/// lines, or one blank or comment line. `raw` holds every scalar of it, line ends included.
struct PropertiesLine: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case blank, comment
        case property(Property)
    }

    struct Property: Hashable, Sendable {
        var key: String
        var value: String
        /// Where the value begins, or would begin, in `raw`.
        var valueStart: Int
        var separator: Separator
        /// False where a `\u` is not followed by four hexadecimal digits; Java throws at such a line.
        var escapesAreValid: Bool
    }

    enum Separator: Hashable, Sendable {
        /// `=` or `:`, with or without blanks around it.
        case sign
        case blanks
        case none
    }

    /// What a line needs before another may follow it.
    enum Ending: Int, Hashable, Sendable {
        case complete = 0
        /// The text ended where this line had no line end yet, or where a continuation was still to come.
        case lacksLineEnd = 1
        /// The text ended with a continuation's backslash.
        case lacksTwoLineEnds = 2
    }

    var raw: [Unicode.Scalar]
    var content: Content
    var ending: Ending
    /// A line added directly to `raw` would be read as the continuation of this one.
    var joinsNext: Bool

    var property: Property? {
        if case .property(let property) = content { property } else { nil }
    }

    /// `\n`, `\r\n`, `\r`, or nothing.
    var lineEnd: ArraySlice<Unicode.Scalar> {
        switch raw.last {
        case "\n" where raw.dropLast().last == "\r": raw.suffix(2)
        case "\n", "\r": raw.suffix(1)
        default: []
        }
    }

    var physicalLines: [ArraySlice<Unicode.Scalar>] {
        var lines: [ArraySlice<Unicode.Scalar>] = []
        var start = raw.startIndex
        for index in raw.indices where PropertiesReader.isLineEnd(raw[index]) {
            if raw[index] == "\r", index + 1 < raw.endIndex, raw[index + 1] == "\n" { continue }
            lines.append(raw[start...index])
            start = index + 1
        }
        if start < raw.endIndex { lines.append(raw[start...]) }
        return lines
    }
}

/// Cuts a text into logical lines, as `Properties.LineReader` of the JDK does (read in JDK 17).
struct PropertiesReader {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    static func lines(of scalars: [Unicode.Scalar]) -> [PropertiesLine] {
        var reader = PropertiesReader(scalars)
        var lines: [PropertiesLine] = []
        while let line = reader.next() { lines.append(line) }
        return lines
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\u{c}" }
    static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }
    static func isCommentSign(_ scalar: Unicode.Scalar) -> Bool { scalar == "#" || scalar == "!" }

    mutating func next() -> PropertiesLine? {
        guard position < scalars.count else { return nil }
        let start = position
        var logical = LogicalLine()
        var (skipsBlanks, continues, escaped) = (true, false, false)
        while position < scalars.count {
            let scalar = scalars[position]
            if skipsBlanks, Self.isBlank(scalar) {
                position += 1
                continue
            }
            skipsBlanks = false
            if Self.isLineEnd(scalar) {
                takeLineEnd()
                guard escaped else { return line(from: start, logical.content(endsWithBackslash: false), .complete) }
                // A backslash before the line end goes, and so do the blanks at the start of the next line.
                logical.removeLast()
                (skipsBlanks, continues, escaped) = (true, true, false)
                continue
            }
            if logical.scalars.isEmpty, Self.isCommentSign(scalar) { return comment(from: start) }
            logical.append(scalar, at: position - start)
            continues = false
            escaped = scalar == "\\" && !escaped
            position += 1
        }
        if escaped { logical.removeLast() }
        let joinsNext = escaped || (continues && scalars.last.map(Self.isLineEnd) == true)
        let content = logical.content(endsWithBackslash: joinsNext && !(scalars.suffix(2) == ["\r", "\n"]))
        return line(from: start, content, escaped ? .lacksTwoLineEnds : .lacksLineEnd, joinsNext: joinsNext)
    }

    /// A comment ends with its line; a backslash at its end continues nothing.
    private mutating func comment(from start: Int) -> PropertiesLine {
        while position < scalars.count, !Self.isLineEnd(scalars[position]) { position += 1 }
        guard position < scalars.count else { return line(from: start, .comment, .lacksLineEnd) }
        takeLineEnd()
        return line(from: start, .comment, .complete)
    }

    private mutating func takeLineEnd() {
        let isPair = scalars[position] == "\r" && position + 1 < scalars.count && scalars[position + 1] == "\n"
        position += isPair ? 2 : 1
    }

    private func line(
        from start: Int, _ content: PropertiesLine.Content, _ ending: PropertiesLine.Ending, joinsNext: Bool = false
    ) -> PropertiesLine {
        PropertiesLine(raw: Array(scalars[start..<position]), content: content, ending: ending, joinsNext: joinsNext)
    }
}

/// A line with its continuations joined; knows for each scalar where it stands in the raw line.
private struct LogicalLine {
    var scalars: [Unicode.Scalar] = []
    var places: [Int] = []

    mutating func append(_ scalar: Unicode.Scalar, at place: Int) {
        scalars.append(scalar)
        places.append(place)
    }

    mutating func removeLast() {
        scalars.removeLast()
        places.removeLast()
    }

    /// Splits into key and value as `Properties.load0` does: the key ends at the first unescaped `=`, `:` or blank.
    /// A backslash alone at the end of the text, with at most one character of line end, is a property without key and value.
    func content(endsWithBackslash: Bool) -> PropertiesLine.Content {
        guard !scalars.isEmpty || endsWithBackslash else { return .blank }
        var (keyEnd, escaped) = (0, false)
        while keyEnd < scalars.count {
            let scalar = scalars[keyEnd]
            if !escaped, isSign(scalar) || PropertiesReader.isBlank(scalar) { break }
            escaped = scalar == "\\" && !escaped
            keyEnd += 1
        }
        var (valueStart, hasSign) = (keyEnd, false)
        while valueStart < scalars.count {
            if !PropertiesReader.isBlank(scalars[valueStart]) {
                guard !hasSign, isSign(scalars[valueStart]) else { break }
                hasSign = true
            }
            valueStart += 1
        }
        let (key, keyIsValid) = PropertiesEscapes.unescape(scalars[..<keyEnd])
        let (value, valueIsValid) = PropertiesEscapes.unescape(scalars[valueStart...])
        return .property(
            .init(
                key: key, value: value,
                valueStart: valueStart < places.count ? places[valueStart] : (places.last ?? -1) + 1,
                separator: hasSign ? .sign : keyEnd < scalars.count ? .blanks : .none,
                escapesAreValid: keyIsValid && valueIsValid))
    }

    private func isSign(_ scalar: Unicode.Scalar) -> Bool { scalar == "=" || scalar == ":" }
}
