/// A plan's variables: its `vars`, with those of the command line in their place.
struct Variables: Sendable {
    /// A megabyte of text is more than any value needs; variables made of variables could grow without end.
    static let sizeLimit = 1 << 20

    /// Stands where a variable is not defined. No file can hold it: it is a noncharacter.
    private static let unknown: Unicode.Scalar = "\u{FFFF}"

    static func isUnknown(_ text: String) -> Bool { text.unicodeScalars.contains(unknown) }

    private(set) var values: [String: String] = [:]
    /// The names that were looked up, to tell which of the command line's are of no use.
    private(set) var used: Set<String> = []
    /// Where each variable has its value, or where its name stands if the command line gives it.
    private var places: [String: SourceRange] = [:]
    /// The variables that each text was made with, by the text's place.
    private var uses: [SourceRange: Set<String>] = [:]
    private let source: SourceText
    private let lines: SourceLines

    /// Reads `vars`; a variable may be made of others. `overrides` are taken as they are.
    init(_ vars: YAMLValue?, overrides: [String: String], source: SourceText, reader: inout PlanReader) {
        self.source = source
        lines = SourceLines(source.text)
        values = overrides
        guard let vars, let entries = reader.entries(of: vars, wanted: "a mapping of names and texts") else { return }
        var open: [(name: String, value: YAMLValue)] = []
        for entry in entries {
            guard Self.isName(entry.key.value) else {
                reader.error(
                    at: entry.key.range, "`\(shortened(entry.key.value))` can't be the name of a variable",
                    hint: "a letter or `_`, then letters, digits, `.`, `_` and `-`")
                continue
            }
            guard case .scalar(let text, _) = entry.value.content else {
                reader.misfit(entry.value, wanted: "the text of a variable")
                continue
            }
            let isGiven = overrides[entry.key.value] != nil
            places[entry.key.value] = isGiven ? entry.key.range : entry.value.range
            if !isGiven {
                values[entry.key.value] = text
                open.append((entry.key.value, entry.value))
            }
        }
        settle(&open, reader: &reader)
    }

    /// Fills variables into variables, those first whose own variables are settled already; what is left over goes round in a circle.
    private mutating func settle(_ open: inout [(name: String, value: YAMLValue)], reader: inout PlanReader) {
        while !open.isEmpty {
            let waiting = Set(open.map(\.name))
            let ready = open.filter { item in
                !Self.names(in: values[item.name] ?? "").contains { waiting.contains($0) }
            }
            guard !ready.isEmpty else {
                for item in open {
                    reader.error(at: item.value.range, "the variable `\(item.name)` is made of itself")
                }
                return
            }
            for item in ready {
                values[item.name] = filled(values[item.name] ?? "", at: item.value.range, reader: &reader)
            }
            open.removeAll { item in ready.contains { $0.name == item.name } }
        }
    }

    /// `value` with every `${name}` replaced, keys included; keys that become the same are reported.
    mutating func filled(_ value: YAMLValue, reader: inout PlanReader) -> YAMLValue {
        var copy = self
        let result = value.mapScalars { text, range in copy.filled(text, at: range, reader: &reader) }
        self = copy
        return Self.withoutDuplicates(result, reader: &reader)
    }

    /// `text` with every `${name}` replaced, and `$${` made `${`.
    private mutating func filled(_ text: String, at range: SourceRange, reader: inout PlanReader) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        for piece in Self.pieces(of: text) {
            switch piece {
            case .text(let text): result += text
            case .name(let name):
                used.insert(name)
                uses[range, default: []].insert(name)
                if let value = values[name] {
                    result += value
                } else {
                    let near = nearest(name, among: values.keys)
                    let rolling =
                        ["server", "host"].contains(name) ? "in the steps of `rolling`, write `$\(name)`" : nil
                    result.unicodeScalars.append(Self.unknown)
                    reader.error(
                        at: place(of: "${\(name)}", in: range), "the variable `\(shortened(name))` is not defined",
                        hint: near.map { "did you mean `${\($0)}`?" } ?? rolling
                            ?? "define it under `vars`, or write `$${` for a plain `${`")
                }
            case .notAName(let text):
                result.unicodeScalars.append(Self.unknown)
                reader.error(
                    at: place(of: text, in: range), "`\(shortened(text))` is not a variable",
                    hint: "write `${name}`, or `$${` for a plain `${`")
            }
            if result.utf8.count > Self.sizeLimit {
                reader.error(at: range, "with its variables filled in, the text is longer than \(Self.sizeLimit) bytes")
                return ""
            }
        }
        return result
    }

    /// Where `token` itself stands in the scalar at `range`: the first place from there on, in the same or a following line.
    private func place(of token: String, in range: SourceRange) -> SourceRange {
        let wanted = Array(token.unicodeScalars)
        for number in range.line..<min(range.line + 500, lines.count + 1) {
            guard let line = lines.line(number).map(Array.init) else { break }
            var column = number == range.line ? range.column - 1 : 0
            while column + wanted.count <= line.count {
                let isEscaped = column > 0 && line[column - 1] == "$"
                if !isEscaped, Array(line[column..<column + wanted.count]) == wanted {
                    return SourceRange(file: range.file, line: number, column: column + 1, length: wanted.count)
                }
                column += 1
            }
        }
        return range
    }

    /// `diagnostics`, where errors at several texts that speak of one variable's value become one, at the variable: a typing mistake in `vars`
    /// is made once.
    func gathered(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        var ofVariable: [String: [Diagnostic]] = [:]
        for diagnostic in diagnostics {
            if let name = blamed(for: diagnostic) { ofVariable[name, default: []].append(diagnostic) }
        }
        let several = ofVariable.filter { Set($0.value.map(\.range)).count > 1 }
        let rest = diagnostics.filter { diagnostic in !several.values.contains { $0.contains(diagnostic) } }
        return rest
            + several.sorted { $0.key < $1.key }.map { name, errors in
                let lines = Set(errors.compactMap(\.range?.line)).sorted()
                let told =
                    lines.prefix(8).map(String.init).joined(separator: ", ") + (lines.count > 8 ? " and more" : "")
                return Diagnostic(
                    .error, at: places[name],
                    "the variable `\(name)` is `\(shortened(values[name] ?? ""))`, which does not fit in line\(lines.count == 1 ? "" : "s") \(told): "
                        + errors[0].message, hint: errors[0].hint)
            }
    }

    /// The variable whose value an error names; nil where it names none, or that of several.
    private func blamed(for diagnostic: Diagnostic) -> String? {
        guard diagnostic.severity == .error, let range = diagnostic.range else { return nil }
        let names = (uses[range] ?? []).filter { name in
            guard places[name] != nil, let value = values[name] else { return false }
            return diagnostic.message.contains("`\(value)`") || diagnostic.message.contains("@\(value)`")
        }
        return names.count == 1 ? names.first : nil
    }

    private enum Piece {
        case text(String)
        case name(String)
        case notAName(String)
    }

    private static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            pieces.append(.text(String(rest[..<dollar])))
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                pieces.append(.text("${"))
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                let end = rest.firstIndex(of: "}") ?? rest.endIndex
                let name = String(rest[..<end].dropFirst(2))
                let whole = end < rest.endIndex ? rest[...end] : rest
                pieces.append(isName(name) && end < rest.endIndex ? .name(name) : .notAName(String(whole)))
                rest = rest[whole.endIndex...]
            } else {
                pieces.append(.text("$"))
                rest = rest.dropFirst()
            }
        }
        return pieces + [.text(String(rest))]
    }

    private static func names(in text: String) -> Set<String> {
        var names: Set<String> = []
        for case .name(let name) in pieces(of: text) { names.insert(name) }
        return names
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.first, first.isASCII, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private static func withoutDuplicates(_ value: YAMLValue, reader: inout PlanReader) -> YAMLValue {
        switch value.content {
        case .scalar: return value
        case .list(let items):
            return YAMLValue(.list(items.map { withoutDuplicates($0, reader: &reader) }), range: value.range)
        case .mapping(let entries):
            var places: [String: SourceRange] = [:]
            var kept: [YAMLValue.Entry] = []
            for entry in entries {
                if let before = places.updateValue(entry.key.range, forKey: entry.key.value) {
                    reader.diagnostics.append(duplicateKey(entry.key.value, at: entry.key.range, before: before))
                } else {
                    kept.append(.init(key: entry.key, value: withoutDuplicates(entry.value, reader: &reader)))
                }
            }
            return YAMLValue(.mapping(kept), range: value.range)
        }
    }
}
