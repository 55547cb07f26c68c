import EnsembleModel

/// A server that looks for a leader beside a working quorum, since the others tell it contradictory votes.
package enum StaleRound: Incident {
    package static let definition = IncidentDefinition(
        code: "stale-election-round", title: "Stuck election beside a working quorum",
        symptoms: "A restarted server never joins, although all the others serve and can be reached.",
        recognised:
            "Notifications in its log that name the same leader with different rounds or zxids, from servers that lead and follow; "
            + "`Notification time out: 60000`.",
        why:
            "The leader goes on advertising the vote it had before its election, so that the server never finds a quorum of equal votes.",
        remedy: "Restart the leader, after checks: one election, and the votes are equal.",
        plans: [.restartLeader],
        source: "ZOOKEEPER-1732 (fixed 3.4.6, 3.5.0), ZOOKEEPER-1514 (fixed 3.4.4)")

    private struct Vote: Hashable {
        var leader: String
        var zxid: String
        var round: String
    }

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        guard evidence.hasQuorum else { return [] }
        let stuck = evidence.running.filter {
            $0.mode == .looking && $0.log.has(.backoff) && !contradictions($0).isEmpty
        }
        guard !stuck.isEmpty else { return [] }
        return [
            definition.finding(
                .critical, stuck.names,
                "\(Numbers.list(stuck.names)) hears of one leader with different votes, and joins nobody.",
                evidence: stuck.flatMap { server in
                    (contradictions(server) + server.log.quoted(.backoff, last: 1)).map { "\(server.server): \($0)" }
                }, plan: .restartLeader)
        ]
    }

    /// Lines of servers that lead or follow, where they differ.
    private static func contradictions(_ server: ServerEvidence) -> [String] {
        var votes: [String: (vote: Vote, text: String)] = [:]
        for line in server.log[.notification] {
            guard let (vote, sender) = parse(line.text) else { continue }
            votes[sender] = (vote, line.text)
        }
        let leaders = Dictionary(grouping: votes.values, by: \.vote.leader)
        return leaders.values.filter { Set($0.map(\.vote)).count > 1 }.flatMap { $0.map(\.text) }.sorted()
    }

    private static func parse(_ line: String) -> (Vote, sender: String)? {
        // 3.3 to 3.5: values before their names.
        if line.contains("(n.leader)") {
            var fields: [String: String] = [:]
            for part in line.split(separator: ",") {
                let words = part.split(separator: " ")
                if words.count >= 2, let name = words.last { fields[String(name)] = String(words[words.count - 2]) }
            }
            guard let leader = fields["(n.leader)"], let zxid = fields["(n.zxid)"], let round = fields["(n.round)"],
                let state = fields["(n.state)"], let sender = fields["(n.sid)"], state != "LOOKING"
            else { return nil }
            return (Vote(leader: leader, zxid: zxid, round: round), sender)
        }
        var fields: [Substring: Substring] = [:]
        for part in line.split(whereSeparator: { $0 == "," || $0 == ";" || $0 == " " }) {
            guard let colon = part.firstIndex(of: ":") else { continue }
            fields[part[..<colon]] = part[part.index(after: colon)...]
        }
        guard let leader = fields["n.leader"], let zxid = fields["n.zxid"], let round = fields["n.peerEpoch"],
            let state = fields["n.state"], let sender = fields["n.sid"], state != "LOOKING"
        else { return nil }
        return (Vote(leader: String(leader), zxid: String(zxid), round: String(round)), String(sender))
    }
}
