import EnsembleModel

package enum UnresolvedNames: Incident {
    package static let definition = IncidentDefinition(
        code: "unresolved-name", title: "Unresolved or changed host names",
        symptoms: "A server can't be reached by the others, or listens for nobody, after a change of DNS.",
        recognised:
            "Every name of a server line resolved on every host; `UnknownHostException`, `Unresolved address` in the log.",
        why:
            "A server whose own name does not resolve gives up listening. Before 3.4.7 addresses are resolved once: after a change "
            + "every other server has to be restarted.",
        remedy:
            "Make the name resolve to the same address on every host, then restart the servers that still use the old one, the leader last.",
        plans: [.rollingRestart],
        source: "ZOOKEEPER-1506 (fixed 3.4.7, 3.5.1), ZOOKEEPER-2982 (fixed 3.5.4), ZOOKEEPER-3320 (fixed 3.5.6)")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let blind = evidence.servers.filter { $0.host?.resolved.contains { $0.value.isEmpty } == true }
        if !blind.isEmpty {
            findings.append(
                definition.finding(
                    .critical, blind.names, "Names of server lines don't resolve.",
                    evidence: blind.flatMap { server in
                        (server.host?.resolved ?? [:]).filter(\.value.isEmpty).keys.sorted()
                            .map { "\(server.server): \($0) does not resolve" }
                            + server.log.quoted(.unresolved, last: 1)
                    }, plan: .rollingRestart))
        }
        var places: [String: [Set<String>: [ServerName]]] = [:]
        for server in evidence.servers {
            for (name, addresses) in server.host?.resolved ?? [:] where !addresses.isEmpty {
                // A host often knows itself by a loopback address.
                guard !addresses.contains(where: { $0.hasPrefix("127.") || $0 == "::1" }) else { continue }
                places[name, default: [:]][Set(addresses), default: []].append(server.server)
            }
        }
        for (name, answers) in places.sorted(by: { $0.key < $1.key }) where answers.count > 1 {
            findings.append(
                definition.finding(
                    .warning, answers.values.flatMap { $0 }, "\(name) is not the same address on all hosts.",
                    evidence: answers.map { "\($0.key.sorted().joined(separator: " ")) on \(Numbers.list($0.value))" }
                        .sorted(),
                    plan: .rollingRestart))
        }
        return findings
    }
}

package enum ClockSkew: Incident {
    package static let definition = IncidentDefinition(
        code: "clock-skew", title: "Clocks that differ",
        symptoms:
            "Log times don't fit together; on old versions a clock that jumps makes sessions expire and elections begin.",
        recognised: "Each host's clock against the operator's, the way to the host and back taken into account.",
        why:
            "Before 3.4.11 and 3.5.1 ZooKeeper measures ticks and session timeouts by the wall clock: a jump looks like a pause.",
        remedy: "Let chrony or ntpd keep the clocks, and let it slew rather than step.",
        source: "ZOOKEEPER-1366 (fixed 3.4.11, 3.5.1)")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let offsets = evidence.servers.compactMap { server in server.clockAhead.map { (server, $0) } }
        guard !offsets.isEmpty else { return [] }
        // The operator's own clock may be the wrong one, so what counts is how far a host is from the middle of all.
        let sorted = offsets.map(\.1.seconds).sorted()
        let middle = sorted[sorted.count / 2]
        let odd = offsets.filter { abs($0.1.seconds - middle) > 2 + 2 * $0.1.uncertainty }
        guard !odd.isEmpty else { return [] }
        return [
            definition.finding(
                .warning, odd.map(\.0.server), "Clocks differ by seconds.",
                evidence: odd.map { server, offset in
                    let away = offset.seconds - middle
                    return
                        "\(server.server): \(Numbers.seconds(abs(away))) \(away > 0 ? "ahead of" : "behind") the others"
                })
        ]
    }
}

package enum OpenFiles: Incident {
    package static let definition = IncidentDefinition(
        code: "too-many-open-files", title: "Too many open files",
        symptoms: "A server accepts no more connections, and can't open its own files.",
        recognised:
            "Descriptors of the process against its limit, from /proc; `Too many open files` in the log of the last hour.",
        why: "A server that can't open its next transaction log or snapshot stops.",
        remedy:
            "Raise the limit (LimitNOFILE of the unit, or limits.conf) and restart the server; find who opens so many connections.",
        plans: [.rollingRestart])

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let near = evidence.running.filter { server in
            guard let files = server.host?.openFiles, let limit = server.host?.openFileLimit else { return false }
            return files * 5 >= limit * 4 || !server.log.recent(.tooManyFiles, seconds: 3600).isEmpty
        }
        guard !near.isEmpty else { return [] }
        return [
            definition.finding(
                .critical, near.names, "The process is at its limit of open files.",
                evidence: near.flatMap { server in
                    ["\(server.server): \(server.host?.openFiles ?? 0) open of \(server.host?.openFileLimit ?? 0)"]
                        + server.log.quoted(.tooManyFiles, last: 1).map { "\(server.server): \($0)" }
                }, plan: .rollingRestart)
        ]
    }
}
