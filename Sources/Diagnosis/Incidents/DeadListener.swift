import EnsembleModel

/// Election listeners that are dead while their servers serve on (ZOOKEEPER-2186 and its kin).
package enum DeadListener: Incident {
    package static let definition = IncidentDefinition(
        code: "dead-election-listener", title: "Dead election listener",
        symptoms:
            "Everything looks well until a server is restarted: it looks for a leader for ever. `telnet host 3888` still connects, "
            + "since the kernel accepts.",
        recognised:
            "The listener's thread by its name in /proc (or in a thread dump), connections that nobody takes at the election port, a "
            + "closing connection that belongs to no process; once and only where that leaves a doubt, a connection that is "
            + "half closed. In the log: `Thread Thread[...:3888,5,main] died`.",
        why:
            "No server can join through a deaf one. Open connections live on, so the ensemble serves until somebody restarts "
            + "the wrong server; when the leader goes, there may be no quorum any more.",
        remedy:
            "Restart nothing before the listener of every server is known. What fits follows from how many are deaf.",
        plans: [.restartDeaf, .restartAll, .stagedRecovery],
        source: "ZOOKEEPER-2186 (3.4.6 and 3.5.0; fixed 3.4.7, 3.5.1), ZOOKEEPER-2836 and -3320 (fixed 3.5.6)")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let deaf = evidence.running.filter { $0.facts?.electionListener == .dead || hasNoThread($0) }
        guard !deaf.isEmpty else { return [] }
        let cure = cure(deaf, evidence)
        let stranded = evidence.running.filter { $0.mode == .looking && !deaf.names.contains($0.server) }
        return [
            definition.finding(
                .critical, deaf.names,
                "\(Numbers.counted(deaf.count, "server")) of \(max(evidence.config?.members.count ?? 0, deaf.count)) "
                    + "\(deaf.count == 1 ? "has" : "have") a dead election listener: nobody can join through "
                    + "\(deaf.count == 1 ? "it" : "them").",
                evidence: deaf.flatMap(quotes) + stranded.flatMap(strandedQuotes), remedy: cure.remedy, plan: cure.plan,
                command: cure.command)
        ]
    }

    /// From a dump: Java 8 shows no names in /proc.
    private static func hasNoThread(_ server: ServerEvidence) -> Bool {
        guard let names = server.host?.threadNames, names.contains(where: { $0.contains("QuorumPeer") }),
            let line = server.ownLine
        else { return false }
        return !names.contains {
            $0.hasPrefix("ListenerHandler") || $0.hasSuffix(":\(line.address.electionPort)") && $0.contains("/")
        }
    }

    private static func quotes(_ server: ServerEvidence) -> [String] {
        let port = server.ownLine.map { "port \($0.address.electionPort)" } ?? "its election port"
        let dump =
            hasNoThread(server)
            ? [
                "\(server.server): none of the \(server.host?.threadNames.count ?? 0) threads of its dump is the listener's"
            ] : []
        return [
            "\(server.server) \(server.mode.rawValue): \(port) is open, and nothing in the process takes its connections"
        ]
            + dump
            + (server.log.quoted(.listenerDied) + server.log.quoted(.listenerLeft)).map { "\(server.server): \($0)" }
    }

    private static func strandedQuotes(_ server: ServerEvidence) -> [String] {
        ["\(server.server) looks for a leader"] + server.log.quoted(.backoff, last: 1).map { "\(server.server): \($0)" }
    }

    /// By counting the deaf (nine of nine restarts of 3.4.6 ensembles went as ``ListenerRule`` says).
    private static func cure(_ deaf: [ServerEvidence], _ evidence: EnsembleEvidence) -> (
        remedy: String, plan: ReadyPlan, command: PlanCommand?
    ) {
        let rule = evidence.config?.quorumRule
        let ids = Set(deaf.compactMap { $0.ownLine?.id })
        if let rule, let leader = evidence.leader?.ownLine?.id {
            let serving = Set(evidence.running.filter(\.serves).compactMap { $0.ownLine?.id })
            let absent = rule.participants.subtracting(serving)
            let members = ListenerRule(quorum: rule, leader: leader, deaf: ids, absent: absent)
            if let order = members.repairOrder {
                let names = order.compactMap { id in deaf.first { $0.ownLine?.id == id }?.server }
                return (
                    "Restart the deaf, one after the other, each until it follows again: \(Numbers.list(names)). "
                        + "A healthy server that was restarted now could not come back.", .restartDeaf,
                    evidence.restart(names)
                )
            }
        }
        let beside = evidence.servers.filter { server in
            server.facts != nil && !server.isRunning && server.version.map { !$0.hasListenerDefect } == true
        }
        let quorum = rule?.quorumSize ?? deaf.count
        if Set(beside.map(\.server.host)).count >= quorum {
            return (
                "No order of single restarts brings all back. A version without the defect is installed on "
                    + "\(Numbers.list(beside.names)): bring the ensemble back on it in stages, the old one serving meanwhile.",
                .stagedRecovery, evidence.recovery(to: beside)
            )
        }
        return (
            "No order of single restarts brings all back. Stop and start \(Numbers.list(deaf.names)) together in a planned outage: "
                + "afterwards all listeners live. Then upgrade to a version without the defect.", .restartAll, nil
        )
    }
}
