import EnsembleModel

/// Elections that never end since a snapshot takes longer than the limits allow, and the warning before it comes to that.
package enum SlowSnapshot: Incident {
    package static let definition = IncidentDefinition(
        code: "slow-snapshot", title: "Election loop by a slow snapshot",
        symptoms:
            "All servers run, none serves for long, elections follow one another. It begins with a restart, after the data have grown.",
        recognised:
            "Followers that give up initLimit x tickTime after an election, a leader that gives up for want of synced followers, "
            + "again and again. Before it happens: the time in which the last start read its snapshot, or the snapshot's size by the "
            + "measured speed of the disk, against the limits.",
        why:
            "A leader reads its snapshot, and followers write theirs, before they answer. Longer than initLimit x tickTime (or syncLimit x "
            + "tickTime), and the others give up; the next election ends the same way.",
        remedy:
            "Raise initLimit and syncLimit, and leave tickTime as it is, since session timeouts are bounded by it: rolling while a quorum "
            + "serves, on all servers at once where elections don't end. "
            + "Then find out what fills the tree: `zkops ensemble contents`.",
        plans: [.raiseLimits, .raiseLimitsInOutage],
        source:
            "ZOOKEEPER-1558 (fixed 3.4.6), ZOOKEEPER-2678 (fixed 3.4.10, 3.5.3); later versions have the limits all the same"
    )

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let looping = evidence.running.filter { !$0.serves && !failures(of: $0).isEmpty }
        if !looping.isEmpty, !evidence.hasQuorum { return [loop(looping)] }
        let slow = evidence.running.compactMap(forecast)
        guard !slow.isEmpty else { return [] }
        return [
            definition.finding(
                .warning, slow.map(\.server),
                "Loading the snapshot takes more than half of initLimit x tickTime: the next election may not end.",
                evidence: slow.map(\.text), plan: .raiseLimits,
                command: evidence.change(limits(slow.map(\.ticks).max() ?? 0)))
        ]
    }

    private static func loop(_ servers: [ServerEvidence]) -> Finding {
        definition.finding(
            .critical, servers.names,
            "Elections follow one another: followers or leaders give up before they have synchronized.",
            evidence: servers.flatMap { server in
                [size(of: server)].compactMap { $0 } + failures(of: server).suffix(3).map { "\(server.server): \($0)" }
            }, plan: .raiseLimitsInOutage)
    }

    /// The rounds that ended so, newest last; empty where there were fewer than two of late, or they ended too early for a limit.
    private static func failures(of server: ServerEvidence) -> [String] {
        guard let config = server.runningConfig else { return [] }
        let initial = Double((config.initLimit ?? 10) * config.tickTime) / 1000
        let sync = Double((config.syncLimit ?? 5) * config.tickTime) / 1000
        let log = server.log
        let lines = log.inOrder(.elected, .followerFailed, .leaderLost, .epochTimeout)
        var rounds: [String] = []
        var elected: LogEvidence.Line?
        for line in lines {
            if line.text.contains("LEADER ELECTION TOOK") {
                elected = line
                continue
            }
            guard let begun = elected?.time, let ended = line.time else { continue }
            if let readAt = log.readAt, readAt - ended > max(120, 10 * initial) { continue }
            let took = ended - begun
            // A connection refused or cut comes at once; what runs into a limit comes with it.
            guard took >= 0.8 * min(initial, sync) else { continue }
            rounds.append(
                "\(Numbers.seconds(took)) after the election (initLimit \(Numbers.seconds(initial))): \(line.text)")
            elected = nil
        }
        return rounds.count >= 2 ? rounds : []
    }

    private static func size(of server: ServerEvidence) -> String? {
        guard let newest = server.host?.snapshots.max(by: { $0.changedAt < $1.changedAt }) else { return nil }
        return "\(server.server): the newest snapshot, \(newest.name), has \(Numbers.bytes(newest.size))"
    }

    /// As the plan has them, and more where loading alone takes more than a quarter of that.
    private static func limits(_ ticks: Int) -> [(key: String, value: String)] {
        let initial = max(100, 4 * ticks)
        return [("initLimit", "\(initial)"), ("syncLimit", "\(initial / 2)")]
    }

    private static func forecast(_ server: ServerEvidence) -> (
        server: ServerName, text: String, ticks: Int
    )? {
        guard let config = server.runningConfig, config.members.count > 1, let ticks = config.initLimit else {
            return nil
        }
        let limit = Double(ticks * config.tickTime) / 1000
        let newest = server.host?.snapshots.max { $0.changedAt < $1.changedAt }
        var load = 0.0
        var how = ""
        if let read = readingTime(server.log) {
            load = read
            how = "a start read its snapshot in \(Numbers.seconds(load))"
        }
        if let newest, let speed = server.host?.readSpeed, speed.bytesPerSecond > 0 {
            let read = Double(newest.size) / speed.bytesPerSecond
            if read > load {
                load = read
                how =
                    "\(newest.name) has \(Numbers.bytes(newest.size)), and the disk reads "
                    + "\(Numbers.bytes(Int(speed.bytesPerSecond))) a second: \(Numbers.seconds(load))"
            }
        }
        // Loading, then sending and writing it: twice the time is the least.
        guard load * 2 > limit else { return nil }
        return (
            server.server,
            "\(server.server): \(how); initLimit x tickTime is \(ticks) x \(config.tickTime) ms = \(Numbers.seconds(limit))",
            // No sooner than in a year of ticks anybody waits for it to end.
            Int(min(load * 1000 / Double(max(1, config.tickTime)), 1e8).rounded(.up))
        )
    }

    /// From the line before reading to the server's first word afterwards, the longest of the process.
    private static func readingTime(_ log: LogEvidence) -> Double? {
        log[.readingSnapshot].compactMap { reading in
            let next = log.inOrder(.looking, .readingSnapshot).first { $0.number > reading.number }
            guard let begun = reading.time, let next, next.text.hasSuffix("LOOKING"), let ended = next.time else {
                return nil
            }
            return ended - begun
        }.max()
    }
}
