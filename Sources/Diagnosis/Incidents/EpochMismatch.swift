import EnsembleModel

/// Epoch files that contradict each other, the data, or the ensemble.
package enum EpochMismatch: Incident {
    package static let definition = IncidentDefinition(
        code: "epoch-mismatch", title: "acceptedEpoch and currentEpoch contradict each other",
        symptoms: "A server ends right after its start, or joins no leader.",
        recognised:
            "acceptedEpoch, currentEpoch and the zxid of the newest file: the zxid's epoch can't be later than currentEpoch, nor that later "
            + "than acceptedEpoch. `The current epoch, 9, is less than`, `Leaders epoch, 1 is less than accepted epoch, 3` in the log.",
        why:
            "The process refuses to start, so that it can't vote with an epoch it never accepted. A server that is ahead of its leader may hold "
            + "newer data than the whole ensemble.",
        remedy:
            "With a healthy quorum: move this server's version-2 away and let it take the data from the leader. Without one: keep a copy, then "
            + "make both files the greatest of the three.",
        plans: [.rebuildServer],
        source: "QuorumPeer.loadDataBase; ZOOKEEPER-1653 (fixed 3.4.6), ZOOKEEPER-2307 (fixed 3.5.8, 3.6.3)")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let broken = evidence.missing.filter { !quotes($0).isEmpty }
        if !broken.isEmpty {
            findings.append(
                definition.finding(
                    .critical, broken.names, "The epochs on disk contradict each other, so the server does not start.",
                    evidence: broken.flatMap(quotes), plan: evidence.hasQuorum ? .rebuildServer : nil))
        }
        let ahead = evidence.running.filter { !$0.serves && $0.log.has(.epochAhead) }
        if !ahead.isEmpty {
            findings.append(
                definition.finding(
                    .critical, ahead.names,
                    "The server has accepted a later epoch than the leader's: the ensemble was begun anew behind it.",
                    evidence: ahead.flatMap { server in server.log.quoted(.epochAhead).map { "\(server.server): \($0)" }
                    },
                    remedy:
                        "STOP. This server may hold the only copy of newer data. Copy its dataDir and dataLogDir away before anything else, "
                        + "and don't clear it."))
        }
        return findings
    }

    private static func quotes(_ server: ServerEvidence) -> [String] {
        var lines: [String] = []
        if let epochs = server.facts?.epochs {
            if epochs.current > epochs.accepted {
                lines.append(
                    "\(server.server): currentEpoch is \(epochs.current), acceptedEpoch only \(epochs.accepted)")
            }
            if server.newestZxid.epoch > epochs.current {
                lines.append(
                    "\(server.server): the newest file is of epoch \(server.newestZxid.epoch), currentEpoch is \(epochs.current)"
                )
            }
        }
        return lines.isEmpty ? [] : lines + server.log.quoted(.epochAtBoot).map { "\(server.server): \($0)" }
    }
}
