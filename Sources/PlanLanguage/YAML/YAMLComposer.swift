/// Makes a value out of the events of one document: aliases and merges are followed, duplicate keys and tags reported
/// at their own place. Depth and size are bounded, so that no file can exhaust the stack or memory.
struct YAMLComposer: ~Copyable {
    /// Deeper than any plan; far from what the stack holds.
    static let depthLimit = 64
    /// Values of a document, those behind aliases counted each time.
    static let weightLimit = 500_000

    private var events: YAMLEventReader
    private let file: String
    private var anchors: [String: YAMLValue] = [:]
    private var weight = 0
    private(set) var diagnostics: [Diagnostic] = []

    /// The document's value, nil where it can't be used; everything wrong goes to `diagnostics`.
    static func compose(_ source: SourceText, diagnostics: inout [Diagnostic]) -> YAMLValue? {
        var composer = YAMLComposer(source)
        do throws(Stop) {
            let value = try composer.document()
            diagnostics += composer.diagnostics
            return value
        } catch {
            diagnostics += composer.diagnostics + [error.diagnostic(in: source)]
            return nil
        }
    }

    /// Why reading can't go on.
    private enum Stop: Error {
        case syntax(YAMLSyntaxError)
        case found(Diagnostic)

        func diagnostic(in source: SourceText) -> Diagnostic {
            switch self {
            case .syntax(let error): error.diagnostic(in: source)
            case .found(let diagnostic): diagnostic
            }
        }
    }

    private init(_ source: SourceText) {
        events = YAMLEventReader(source.text)
        file = source.name
    }

    private mutating func next() throws(Stop) -> YAMLEvent {
        do throws(YAMLSyntaxError) { return try events.next() } catch { throw .syntax(error) }
    }

    private func range(_ start: YAMLMark, _ end: YAMLMark) -> SourceRange {
        let length = start.line == end.line ? max(end.column - start.column, 1) : 1
        return SourceRange(file: file, line: start.line + 1, column: start.column + 1, length: length)
    }

    private mutating func document() throws(Stop) -> YAMLValue? {
        _ = try next()
        let first = try next()
        if case .streamEnd = first.kind {
            let start = SourceRange(file: file, line: 1, column: 1)
            report(Diagnostic(.error, at: start, "the file holds nothing"))
            return nil
        }
        let value = try value(from: next(), depth: 0)
        _ = try next()
        let last = try next()
        if case .streamEnd = last.kind { return value }
        throw .found(
            Diagnostic(
                .error, at: range(last.start, last.end), "a second document begins here; the file must hold one",
                hint: "put each document in a file of its own"))
    }

    private mutating func value(from event: YAMLEvent, depth: Int) throws(Stop) -> YAMLValue {
        let place = range(event.start, event.end)
        guard depth < Self.depthLimit else {
            throw .found(Diagnostic(.error, at: place, "the values are nested more than \(Self.depthLimit) deep"))
        }
        switch event.kind {
        case .alias(let name):
            guard let value = anchors[name] else {
                throw .found(
                    Diagnostic(
                        .error, at: place,
                        "the alias `*\(shortened(name))` has no anchor `&\(shortened(name))` before it",
                        hint: nearest(name, among: anchors.keys).map { "did you mean `*\($0)`?" }))
            }
            try count(value.weight, at: place)
            return value
        case .scalar(let text, let style, let properties):
            try count(1, at: place)
            check(tag: properties.tag, at: place)
            let value = YAMLValue(.scalar(text, plain: style == .plain), range: place)
            if let anchor = properties.anchor { anchors[anchor] = value }
            return value
        case .listStart(let properties):
            try count(1, at: place)
            check(tag: properties.tag, at: place)
            let value = try list(at: place, depth: depth)
            if let anchor = properties.anchor { anchors[anchor] = value }
            return value
        case .mappingStart(let properties, _):
            try count(1, at: place)
            check(tag: properties.tag, at: place)
            let value = try mapping(at: place, depth: depth)
            if let anchor = properties.anchor { anchors[anchor] = value }
            return value
        default:
            throw .found(Diagnostic(.error, at: place, "a value is missing here"))
        }
    }

    private mutating func count(_ more: Int, at place: SourceRange) throws(Stop) {
        weight += more
        guard weight <= Self.weightLimit else {
            throw .found(
                Diagnostic(.error, at: place, "the file holds more than \(Self.weightLimit) values, aliases followed"))
        }
    }

    private mutating func check(tag: String?, at place: SourceRange) {
        guard let tag, tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") else { return }
        report(
            Diagnostic(.error, at: place, "the tag `\(shortened(tag))` means nothing here", hint: "leave the tag out"))
    }

    private mutating func list(at place: SourceRange, depth: Int) throws(Stop) -> YAMLValue {
        var items: [YAMLValue] = []
        while true {
            let event = try next()
            if case .listEnd = event.kind { return YAMLValue(.list(items), range: place) }
            items.append(try value(from: event, depth: depth + 1))
        }
    }

    private mutating func mapping(at place: SourceRange, depth: Int) throws(Stop) -> YAMLValue {
        var entries: [YAMLValue.Entry] = []
        var places: [String: SourceRange] = [:]
        var merges: [YAMLValue] = []
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { break }
            let key = try value(from: event, depth: depth + 1)
            let value = try value(from: next(), depth: depth + 1)
            guard case .scalar(let name, let plain) = key.content else {
                report(
                    Diagnostic(
                        .error, at: key.range, "a key must be a text, not \(key.found)",
                        hint: "quote text that begins with `{` or `[`"))
                continue
            }
            if name == "<<", plain {
                merges.append(value)
            } else if let before = places[name] {
                report(duplicateKey(name, at: key.range, before: before))
            } else {
                places[name] = key.range
                entries.append(.init(key: Located(name, key.range), value: value))
            }
        }
        for merge in merges { entries += merged(merge, known: &places) }
        // A block mapping's own mark has no length; its first key shows better what is meant.
        if let first = entries.first?.key.range, (first.line, first.column) == (place.line, place.column) {
            return YAMLValue(.mapping(entries), range: first)
        }
        return YAMLValue(.mapping(entries), range: place)
    }

    /// The entries that `<<: *defaults` or `<<: [*one, *other]` adds; what is there already wins.
    private mutating func merged(_ value: YAMLValue, known: inout [String: SourceRange]) -> [YAMLValue.Entry] {
        switch value.content {
        case .mapping(let entries):
            return entries.filter { known.updateValue($0.key.range, forKey: $0.key.value) == nil }
        case .list(let items):
            var entries: [YAMLValue.Entry] = []
            for item in items {
                if case .list = item.content {
                    report(mergeError(item))
                } else {
                    entries += merged(item, known: &known)
                }
            }
            return entries
        case .scalar:
            report(mergeError(value))
            return []
        }
    }

    /// Of a file of garbage only the beginning is told.
    private mutating func report(_ diagnostic: Diagnostic) {
        if diagnostics.count < 2 * InputFiles.diagnosticsLimit { diagnostics.append(diagnostic) }
    }

    private func mergeError(_ value: YAMLValue) -> Diagnostic {
        Diagnostic(.error, at: value.range, "`<<` merges a mapping or a list of mappings, not \(value.found)")
    }
}

func duplicateKey(_ name: String, at range: SourceRange, before: SourceRange) -> Diagnostic {
    Diagnostic(
        .error, at: range, "the key `\(shortened(name))` stands here a second time",
        hint: "the first one is in line \(before.line)")
}

extension YAMLSyntaxError {
    func diagnostic(in source: SourceText) -> Diagnostic {
        let lines = SourceLines(source.text)
        // At the end of the file there is nothing to see; what was never closed is what is meant.
        let isAtEnd = mark.line + 1 >= lines.count && lines.line(mark.line + 1)?.isEmpty ?? true
        var place = isAtEnd ? contextMark ?? mark : mark
        // libyaml counts one line more where the last one has no end.
        if place.line >= lines.count {
            place.line = lines.count - 1
            place.column = lines.line(lines.count)?.count ?? 0
        }
        let range = SourceRange(file: source.name, line: place.line + 1, column: place.column + 1)
        let line = lines.line(place.line + 1).map(Array.init) ?? []
        let found = place.column < line.count ? line[place.column] : nil
        if found == "\t" {
            return Diagnostic(
                .error, at: range, "a tab can't stand here; YAML is indented with spaces", hint: "replace the tab")
        }
        var message = "not YAML: \(problem)"
        if let context {
            message += " \(context)"
            if let contextMark, !isAtEnd { message += " that begins in line \(contextMark.line + 1)" }
        }
        return Diagnostic(.error, at: range, message, hint: remedy(found, in: line))
    }

    /// The mistakes that people make again and again.
    private func remedy(_ found: Unicode.Scalar?, in line: [Unicode.Scalar]) -> String? {
        if let found, "{}[],".unicodeScalars.contains(found) {
            return "inside [ ] and { }, text that holds a brace, a bracket or a comma must be quoted: \"zk1@${new}\""
        }
        if found == ":" { return "text that holds `: ` must be quoted" }
        if let found, "@`%*&!|>".unicodeScalars.contains(found) {
            return "text that begins with `\(found)` must be quoted"
        }
        return nil
    }
}
