/// `KEY=value` or `export KEY=value` at the beginning of a line of a shell file.
struct ShellAssignment {
    var key: String
    /// Where the value's word stands in the line.
    var value: Range<Int>
    /// Whether nothing else stands on the line but blanks, a `;` and a comment, so that the line can go as a whole.
    var isAlone: Bool
    /// Whether the value goes on in the next line.
    var goesOn: Bool

    /// nil where the line is no assignment; `KEY=value command` only lends the variable to the command.
    init?(_ line: [Unicode.Scalar]) {
        var index = line.firstIndex { $0 != " " && $0 != "\t" } ?? line.count
        let exported = line[index...].starts(with: "export ".unicodeScalars)
        if exported {
            index = line[(index + 7)...].firstIndex { $0 != " " && $0 != "\t" } ?? line.count
        }
        let start = index
        while index < line.count, Self.isNameScalar(line[index], first: index == start) { index += 1 }
        guard index > start, index < line.count, line[index] == "=" else { return nil }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: line[start..<index])
        key = String(name)
        guard let end = Self.endOfWord(line, from: index + 1) else {
            (value, isAlone, goesOn) = (index + 1..<line.count, false, true)
            return
        }
        value = index + 1..<end
        goesOn = false
        let rest = Array(line[end...].drop { $0 == " " || $0 == "\t" })
        let afterSign = Array((rest.first == ";" ? rest.dropFirst() : rest[...]).drop { $0 == " " || $0 == "\t" })
        isAlone = afterSign.isEmpty || (afterSign[0] == "#" && end < line.count)
        let separators = ";&|#)".unicodeScalars
        guard exported || rest.isEmpty || separators.contains(rest[0]) else { return nil }
    }

    static func isNameScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "_": true
        case "0"..."9": !first
        default: false
        }
    }

    /// Where the shell word that begins at `start` ends; nil where the line ends inside it.
    static func endOfWord(_ text: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start
        var closers: [Unicode.Scalar] = []
        while index < text.count {
            let scalar = text[index]
            if closers.last == "'" {
                if scalar == "'" { closers.removeLast() }
            } else if scalar == "\\" {
                guard index + 1 < text.count else { return nil }
                index += 1
            } else if scalar == closers.last {
                closers.removeLast()
            } else if scalar == "$", index + 1 < text.count,
                let closer = ["(": ")", "{": "}"][text[index + 1]] as Unicode.Scalar?
            {
                closers.append(closer)
                index += 1
            } else if scalar == "\"" || scalar == "`" || (scalar == "'" && closers.last != "\"") {
                closers.append(scalar)
            } else if closers.isEmpty, " \t;&|()<>".unicodeScalars.contains(scalar) {
                return index
            }
            index += 1
        }
        return closers.isEmpty ? index : nil
    }
}
