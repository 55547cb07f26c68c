import EnsembleAccess
import EnsembleModel

/// Members that don't run, or run and don't serve, and that no other incident explains.
package enum NotServing: Incident {
    package static let definition = IncidentDefinition(
        code: "not-serving", title: "A member does not run or does not serve",
        symptoms: "Fewer servers serve than the configuration has members.",
        recognised: "Processes, and what each says of itself; named only where no other finding explains it.",
        why: "One failure more is borne by fewer servers, or by none.",
        remedy: "Its log says why; the last lines are quoted.")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let stopped = evidence.missing
        if !stopped.isEmpty {
            findings.append(
                definition.finding(
                    .critical, stopped.names,
                    "\(Numbers.counted(stopped.count, "member")) of the ensemble \(stopped.count == 1 ? "does" : "do") not run"
                        + (evidence.hasQuorum ? "." : "; no quorum serves, and no client is served."),
                    evidence: stopped.flatMap { server in
                        ["\(server.server): no process"] + last(of: server).map { "\(server.server): \($0)" }
                    },
                    remedy: evidence.hasQuorum || stopped.count == 1
                        ? "Start it; where it ended by itself, its log says why."
                        : "Start one with the newest data first, and the others when it runs; where they ended by themselves, their "
                            + "logs say why. Never empty a data directory before a quorum serves."))
        }
        let idle = evidence.running.filter { !$0.serves }
        if !idle.isEmpty {
            findings.append(
                definition.finding(
                    .critical, idle.names,
                    "\(Numbers.counted(idle.count, "server")) \(idle.count == 1 ? "runs and does" : "run and do") not serve.",
                    evidence: idle.flatMap { server in
                        ["\(server.server): \(server.pulse?.remark ?? server.mode.rawValue)"]
                            + last(of: server).map { "\(server.server): \($0)" }
                    }))
        }
        return findings
    }

    private static func last(of server: ServerEvidence) -> [String] {
        server.log.inOrder(
            .database, .configuration, .bind, .diskFull, .outOfMemory, .cannotOpen, .followerFailed, .leaderLost,
            .backoff, .digest
        ).suffix(2).map(\.text)
    }
}
