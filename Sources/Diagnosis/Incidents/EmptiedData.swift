import EnsembleAccess
import EnsembleModel

/// Members whose snapshots and transaction logs are gone, as after a change of disks or a wrong dataDir.
package enum EmptiedData: Incident {
    package static let definition = IncidentDefinition(
        code: "emptied-data", title: "A member's data are gone",
        symptoms: "A server does not start, or runs and looks for a leader, and its data directory is empty.",
        recognised:
            "dataDir and dataLogDir of a member that does not serve: no snapshot, no transaction log, no epoch, while another server has data.",
        why:
            "An empty server votes like every other. As many of them as make a quorum elect one of themselves, and its empty tree becomes "
            + "everybody's: every znode is gone, and every command reported success.",
        remedy:
            "Find the data first: an unmounted disk, or a dataDir that was changed. Beside a serving quorum an empty server may start, and "
            + "takes the leader's data; without one, start those that have data first.",
        plans: [.setMyid, .rebuildServer],
        source:
            "votes go by epoch, zxid, myid; from 3.6 on zookeeper.db.autocreate=false keeps empty servers from voting (ZOOKEEPER-261)"
    )

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let emptied = servers(in: evidence)
        guard !emptied.isEmpty else { return [] }
        let rule = evidence.lastConfig?.quorumRule
        let quorum = rule?.quorumSize ?? 1
        let count = max(rule?.participants.count ?? 0, emptied.count)
        let isPlain = evidence.hasQuorum && emptied.count == 1
        let hasNoMyid = emptied.contains { $0.facts?.myid == nil }
        return [
            definition.finding(
                .critical, emptied.names,
                "\(emptied.count) of \(Numbers.counted(count, "voter")) \(emptied.count == 1 ? "has" : "have") lost all data."
                    + (emptied.count >= quorum ? " Together they could elect an empty tree." : ""),
                evidence: emptied.flatMap(quotes), remedy: remedy(emptied, quorum, evidence),
                plan: isPlain ? hasNoMyid ? .setMyid : .rebuildServer : nil)
        ]
    }

    /// Stopped members, and members that look for a leader, without data, where some other server has any: an ensemble that was never
    /// started has lost nothing.
    static func servers(in evidence: EnsembleEvidence) -> [ServerEvidence] {
        let candidates = evidence.missing + evidence.running.filter { $0.mode == .looking }
        let emptied = candidates.filter(\.isEmptied)
        let hasData = evidence.servers.contains { $0.newestZxid > Zxid(0) || ($0.pulse?.zxid ?? Zxid(0)) > Zxid(0) }
        return hasData ? emptied : []
    }

    private static func remedy(_ emptied: [ServerEvidence], _ quorum: Int, _ evidence: EnsembleEvidence) -> String {
        let numbers = emptied.filter { $0.facts?.myid == nil }.compactMap { server in
            server.ownLine.map { "\($0.id) into the myid file of \(server.server)" }
        }
        let write = numbers.isEmpty ? "" : " Write \(Numbers.list(numbers)) before."
        if evidence.hasQuorum {
            return
                "Find out where the data went. A quorum serves, so an empty server takes the leader's data when it starts: one at a time, "
                + "the next when that one serves." + write
        }
        let full =
            evidence.missing.filter { $0.newestZxid > Zxid(0) } + evidence.running.filter { $0.newestZxid > Zxid(0) }
        let running = emptied.filter(\.isRunning)
        return (running.isEmpty ? "" : "Stop \(Numbers.list(running.names)) now. ")
            + "Start nothing that is empty yet: \(quorum) empty servers elect an empty tree. Start \(Numbers.list(full.names.sorted())) first, "
            + "and at most \(Numbers.counted(quorum - 1, "empty server")) beside them until one of those with data leads."
            + write
    }

    private static func quotes(_ server: ServerEvidence) -> [String] {
        let config = server.runningConfig
        let data = config?.dataDir ?? "its dataDir"
        let logs = config?.transactionLogDir.flatMap { $0 == data ? nil : $0 }
        return [
            "\(server.server) \(server.mode.rawValue): \(data) "
                + (server.facts?.dataRoom == nil
                    ? "does not exist"
                    : "has no snapshot" + (logs == nil ? " and no transaction log" : "")
                        + (server.facts?.myid == nil ? ", nor a myid file" : ""))
                + (logs.map { ", \($0) no transaction log" } ?? "")
        ]
    }
}
