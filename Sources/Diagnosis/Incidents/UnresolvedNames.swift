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
                    }, plan: .rollingRestart, command: evidence.restart(blind.names)))
        }
        let hadNone = evidence.running.filter { server in
            !blind.names.contains(server.server) && !server.log.recent(.unresolved, seconds: 3600).isEmpty
        }
        if !hadNone.isEmpty {
            findings.append(
                definition.finding(
                    .warning, hadNone.names, "Names of server lines did not resolve in the last hour, and do now.",
                    evidence: hadNone.flatMap { server in
                        server.log.quoted(.unresolved).map { "\(server.server): \($0)" }
                    },
                    remedy:
                        "Find out why: the others can't be reached while names don't resolve. A server that gave up listening for that has to be "
                        + "restarted.",
                    plan: .rollingRestart, command: evidence.restart(hadNone.names)))
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
                    plan: .rollingRestart, command: evidence.restart(evidence.running.names)))
        }
        return findings
    }
}
