import EnsembleModel

/// A shell file whose variables are set, removed or commented out without breaking its syntax.
///
/// What counts is a line that begins with `KEY=value` or `export KEY=value` where a command may begin. An assignment further
/// right, as in `[ -n "$KEY" ] || KEY=x`, is left alone. A variable that no line assigns is set by a new last line, which wins
/// over what came before.
///
/// How a value is written:
/// - one that is itself one quoted word, `"…"` or `'…'`, stands as it is;
/// - else it keeps the quotation that stands there. Within `'…'` it is literal. Within `"…"` and unquoted, `$NAME` and `${NAME}`
///   refer to variables and everything else is literal, so that nothing in it is run.
struct ShellText {
    private var lines: [ShellScan.Line]

    init(_ text: String) throws(EditError) {
        let scan = ShellScan(text)
        guard scan.endsPlain else {
            throw EditError(
                .brokenShell, "the file ends inside a quotation, a here-document or a continued line",
                remedy: "correct the file, or write it anew with put_file")
        }
        lines = scan.lines
    }

    var text: String {
        var scalars = String.UnicodeScalarView()
        for line in lines {
            scalars.append(contentsOf: line.text)
            scalars.append(contentsOf: line.end)
        }
        return String(scalars)
    }

    // MARK: Edits

    mutating func set(_ key: String, _ value: String) throws(EditError) {
        let name = Array(key.unicodeScalars)
        guard !name.isEmpty, name.indices.allSatisfy({ ShellAssignment.isNameScalar(name[$0], first: $0 == 0) }) else {
            throw EditError(.badValue, "`\(key)` is no name of a shell variable", remedy: "correct the key")
        }
        guard !value.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" || $0 == "\0" }) else {
            throw EditError(.badValue, "the value of \(key) has several lines", remedy: "use replace or put_file")
        }
        let found = assignments { $0 == key }
        guard let (index, assignment) = found.first else { return appendAssignment(key, value) }
        guard found.count == 1 else {
            let numbers = found.map { String($0.index + 1) }.joined(separator: ", ")
            throw EditError(
                .severalAssignments, "\(key) is assigned in several places (lines \(numbers))",
                remedy: "say which one with replace")
        }
        guard !assignment.goesOn else { throw notPlain(key, index) }
        let old = Array(lines[index].text[assignment.value])
        let new = Self.written(value, like: old)
        if new != old { lines[index].text.replaceSubrange(assignment.value, with: new) }
    }

    mutating func remove(_ keyOrPattern: String) throws(EditError) {
        for (index, assignment) in assignments(where: { keyMatches($0, keyOrPattern) }).reversed() {
            guard assignment.isAlone else { throw notPlain(assignment.key, index) }
            if leavesEmptyBody(index) {
                lines[index].text = indentation(index) + [":"]
            } else {
                lines.remove(at: index)
            }
        }
    }

    mutating func comment(_ keyOrPattern: String) throws(EditError) {
        for (index, assignment) in assignments(where: { keyMatches($0, keyOrPattern) }) {
            guard assignment.isAlone else { throw notPlain(assignment.key, index) }
            let indentation = indentation(index)
            let sign = leavesEmptyBody(index) ? Array(": #".unicodeScalars) : ["#"]
            lines[index].text = indentation + sign + lines[index].text.dropFirst(indentation.count)
        }
    }

    // MARK: Lines

    private func assignments(where matches: (String) -> Bool) -> [(index: Int, assignment: ShellAssignment)] {
        lines.indices.compactMap { index in
            guard lines[index].beginsCommand, let found = ShellAssignment(lines[index].text), matches(found.key) else {
                return nil
            }
            return (index, found)
        }
    }

    private mutating func appendAssignment(_ key: String, _ value: String) {
        let end = lines.first { !$0.end.isEmpty }?.end ?? ["\n"]
        if let last = lines.indices.last, lines[last].end.isEmpty { lines[last].end = end }
        let text = Array("\(key)=".unicodeScalars) + Self.written(value, like: [])
        lines.append(ShellScan.Line(text: text, end: end, beginsCommand: true))
    }

    private func notPlain(_ key: String, _ index: Int) -> EditError {
        EditError(
            .notPlainAssignment, "the assignment of \(key) in line \(index + 1) doesn't have that line to itself",
            remedy: "use replace")
    }

    private func indentation(_ index: Int) -> [Unicode.Scalar] {
        Array(lines[index].text.prefix { $0 == " " || $0 == "\t" })
    }

    /// Whether the line may be the only command between `then` and `fi` or the like: the shell wants one there, so a `:`
    /// takes its place.
    private func leavesEmptyBody(_ index: Int) -> Bool {
        guard let next = lines[(index + 1)...].first(where: { !$0.isQuiet }) else { return false }
        let word = next.text.drop { $0 == " " || $0 == "\t" }
            .prefix { ShellAssignment.isNameScalar($0, first: false) }
        let closers = ["fi", "else", "elif", "done", "esac"].map { Array($0.unicodeScalars) }
        let sign = next.text.first { $0 != " " && $0 != "\t" }
        return closers.contains(Array(word)) || sign == "}" || sign == ")" || sign == ";"
    }

    // MARK: Values

    private static func written(_ value: String, like old: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let value = Array(value.unicodeScalars)
        if isOneQuotedWord(value) { return value }
        if old.first == "'", isOneQuotedWord(old) {
            return ["'"] + value.flatMap { $0 == "'" ? Array(#"'\''"#.unicodeScalars) : [$0] } + ["'"]
        }
        let isBare = !value.isEmpty && value.allSatisfy(isBareScalar)
        return isBare && old.first != "\"" ? value : doubleQuoted(value)
    }

    private static func isOneQuotedWord(_ value: [Unicode.Scalar]) -> Bool {
        guard value.count >= 2, let sign = value.first, sign == "\"" || sign == "'", value.last == sign else {
            return false
        }
        // The quotation that begins the word must be the one that ends it.
        return ShellAssignment.endOfWord(value, from: 0) == value.count
            && ShellAssignment.endOfWord(Array(value.dropLast()), from: 0) == nil
    }

    private static func isBareScalar(_ scalar: Unicode.Scalar) -> Bool {
        ShellAssignment.isNameScalar(scalar, first: false) || "./:,@%+=-".unicodeScalars.contains(scalar)
    }

    /// In `"…"`, `$`, a backquote, `"` and `\` have a meaning; only the first keeps it, and only before a name.
    private static func doubleQuoted(_ value: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var quoted: [Unicode.Scalar] = ["\""]
        for (index, scalar) in value.enumerated() {
            let means =
                scalar == "`" || scalar == "\"" || scalar == "\\" || (scalar == "$" && !isReference(value, index))
            if means { quoted.append("\\") }
            quoted.append(scalar)
        }
        return quoted + ["\""]
    }

    /// `$NAME` or `${NAME}`.
    private static func isReference(_ value: [Unicode.Scalar], _ index: Int) -> Bool {
        let rest = value[(index + 1)...]
        guard rest.first == "{" else {
            return rest.first.map { ShellAssignment.isNameScalar($0, first: true) } ?? false
        }
        let name = rest.dropFirst().prefix { ShellAssignment.isNameScalar($0, first: false) }
        guard let first = name.first, ShellAssignment.isNameScalar(first, first: true) else { return false }
        return rest.dropFirst(1 + name.count).first == "}"
    }
}
