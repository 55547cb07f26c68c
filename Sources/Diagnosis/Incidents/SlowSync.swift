import EnsembleModel

package enum SlowSync: Incident {
    package static let definition = IncidentDefinition(
        code: "slow-fsync", title: "Slow fsync of the transaction log",
        symptoms: "Writes take seconds; followers fall out of the synced set; sessions expire.",
        recognised:
            "Three lines `fsync-ing the write ahead log in ... took ... ms` of half a second or more in the last hour.",
        why: "Every write waits until a quorum of disks has it.",
        remedy: "Give dataLogDir a disk of its own, and see what else writes to this one.",
        source: "logged above fsync.warningthresholdms, 1000 unless set")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let slow = evidence.running.filter { server in
            server.log.recent(.slowSync, seconds: 3600).count { (milliseconds($0.text) ?? 0) >= 500 } >= 3
        }
        guard !slow.isEmpty else { return [] }
        return [
            definition.finding(
                .warning, slow.names, "The disk of the transaction log is slow.",
                evidence: slow.flatMap { server in
                    let config = server.runningConfig
                    let shared = config?.transactionLogDir == config?.dataDir ? "; snapshots lie on the same disk" : ""
                    return ["\(server.server): \(server.log.count(.slowSync)) slow writes in this term\(shared)"]
                        + server.log.quoted(.slowSync).map { "\(server.server): \($0)" }
                })
        ]
    }

    /// With a fsync.warningthresholdms of a few, quick ones are logged too.
    private static func milliseconds(_ line: String) -> Int? {
        guard let mark = line.range(of: " took ") else { return nil }
        return Int(line[mark.upperBound...].prefix { $0.isNumber })
    }
}
