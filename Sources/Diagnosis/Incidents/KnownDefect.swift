import EnsembleModel

/// Defects of the running versions whose conditions are met here; the others are notes.
package enum KnownDefect: Incident {
    package static let definition = IncidentDefinition(
        code: "known-defect", title: "Known defects of the running versions",
        symptoms: "None yet.",
        recognised: "The version that each process says it is, by the list of defects in `EnsembleModel/KnownDefects`.",
        why: "Defects that lose data or the quorum are found by others first.",
        remedy: "Upgrade to a release without it.",
        plans: [.rollingUpgrade],
        source: "each finding names its issue and the releases with the fix")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var servers: [Defect: [ServerEvidence]] = [:]
        for server in evidence.running {
            guard let version = server.version else { continue }
            for defect in KnownDefects.of(version) { servers[defect, default: []].append(server) }
        }
        return servers.sorted { $0.key.issue < $1.key.issue }.map { defect, affected in
            let reason = condition(of: defect, affected)
            let versions = Set(affected.compactMap(\.version)).sorted()
            return definition.finding(
                reason == nil ? .note : .warning, affected.names,
                "\(defect.issue): \(defect.title).",
                evidence: ["version \(Numbers.list(versions)) is affected; fixed in \(Numbers.list(defect.fixedIn))"]
                    + [reason].compactMap { $0 },
                remedy: defect.remedy, plan: reason == nil ? nil : .rollingUpgrade,
                command: reason == nil ? nil : evidence.upgrade { !defect.affects($0) })
        }
    }

    /// Why it can strike any time here; nil where it needs something that is not the case, or an operator who does something.
    private static func condition(of defect: Defect, _ servers: [ServerEvidence]) -> String? {
        let configs = servers.compactMap(\.runningConfig)
        switch defect.issue {
        case "ZOOKEEPER-2186": return "any port scan that reaches the election port does it"
        case "ZOOKEEPER-2960": return "dataDir and dataLogDir are swapped whatever is configured"
        case "ZOOKEEPER-3829": return "it strikes at the next change of members"
        case "ZOOKEEPER-1797", "ZOOKEEPER-2574":
            let purges = configs.contains { ($0["autopurge.purgeInterval"].flatMap { Int($0) } ?? 0) > 0 }
            return purges ? "autopurge is on" : nil
        case "ZOOKEEPER-3644":
            return configs.contains { $0["snapshot.trust.empty"] == "true" } ? "snapshot.trust.empty is set" : nil
        case "ZOOKEEPER-1506":
            let names = Set(servers.flatMap { Array(($0.host?.resolved ?? [:]).keys) }).sorted()
            return names.isEmpty ? nil : "server lines have host names: \(Numbers.list(names))"
        case "ZOOKEEPER-2164":
            let open = configs.contains { $0.members.values.contains { $0.host == "0.0.0.0" } }
            return open ? "a server line says 0.0.0.0" : nil
        default: return nil
        }
    }
}
