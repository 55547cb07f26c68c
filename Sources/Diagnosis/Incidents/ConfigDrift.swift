import EnsembleModel

/// Configurations of members that differ, or that differ from what is loaded.
package enum ConfigDrift: Incident {
    package static let definition = IncidentDefinition(
        code: "configuration-drift", title: "Configurations that differ",
        symptoms:
            "Nothing, until a restart: then a server counts a quorum, or waits for its leader, by other rules than the rest.",
        recognised:
            "The server lines and the limits of every running server, compared; each file compared with what its process was "
            + "started with.",
        why:
            "Two configurations are two rules of what a quorum is: both can decide without knowing of the other. A file that differs from "
            + "what is loaded takes effect at the next restart, whoever causes it.",
        remedy:
            "Make the files the same on all servers, then restart the servers whose process runs with something else, the leader last.",
        plans: [.sameConfig, .rollingRestart])

    private static let compared = ["tickTime", "initLimit", "syncLimit"]

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        differing(evidence) + pending(evidence)
    }

    private static func differing(_ evidence: EnsembleEvidence) -> [Finding] {
        let servers = evidence.running.filter { $0.runningConfig?.members.isEmpty == false }
        guard let common = evidence.config, servers.count > 1 else { return [] }
        var usual: [String: String] = [:]
        for key in compared { usual[key] = mostCommon(key, servers, common) }
        var odd: [ServerEvidence] = []
        var limits: Set<String> = []
        var quotes: [String] = []
        for server in servers {
            guard let config = server.runningConfig else { continue }
            var lines: [String] = []
            let (own, others) = (config.members, common.members)
            for id in Set(own.keys).union(others.keys).sorted() where !isSame(own[id], others[id]) {
                lines.append(
                    "server.\(id) is \(own[id]?.text ?? "missing"); by \(evidence.leader.map { "the leader \($0.server)" } ?? "most others") "
                        + "it is \(others[id]?.text ?? "missing")")
            }
            for key in compared where number(config[key]) != usual[key] {
                limits.insert(key)
                lines.append("\(key)=\(config[key] ?? "(none)"), elsewhere \(key)=\(usual[key] ?? "(none)")")
            }
            guard !lines.isEmpty else { continue }
            odd.append(server)
            quotes += lines.map { "\(server.server): \($0)" }
        }
        guard !odd.isEmpty else { return [] }
        // Where the files are right already, only the processes have to read them.
        let isInFiles = odd.allSatisfy { server in
            limits.allSatisfy { number(server.fileConfig?[$0]) == usual[$0] }
        }
        let isMembership = quotes.contains { $0.contains("server.") }
        return [
            definition.finding(
                isMembership ? .critical : .warning, odd.names,
                "\(Numbers.list(odd.names)) \(odd.count == 1 ? "runs" : "run") with "
                    + "\(isMembership ? "other members" : "other limits") than the rest of the ensemble.",
                evidence: quotes, plan: isInFiles && !isMembership ? .rollingRestart : .sameConfig,
                command: isMembership
                    ? nil
                    : isInFiles
                        ? evidence.restart(odd.names)
                        : evidence.change(
                            limits.sorted().compactMap { key in usual[key].map { (key, $0) } }, on: odd.names))
        ]
    }

    /// What most servers run with; the leader's where as many run with another.
    private static func mostCommon(_ key: String, _ servers: [ServerEvidence], _ common: ZooConfig) -> String? {
        let counts = Dictionary(grouping: servers) { number($0.runningConfig?[key]) }.mapValues(\.count)
        let leaders = number(common[key])
        let most = counts.values.max() ?? 0
        if counts[leaders] == most { return leaders }
        return counts.filter { $0.value == most }.keys.compactMap(\.self).min() ?? leaders
    }

    private static func number(_ text: String?) -> String? { text.flatMap { Int($0) }.map(String.init) ?? text }

    private static func isSame(_ one: MemberAddress?, _ other: MemberAddress?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.isSamePlace(as: other) && one.role == other.role
    }

    private static func pending(_ evidence: EnsembleEvidence) -> [Finding] {
        let servers = evidence.running.filter { server in
            guard let file = server.fileConfig, let loaded = server.facts?.loadedConfig.map({ ZooConfig($0) }) else {
                return false
            }
            return file.members != loaded.members || compared.contains { file[$0] != loaded[$0] }
        }
        guard !servers.isEmpty else { return [] }
        let quotes = servers.flatMap { server -> [String] in
            guard let file = server.fileConfig, let loaded = server.runningConfig else { return [] }
            let ids = Set(file.members.keys).union(loaded.members.keys).sorted()
            return ids.filter { file.members[$0] != loaded.members[$0] }.map { id in
                "\(server.server): the file has server.\(id)=\(file.members[id]?.text ?? "(none)"), the process runs with "
                    + (loaded.members[id]?.text ?? "(none)")
            }
                + compared.filter { file[$0] != loaded[$0] }.map {
                    "\(server.server): the file has \($0)=\(file[$0] ?? "(none)"), the process runs with \(loaded[$0] ?? "(none)")"
                }
        }
        return [
            definition.finding(
                .warning, servers.names,
                "The configuration file was changed and the process has not been restarted since.",
                evidence: quotes, remedy: "Restart these servers, the leader last; or take the change back.",
                plan: .rollingRestart, command: evidence.restart(servers.names))
        ]
    }
}
