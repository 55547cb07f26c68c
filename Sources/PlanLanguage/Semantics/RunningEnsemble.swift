package import EnsembleModel

/// Running servers that belong together by what their processes loaded, and what they can still lose.
package struct RunningEnsemble: Sendable, Hashable {
    /// Sorted.
    package var servers: [ServerName]
    /// nil where no member's loaded configuration is known.
    package var quorum: Quorum?

    /// By the leader's loaded configuration where it is known who leads; else by the loaded configuration that leaves the least,
    /// among those that have a quorum at all.
    package struct Quorum: Sendable, Hashable {
        /// Participants that the configuration lists.
        package var participants: Int
        /// The least number of participants that can decide.
        package var size: Int
        /// Participants that serve: they run, and are not known to be looking for a leader.
        package var serving: [ServerName]
        /// How many more of them may crash, whichever they are, while the rest can still decide; negative where they can't now.
        package var margin: Int
    }

    /// Whether a quorum serves; nil where no loaded configuration is known.
    package var serves: Bool? { quorum.map { $0.margin >= 0 } }

    init(servers: [ServerName], in state: EnsembleState, _ loaded: LoadedConfigs) {
        self.servers = servers
        let leaders = servers.filter { state.servers[$0]?.mode == .leader }
        let able = servers.filter { state.servers[$0].map(\.mayServe) ?? false }
        let deciding = leaders.isEmpty ? (able.isEmpty ? servers : able) : leaders
        let quorums = deciding.compactMap { Self.quorum(of: $0, in: state, loaded) }
        quorum =
            quorums.filter { $0.margin >= 0 }.min { $0.margin < $1.margin } ?? quorums.max { $0.margin < $1.margin }
    }

    private static func quorum(
        of server: ServerName, in state: EnsembleState, _ loaded: LoadedConfigs
    ) -> Quorum? {
        guard let membership = loaded.membership(of: server), let members = membership.members else { return nil }
        let rule = membership.rule
        let serves = { (name: ServerName) in state.servers[name]?.mayServe ?? false }
        // No more than one participant: the server runs standalone.
        guard rule.participants.count > 1 else {
            let serving = serves(server) ? [server] : []
            return Quorum(participants: 1, size: 1, serving: serving, margin: serving.count - 1)
        }
        var serving: [ServerID: ServerName] = [:]
        for (id, address) in members where rule.participants.contains(id) {
            if let peer = loaded.server(id, at: address), serves(peer) { serving[id] = peer }
        }
        return Quorum(
            participants: rule.participants.count, size: rule.quorumSize, serving: serving.values.sorted(),
            margin: rule.margin(serving: Set(serving.keys)))
    }
}

extension ServerState {
    /// Runs, and isn't known to be unable to serve.
    package var mayServe: Bool { running && (mode?.serves ?? true) }
}

extension QuorumRule {
    /// How many servers may be lost, whichever they are, before the others can't decide; negative where they can't now: then
    /// it is how many are missing for a majority, or -1 under weights.
    package func margin(serving: Set<ServerID>) -> Int {
        guard case .weighted = self else { return serving.intersection(participants).count - quorumSize }
        guard containsQuorum(serving) else { return -1 }
        return leastFatalLoss(serving, from: serving.sorted()[...]) - 1
    }

    /// The size of the smallest set of servers without which the rest can't decide.
    private func leastFatalLoss(_ left: Set<ServerID>, from candidates: ArraySlice<ServerID>) -> Int {
        guard containsQuorum(left) else { return 0 }
        var least = left.count
        for index in candidates.indices {
            let rest = candidates[candidates.index(after: index)...]
            least = min(least, 1 + leastFatalLoss(left.subtracting([candidates[index]]), from: rest))
            if least == 1 { break }
        }
        return least
    }
}
