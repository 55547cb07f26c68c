import EnsembleAccess
import EnsembleModel

/// Serving servers whose trees differ although they have applied the same transactions.
package enum DivergedTree: Incident {
    package static let definition = IncidentDefinition(
        code: "diverged-tree", title: "A server's tree differs from the others'",
        symptoms: "Everything serves; clients of one server miss znodes, or see some that are gone.",
        recognised:
            "Different numbers of znodes at the same zxid, twice in a row with no write between; `First digest mismatch on txn` or `Digests "
            + "are not matching` in a log since the process began (3.6 and later).",
        why:
            "Every transaction after that is applied to a tree that is not the others'. When this server leads, its tree becomes that of every "
            + "server which takes a snapshot from it. Half of a backup that was put back, or files of two servers in one directory, do this.",
        remedy:
            "Restart nothing before it is known which tree is right: `zkops ensemble contents -i INVENTORY --server …` of each server tells. "
            + "Then move the version-2 of the wrong one away and let it take the data from the leader; one server at a time.",
        plans: [.rebuildServer],
        source: "DataTree.compareDigest and reportDigestMismatch (ZOOKEEPER-3114, 3.6.0); srvr's Zxid and Node count")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let odd = ofAnotherSize(evidence)
        let mismatched = evidence.running.filter { !mismatches($0).isEmpty }
        let servers = Set(odd.map(\.server.server)).union(mismatched.names)
        guard !servers.isEmpty else { return [] }
        let leads = evidence.leader.map { servers.contains($0.server) } ?? false
        return [
            definition.finding(
                .critical, servers.sorted(),
                "\(Numbers.list(servers.sorted())) \(servers.count == 1 ? "holds" : "hold") another tree than "
                    + (odd.isEmpty ? "the transactions should have made." : "the rest at the same transaction."),
                evidence: odd.map(\.quote)
                    + mismatched.flatMap { server in mismatches(server).map { "\(server.server): \($0)" } },
                remedy: leads
                    ? "It leads: have another server lead first (plans/restart-leader.yaml), once it is known that the other trees are right. "
                        + definition.remedy : nil,
                plan: leads ? nil : .rebuildServer)
        ]
    }

    /// Servers of one ensemble that have come equally far.
    private struct State: Hashable {
        var zxid: Zxid?
        var members: [ServerID: MemberAddress]?
    }

    private static func mismatches(_ server: ServerEvidence) -> [String] {
        let began = server.log[.started].last?.number ?? 0
        return server.log[.digest].filter { $0.number > began }.suffix(2).map(\.text)
    }

    /// What a server said twice, with no transaction between: its count belongs to its zxid.
    private static func settled(_ server: ServerEvidence) -> (zxid: Zxid, znodes: Int)? {
        guard server.serves, let one = server.pulse, let other = server.secondPulse, let zxid = one.zxid,
            let znodes = one.znodes, other.zxid == zxid, other.znodes == znodes
        else { return nil }
        return (zxid, znodes)
    }

    /// Held against the leader, else against most of those with the same zxid.
    private static func ofAnotherSize(_ evidence: EnsembleEvidence) -> [(server: ServerEvidence, quote: String)] {
        let groups = Dictionary(grouping: evidence.running.filter { settled($0) != nil }) {
            State(zxid: settled($0)?.zxid, members: $0.runningConfig?.members)
        }
        return groups.values.flatMap { servers -> [(server: ServerEvidence, quote: String)] in
            let counts = servers.compactMap { settled($0)?.znodes }
            let leader = servers.first { $0.mode == .leader }
            let common =
                leader.flatMap { settled($0)?.znodes }
                ?? counts.max { one, other in counts.count { $0 == one } < counts.count { $0 == other } }
            return servers.compactMap { server in
                guard let (zxid, znodes) = settled(server), let common, znodes != common else { return nil }
                let holder = leader.map { "\($0.server), the leader," } ?? "most others"
                return (
                    server,
                    "\(server.server): \(Numbers.counted(znodes, "znode")) at \(zxid), where \(holder) "
                        + "\(leader == nil ? "have" : "has") \(common)"
                )
            }
        }.sorted { $0.server.server < $1.server.server }
    }
}
