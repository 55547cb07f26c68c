extension ZooConfig {
    /// Problems of single server lines, and of lines that clash.
    func serverProblems(_ version: Version?) -> [ConfigProblem] {
        let assignments = properties.assignments.filter { trimmed($0.key).hasPrefix("server.") }
        var lineOfKey: [ServerID: PropertiesText.Assignment] = [:]
        var problems: [ConfigProblem] = []
        for assignment in assignments {
            if let id = Self.serverID(ofKey: assignment.key) {
                if let other = lineOfKey[id], other.key != assignment.key {
                    problems.append(
                        ConfigProblem(
                            code: .sameServerTwice, severity: .error, line: assignment.line,
                            sentence:
                                "\(other.key) (line \(other.line)) and \(assignment.key) are both server \(id); which of "
                                + "them counts is not defined."))
                }
                lineOfKey[id] = assignment
            }
            problems += lineProblems(assignment, version)
        }
        return problems + samePlaces(assignments) + staticAndDynamic(assignments)
    }

    private func lineProblems(_ assignment: PropertiesText.Assignment, _ version: Version?) -> [ConfigProblem] {
        func problem(
            _ code: ConfigProblem.Code, _ severity: ConfigProblem.Severity, _ sentence: String
        ) -> ConfigProblem {
            ConfigProblem(code: code, severity: severity, line: assignment.line, sentence: sentence)
        }
        guard let id = Self.serverID(ofKey: assignment.key) else {
            return [problem(.badServerLine, .error, "\(assignment.key): what follows \"server.\" is not a number.")]
        }
        guard let member = MemberAddress(assignment.value) else {
            return [
                problem(
                    .badServerLine, .error,
                    "\(assignment.key) is \"\(assignment.value)\"; a server line is host:quorumPort:electionPort, with "
                        + ":observer or :participant where wanted.")
            ]
        }
        var problems: [ConfigProblem] = []
        if member.quorumPort == member.electionPort {
            problems.append(
                problem(
                    .equalPorts, .error, "\(assignment.key) has port \(member.quorumPort) for both quorum and election."
                ))
        }
        if !(1...255).contains(id.rawValue) {
            problems.append(problem(.unusualServerID, .warning, "\(id) is not a myid from 1 to 255."))
        }
        if let version, let reason = unsupported(member, version) {
            problems.append(problem(.unsupportedAddress, .error, "\(assignment.key): \(version) \(reason)."))
        }
        return problems
    }

    /// Client ports came with 3.5.0, literal IPv6 addresses with ZOOKEEPER-2452 in 3.4.9, several addresses with 3.6.0.
    private func unsupported(_ member: MemberAddress, _ version: Version) -> String? {
        if member.clientPort != nil, version < Version(3, 5, 0) { return "knows no client port in a server line" }
        if member.host.contains(":"), version < Version(3, 4, 9) { return "knows no literal IPv6 address" }
        guard member.furtherAddresses != nil else { return nil }
        if version < Version(3, 6, 0) { return "knows no second address of a server" }
        return flag("multiAddress.enabled") == true
            ? nil : "takes several addresses only with multiAddress.enabled=true"
    }

    private func samePlaces(_ assignments: [PropertiesText.Assignment]) -> [ConfigProblem] {
        var seen: [String: ServerID] = [:]
        var lines: [ServerID: Int] = [:]
        for assignment in assignments {
            if let id = Self.serverID(ofKey: assignment.key) { lines[id] = assignment.line }
        }
        return members.sorted { $0.key < $1.key }.compactMap { id, member in
            let place = "\(member.host):\(member.electionPort)"
            defer { if seen[place] == nil { seen[place] = id } }
            guard let other = seen[place] else { return nil }
            return ConfigProblem(
                code: .samePlaceTwice, severity: .error,
                line: lines[id],
                sentence: "Servers \(other) and \(id) have the same election address, \(place).")
        }
    }

    private func staticAndDynamic(_ assignments: [PropertiesText.Assignment]) -> [ConfigProblem] {
        guard let file = dynamicConfigFile, let first = assignments.first else { return [] }
        return [
            ConfigProblem(
                code: .staticAndDynamic, severity: .error, line: first.line,
                sentence:
                    "Server lines stand here and dynamicConfigFile names \(file); ZooKeeper takes them in one of the two only."
            )
        ]
    }

    /// Problems of the set of members.
    var voterProblems: [ConfigProblem] {
        let rule = quorumRule
        let voters = Set(members.filter { $0.value.role == .participant }.keys)
        var problems: [ConfigProblem] = []
        func note(_ code: ConfigProblem.Code, _ severity: ConfigProblem.Severity, _ sentence: String) {
            problems.append(ConfigProblem(code: code, severity: severity, line: nil, sentence: sentence))
        }
        if voters.isEmpty, !rule.observers.isEmpty {
            note(.onlyObservers, .error, "All members are observers; an ensemble needs participants.")
        }
        if members.count == 1, voters.count == 1, standaloneEnabled, dynamicConfigFile == nil {
            note(.runsStandalone, .note, "With one server line and standaloneEnabled the server runs standalone.")
        }
        if !voters.isEmpty, voters.count.isMultiple(of: 2), groups.isEmpty {
            note(
                .evenVoters, .note,
                "\(voters.count) voters bear the loss of no more servers than \(voters.count - 1) do.")
        }
        if !groups.isEmpty {
            let timesNamed = groups.values.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
            for id in voters.sorted() where timesNamed[id] != 1 {
                note(
                    .badGroups, .error, "Server \(id) is in \(timesNamed[id] ?? 0) groups; each voter has to be in one."
                )
            }
        }
        return problems
    }
}
