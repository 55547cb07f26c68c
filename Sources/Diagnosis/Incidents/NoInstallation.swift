import EnsembleAccess
import EnsembleModel

/// Installations that the inventory names and that are not there, so that their servers read as stopped and empty.
package enum NoInstallation: Incident {
    package static let definition = IncidentDefinition(
        code: "no-installation", title: "No ZooKeeper installation where the inventory says",
        symptoms: "A server that clients use reads as stopped; or zkops finds no ensemble at all.",
        recognised:
            "The installation's `home` on its host: neither ZooKeeper's jar nor the configuration file lies there, and no process runs with "
            + "that file.",
        why:
            "What zkops doesn't see it takes for stopped and empty, and plans would be made and checked for another ensemble than the one that "
            + "runs.",
        remedy:
            "Correct `home` (or `config`) of the installation in the inventory: `ps -ef | grep QuorumPeerMain` on the host shows the "
            + "configuration file that runs. Where nothing is installed yet, install it or take it out of the inventory."
    )

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let absent = evidence.servers.filter { $0.facts?.isInstalled == false }
        let running = Set(evidence.running.map(\.server.host))
        let (serious, harmless) = (
            absent.filter { isMember($0, evidence) && !running.contains($0.server.host) },
            absent.filter { !isMember($0, evidence) || running.contains($0.server.host) }
        )
        return [(Finding.Severity.critical, serious), (.note, harmless)].filter { !$0.1.isEmpty }.map {
            severity, servers in
            definition.finding(
                severity, servers.names,
                "\(Numbers.list(servers.names)) \(servers.count == 1 ? "has" : "have") no ZooKeeper installation where the inventory says.",
                evidence: servers.map { "\($0.server): \($0.place.notInstalled)" })
        }
    }

    /// Where nobody's configuration tells, anybody may be one.
    private static func isMember(_ server: ServerEvidence, _ evidence: EnsembleEvidence) -> Bool {
        evidence.lastConfig == nil || evidence.isMember(server)
    }
}
