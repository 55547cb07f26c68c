extension ZooConfig {
    /// What a server of this version (nil: any) refuses in this configuration or takes otherwise than it reads, by line.
    package func problems(version: Version? = nil) -> [ConfigProblem] {
        let found = textProblems + valueProblems + requiredProblems + serverProblems(version) + voterProblems
        return found.sorted { ($0.line ?? .max) < ($1.line ?? .max) }
    }

    private func problem(
        _ code: ConfigProblem.Code, _ severity: ConfigProblem.Severity, key: String, _ sentence: String
    ) -> ConfigProblem {
        ConfigProblem(code: code, severity: severity, line: properties.line(of: key), sentence: sentence)
    }

    // MARK: The text

    private var textProblems: [ConfigProblem] {
        properties.duplicates.map { key, lines in
            ConfigProblem(
                code: .duplicateKey, severity: .warning, line: lines.last,
                sentence: "\(key) is set in lines \(list(lines)); line \(lines[lines.count - 1]) is the one in effect.")
        }
            + properties.malformedLines.map { line in
                ConfigProblem(
                    code: .malformedEscape, severity: .error, line: line,
                    sentence: "A \\u here is not followed by four hexadecimal digits; ZooKeeper refuses the whole file."
                )
            }
            + properties.effectiveAssignments.compactMap(commentInValue) + withoutEffect
    }

    /// Java knows comments only at the start of a line.
    private func commentInValue(_ assignment: PropertiesText.Assignment) -> ConfigProblem? {
        let value = trimmed(assignment.value)
        guard value.contains(" #") else { return nil }
        return ConfigProblem(
            code: .commentInValue, severity: .warning, line: assignment.line,
            sentence:
                "The value of \(assignment.key) is \"\(value)\": what follows # is part of it, since comments stand on lines of their own."
        )
    }

    private var withoutEffect: [ConfigProblem] {
        properties.effectiveAssignments.compactMap { assignment in
            let key = assignment.key
            let sentence: String
            if key == "jute.maxbuffer" {
                sentence = "jute.maxbuffer has no effect here; it is set with -D in the JVM's flags."
            } else if key.hasPrefix("zookeeper.") {
                sentence =
                    "\(key) has no effect: ZooKeeper puts \"zookeeper.\" before it once more. Write \(key.dropFirst(10))."
            } else {
                return nil
            }
            return ConfigProblem(code: .withoutEffect, severity: .warning, line: assignment.line, sentence: sentence)
        }
    }

    // MARK: Values

    private var valueProblems: [ConfigProblem] {
        properties.keys.compactMap { key in
            guard let value = self[key], let wanted = ConfigSetting.wanted(of: key, insteadOf: value) else {
                return nil
            }
            let code: ConfigProblem.Code =
                switch ConfigSetting.values(of: key) {
                case .flag: .badFlag
                case .words: .badWord
                case .number, .any: .badNumber
                }
            return problem(code, .error, key: key, "\(key) is \"\(value)\"; it takes \(wanted).")
        }
            + (reconfigEnabled && dynamicConfigFile == nil && !members.isEmpty
                ? [
                    problem(
                        .rewritesItself, .warning, key: "reconfigEnabled",
                        "With reconfigEnabled=true the server rewrites this file as it starts: comments go, and the server lines move to "
                            + "a dynamic configuration file.")
                ] : [])
    }

    // MARK: What has to be there

    private var requiredProblems: [ConfigProblem] {
        var problems: [ConfigProblem] = []
        func missing(_ code: ConfigProblem.Code, _ sentence: String) {
            problems.append(ConfigProblem(code: code, severity: .error, line: nil, sentence: sentence))
        }
        if dataDir?.isEmpty ?? true { missing(.missingDataDir, "dataDir is missing.") }
        let isClientPortElsewhere =
            secureClientPort != nil || dynamicConfigFile != nil || members.values.contains { $0.clientPort != nil }
        if self["clientPort"] == nil, !isClientPortElsewhere { missing(.missingClientPort, "clientPort is missing.") }
        if members.count > 1 || dynamicConfigFile != nil {
            for key in ["initLimit", "syncLimit"] where self[key] == nil {
                missing(.missingLimit, "\(key) is missing, which an ensemble needs.")
            }
        }
        return problems
    }

    private func list(_ lines: [Int]) -> String {
        let words = lines.map(String.init)
        return words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
    }
}
