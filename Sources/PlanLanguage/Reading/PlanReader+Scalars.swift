package import EnsembleModel

extension PlanReader {
    /// Any text but an empty one; `wanted` says what it is, such as "a name".
    package mutating func text(_ value: YAMLValue, wanted: String = "text") -> String? {
        guard case .scalar(let text, _) = value.content, !text.isEmpty else {
            misfit(value, wanted: wanted)
            return nil
        }
        return text
    }

    /// Text of one line.
    package mutating func line(_ value: YAMLValue, wanted: String = "text") -> String? {
        guard let text = text(value, wanted: wanted) else { return nil }
        guard !text.contains(where: \.isNewline) else {
            error(at: value.range, "found several lines where \(wanted) in one line is wanted")
            return nil
        }
        return text
    }

    /// A text of one line that may be empty if it is quoted, such as a value of zoo.cfg.
    package mutating func lineOrEmpty(_ value: YAMLValue, wanted: String) -> String? {
        if case .scalar("", plain: false) = value.content { return "" }
        return line(value, wanted: wanted)
    }

    package mutating func texts(_ value: YAMLValue, wanted: String) -> [String]? {
        each(oneOrMore(value, wanted: wanted + " or a list of them")) { $0.line($1, wanted: wanted) }
    }

    package mutating func integer(_ value: YAMLValue, in allowed: ClosedRange<Int>) -> Int? {
        let wanted =
            allowed.upperBound == .max
            ? "a whole number from \(allowed.lowerBound)"
            : "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)"
        guard let text = value.text, let number = Int(text), allowed.contains(number) else {
            misfit(value, wanted: wanted)
            return nil
        }
        return number
    }

    package mutating func boolean(_ value: YAMLValue) -> Bool? {
        switch value.text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default:
            // What YAML 1.1 took for booleans.
            let meant = ["yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"]
            misfit(
                value, wanted: "`true` or `false`",
                hint: value.text.flatMap { meant[$0.lowercased()] ?? nearest($0, among: ["true", "false"]) }.map {
                    "did you mean `\($0)`?"
                })
            return nil
        }
    }

    /// One of a few words.
    package mutating func word(_ value: YAMLValue, among words: [String]) -> String? {
        if let text = value.text, words.contains(text) { return text }
        misfit(
            value, wanted: list(words),
            hint: value.text.flatMap { nearest($0, among: words) }.map { "did you mean `\($0)`?" })
        return nil
    }

    package mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ value: YAMLValue, as _: Word.Type = Word.self
    ) -> Word? {
        word(value, among: Word.allCases.map(\.rawValue)).flatMap(Word.init(rawValue:))
    }

    package mutating func duration(_ value: YAMLValue) -> Duration? {
        if let duration = value.text.flatMap(Duration.init(planText:)) { return duration }
        let bare = value.text.flatMap(Int.init).map { "did you mean `\($0)s`?" }
        misfit(value, wanted: "a duration such as `500ms`, `10s` or `5m`", hint: bare)
        return nil
    }

    package mutating func version(_ value: YAMLValue) -> Version? {
        if let version = value.text.flatMap({ Version($0) }) { return version }
        misfit(value, wanted: "a version such as `3.4.14`")
        return nil
    }

    package mutating func zxid(_ value: YAMLValue) -> Zxid? {
        if let text = value.text, text.hasPrefix("0x"), let zxid = Zxid(hexadecimal: text) { return zxid }
        misfit(
            value, wanted: "a zxid such as `0x100004e2a`",
            hint: value.text.flatMap { Zxid(hexadecimal: $0) } == nil ? nil : "a zxid is hexadecimal and begins with 0x"
        )
        return nil
    }

    package mutating func sha256(_ value: YAMLValue) -> String? {
        guard let text = value.text, text.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            misfit(value, wanted: "a SHA-256 sum of 64 hexadecimal digits", hint: "sha256sum FILE prints it")
            return nil
        }
        return text.lowercased()
    }

    /// An octal mode, `0644` or `644`.
    package mutating func fileMode(_ value: YAMLValue) -> UInt16? {
        if let text = value.text, (3...5).contains(text.count), let mode = UInt16(text, radix: 8), mode <= 0o7777 {
            return mode
        }
        misfit(value, wanted: "an octal file mode such as `0644`")
        return nil
    }

    package mutating func serverID(_ value: YAMLValue, in allowed: ClosedRange<Int> = 1...255) -> ServerID? {
        integer(value, in: allowed).map(ServerID.init)
    }

    package mutating func numberTest(_ value: YAMLValue) -> NumberTest? {
        if let test = value.text.flatMap(NumberTest.init) { return test }
        misfit(value, wanted: "a number, or a comparison such as `\">= 2\"`")
        return nil
    }

    /// A znode's path.
    package mutating func znode(_ value: YAMLValue) -> String? {
        guard let text = line(value, wanted: "a znode's path") else { return nil }
        let isPath = text.hasPrefix("/") && !text.contains("//") && (text == "/" || !text.hasSuffix("/"))
        guard isPath else {
            misfit(value, wanted: "a znode's path", hint: "a path begins with / and does not end with it")
            return nil
        }
        return text
    }
}

extension Duration {
    /// Reads `500ms`, `10s`, `1.5s`, `5m`, `2h`.
    package init?(planText text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let first = number.first, first != ".", number.last != ".", number.count <= 12, let value = Double(number)
        else {
            return nil
        }
        let milliseconds: Double
        switch text.dropFirst(number.count) {
        case "ms": milliseconds = value
        case "s": milliseconds = value * 1000
        case "m": milliseconds = value * 60_000
        case "h": milliseconds = value * 3_600_000
        default: return nil
        }
        self = .milliseconds(Int(milliseconds.rounded()))
    }
}

extension PlanReader {
    /// A duration of more than nothing.
    package mutating func positiveDuration(_ value: YAMLValue) -> Duration? {
        guard let duration = duration(value) else { return nil }
        guard duration > .zero else {
            misfit(value, wanted: "a duration of more than nothing")
            return nil
        }
        return duration
    }
}
