extension PropertiesText {
    /// Makes `value` the effective value of `key`.
    ///
    /// An effective line that says so already stays untouched; one that says otherwise changes in place and keeps its
    /// indentation, separator and line end. Where there is none, a commented-out line with this very value is made live
    /// again; else a new line goes right after a commented-out `#key=…`, or else to the end.
    package mutating func set(_ key: String, _ value: String) {
        defer { readAgain() }
        if let place = effective(key) {
            setValue(value, at: place.index)
            return
        }
        let commented = commentedOut { $0.key == key }
        if let same = commented.last(where: { $0.property.value.isIdentical(to: value) }) {
            lines.replaceSubrange(same.range, with: PropertiesReader.lines(of: same.live))
            return
        }
        let neighbour = commented.last { $0.property.separator == .sign }
        insert(key, value, after: neighbour.map { $0.range.upperBound - 1 } ?? lines.count - 1)
    }

    /// Removes every assignment of the key, or of all keys that match a pattern such as `server.*`.
    package mutating func remove(_ keyOrPattern: String) {
        lines.removeAll { line in line.property.map { keyMatches($0.key, keyOrPattern) } ?? false }
        readAgain()
    }

    /// Puts a `#` before every assignment of the key, or of all keys that match a pattern such as `server.*`, and
    /// before each of its continuation lines.
    package mutating func comment(_ keyOrPattern: String) {
        for index in lines.indices.reversed() {
            if let property = lines[index].property, keyMatches(property.key, keyOrPattern) { commentLine(at: index) }
        }
        readAgain()
    }

    /// Where `\r` and `\n` came to stand side by side they are one line end now: a blank line less, nothing else.
    mutating func readAgain() { lines = PropertiesReader.lines(of: lines.flatMap(\.raw)) }

    // MARK: By place

    /// A commented-out assignment: the comment lines that hold it, and what they would be without the sign.
    struct CommentedOut {
        var range: Range<Int>
        var property: PropertiesLine.Property
        var live: [Unicode.Scalar]
    }

    mutating func setValue(_ value: String, at index: Int) {
        guard let property = lines[index].property, !property.value.isIdentical(to: value) else { return }
        let line = lines[index]
        var raw = Array(line.raw[..<property.valueStart])
        if property.separator == .none { raw.append("=") }
        raw += PropertiesEscapes.escape(value: value, after: property.separator)
        lines.replaceSubrange(index...index, with: PropertiesReader.lines(of: raw + line.lineEnd))
    }

    /// Comments the lines of one assignment. The sign stands right before the first character that is no blank, so that
    /// making the line live again restores its indentation.
    mutating func commentLine(at index: Int) {
        let raw = lines[index].physicalLines.flatMap { physical -> [Unicode.Scalar] in
            let indentation = physical.prefix(while: PropertiesReader.isBlank)
            return Array(indentation) + ["#"] + physical.dropFirst(indentation.count)
        }
        lines.replaceSubrange(index...index, with: PropertiesReader.lines(of: raw))
    }

    /// Inserts `key=value` after the line at `index`; -1 puts it first.
    mutating func insert(_ key: String, _ value: String, after index: Int) {
        let lineEnd = usualLineEnd
        var raw = PropertiesEscapes.escape(key: key) + ["="] + PropertiesEscapes.escape(value: value, after: .sign)
        let endsText = index == lines.count - 1
        // A text that had no final line end gets none.
        if !endsText || lines.last.map({ !$0.lineEnd.isEmpty }) ?? true { raw += lineEnd }
        if endsText, let last = lines.last, last.ending != .complete {
            // Its own line end where it has one, for `\r` and then `\n` would be one and the same.
            let ownLineEnd = last.lineEnd.isEmpty ? lineEnd : Array(last.lineEnd)
            let closed = last.raw + Array(repeating: ownLineEnd, count: last.ending.rawValue).joined()
            lines.replaceSubrange(index...index, with: PropertiesReader.lines(of: closed))
        }
        lines.insert(contentsOf: PropertiesReader.lines(of: raw), at: endsText ? lines.count : index + 1)
    }

    /// Commented-out assignments that fulfil a condition, in the order of the text.
    func commentedOut(where condition: (PropertiesLine.Property) -> Bool) -> [CommentedOut] {
        lines.indices.compactMap { first in
            guard lines[first].content == .comment else { return nil }
            var live: [Unicode.Scalar] = []
            // A longer chain is prose or art, and looking for its end from each of its lines would take long.
            for last in first..<min(first + 8, lines.count) {
                guard lines[last].content == .comment else { return nil }
                live += withoutCommentSign(lines[last].raw)
                if isContinued(lines[last]), last + 1 < lines.count { continue }
                let read = PropertiesReader.lines(of: live)
                guard read.count == 1, let property = read[0].property, condition(property) else { return nil }
                return CommentedOut(range: first..<last + 1, property: property, live: live)
            }
            return nil
        }
    }

    /// Whether the line would be continued by the next one if it were no comment.
    private func isContinued(_ comment: PropertiesLine) -> Bool {
        let content = comment.raw.dropLast(comment.lineEnd.count)
        return !content.reversed().prefix { $0 == "\\" }.count.isMultiple(of: 2)
    }

    /// Drops the signs and, where a single blank follows them, that blank: `# key=value` becomes `key=value`.
    private func withoutCommentSign(_ raw: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let indentation = raw.prefix(while: PropertiesReader.isBlank)
        let rest = raw.dropFirst(indentation.count).drop(while: PropertiesReader.isCommentSign)
        let blanks = rest.prefix(while: PropertiesReader.isBlank)
        return Array(indentation) + (blanks.count == 1 ? rest.dropFirst() : rest)
    }

    /// The line end that most lines have; `\n` where there is none.
    private var usualLineEnd: [Unicode.Scalar] {
        var counts: [[Unicode.Scalar]: Int] = [:]
        for line in lines where !line.lineEnd.isEmpty { counts[Array(line.lineEnd), default: 0] += 1 }
        let preferred: [[Unicode.Scalar]] = [["\n"], ["\r", "\n"], ["\r"]]
        return preferred.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? ["\n"]
    }
}

extension String {
    /// Equality of scalars: `==` would take canonically equivalent texts for the same.
    func isIdentical(to other: String) -> Bool { unicodeScalars.elementsEqual(other.unicodeScalars) }
}
