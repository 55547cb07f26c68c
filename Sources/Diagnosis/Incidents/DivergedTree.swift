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
        let odd = TreeSize.differences(
            evidence.running.compactMap { server in
                server.pulse.map {
                    TreeSize(
                        server.server, members: server.runningConfig?.members, first: $0, second: server.secondPulse)
                }
            })
        let mismatched = evidence.running.filter { !mismatches($0).isEmpty }
        // Others may tell of what the odd one sent them.
        let servers = odd.isEmpty ? mismatched.names : odd.map(\.server)
        guard !servers.isEmpty else { return [] }
        let leader = evidence.leader?.server
        let leads = leader.map(servers.contains) ?? false
        return [
            definition.finding(
                .critical, servers,
                "\(Numbers.list(servers.sorted())) \(servers.count == 1 ? "holds" : "hold") another tree than "
                    + (odd.isEmpty ? "the transactions should have made." : "the rest at the same transaction."),
                evidence: odd.map(\.inWords)
                    + mismatched.flatMap { server in mismatches(server).map { "\(server.server): \($0)" } },
                remedy: leads
                    ? "\(Numbers.list([leader].compactMap(\.self))) leads: once it is known that the other trees are right, have another server "
                        + "lead first (plans/restart-leader.yaml). \(definition.remedy)" : nil,
                plan: leads ? nil : .rebuildServer)
        ]
    }

    private static func mismatches(_ server: ServerEvidence) -> [String] {
        let began = server.log[.started].last?.number ?? 0
        return server.log[.digest].filter { $0.number > began }.suffix(2).map(\.text)
    }
}
