import EnsembleModel

/// Data that a server can't start from.
package enum DamagedData: Incident {
    package static let definition = IncidentDefinition(
        code: "missing-snapshot", title: "Missing or damaged snapshot, above all after an upgrade from 3.4",
        symptoms: "A server ends right after its start, often the first one that was upgraded.",
        recognised:
            "`No snapshot found, but there are log entries`, `CRC check failed`, `Not able to find valid snapshots` and their like in the log "
            + "of a server that does not run; transaction logs beside no snapshot where a later version is installed.",
        why:
            "From 3.5.3 on a server does not start from transaction logs alone, since earlier ones may be gone; young ensembles of 3.4 often "
            + "have no snapshot yet.",
        remedy:
            "With a healthy quorum: move this server's version-2 away and let it take the data from the leader; one server at a time.",
        plans: [.rebuildServer],
        source: "ZOOKEEPER-3056, ZOOKEEPER-2325 (fixed 3.5.3); snapshot.trust.empty from 3.5.7 on (ZOOKEEPER-3644)")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let broken = evidence.missing.filter { server in
            guard server.log.has(.database) || server.log.has(.misplacedFiles) else { return false }
            return !server.log.has(.epochAtBoot)
        }
        guard !broken.isEmpty else { return notes(evidence) }
        return [
            definition.finding(
                .critical, broken.names, "The server can't start from the data on its disk.",
                evidence: broken.flatMap { server in
                    (server.log.quoted(.database) + server.log.quoted(.misplacedFiles)).map {
                        "\(server.server): \($0)"
                    }
                        + (server.hasLog && !server.hasSnapshot
                            ? ["\(server.server): transaction logs and no snapshot"] : [])
                }, plan: evidence.hasQuorum ? .rebuildServer : nil)
        ]
    }

    /// Before an upgrade: a later version stands beside it.
    private static func notes(_ evidence: EnsembleEvidence) -> [Finding] {
        let without = evidence.running.filter { server in
            guard let version = server.version, version < Version(3, 5, 3), server.hasLog, !server.hasSnapshot else {
                return false
            }
            return evidence.servers.contains {
                $0.server.host == server.server.host && ($0.version ?? version) >= Version(3, 5, 3)
            }
        }
        guard !without.isEmpty else { return [] }
        return [
            definition.finding(
                .note, without.names, "No snapshot yet: the installed later version would not start from these data.",
                evidence: without.map { "\($0.server): transaction logs and no snapshot" },
                remedy: "Let each server take the data from the leader when it is upgraded (clear_data), one at a time."
            )
        ]
    }
}
