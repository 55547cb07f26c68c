/// What `mntr` answers, or the AdminServer's `monitor`: named values, read as numbers because a server with the Prometheus
/// provider prints every one of them as such (`4.0`). No version's mntr holds a zxid.
package struct MntrReply: Sendable, Hashable {
    /// By the name that mntr uses, such as `zk_znode_count`.
    package var raw: [String: String]

    package init(raw: [String: String]) { self.raw = raw }

    /// Reads lines of name, tab and value; nil where no line is of that form.
    package init?(_ text: String) {
        raw = [:]
        for line in lines(of: text) {
            guard let tab = line.firstIndex(of: "\t"), line.hasPrefix("zk_") else { continue }
            raw[String(line[..<tab])] = trimmed(line[line.index(after: tab)...])
        }
        if raw.isEmpty { return nil }
    }

    package subscript(name: String) -> Double? { raw[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }

    package var version: Version? { raw["zk_version"].flatMap { Version($0) } }
    package var state: Mode? { raw["zk_server_state"].flatMap(Mode.init(rawValue:)) }

    /// On a leader: all learners it serves, observers included; `zk_followers` before 3.6, `zk_learners` since.
    package var followers: Double? { self["zk_followers"] ?? self["zk_learners"] }
    /// On a leader: followers it sends transactions to, before they acknowledged anything, and those that aren't members
    /// of its configuration too.
    package var syncedFollowers: Double? { self["zk_synced_followers"] }
    /// On a leader of 3.6 or later: those among ``syncedFollowers`` that don't vote.
    package var syncedNonVotingFollowers: Double? { self["zk_synced_non_voting_followers"] }
    /// ``syncedFollowers`` less those known not to vote.
    package var syncedVotingFollowers: Double? { syncedFollowers.map { $0 - (syncedNonVotingFollowers ?? 0) } }
    package var syncedObservers: Double? { self["zk_synced_observers"] }
    package var pendingSyncs: Double? { self["zk_pending_syncs"] }
    /// Voting members of the configuration, not the majority (3.6 and later).
    package var votingMembers: Double? { self["zk_quorum_size"] }

    package var znodeCount: Double? { self["zk_znode_count"] }
    package var ephemerals: Double? { self["zk_ephemerals_count"] }
    package var watches: Double? { self["zk_watch_count"] }
    /// Bytes.
    package var approximateDataSize: Double? { self["zk_approximate_data_size"] }
    package var outstanding: Double? { self["zk_outstanding_requests"] }
    package var connections: Double? { self["zk_num_alive_connections"] }
    /// Milliseconds.
    package var averageLatency: Double? { self["zk_avg_latency"] }
    package var maxLatency: Double? { self["zk_max_latency"] }
    package var openFiles: Double? { self["zk_open_file_descriptor_count"] }
    package var maxOpenFiles: Double? { self["zk_max_file_descriptor_count"] }
    package var fsyncThresholdExceeded: Double? { self["zk_fsync_threshold_exceed_count"] }
    /// Such as `leading - broadcast` (3.6 and later).
    package var peerState: String? { raw["zk_peer_state"] }
    /// Elections since the process started (3.6 and later).
    package var lookingCount: Double? { self["zk_looking_count"] }
}
