package import EnsembleModel

/// Running servers that belong together by what their processes loaded, and what they can still lose.
package struct RunningEnsemble: Sendable, Hashable {
    /// Sorted.
    package var servers: [ServerName]
    /// nil where no member's loaded configuration is known.
    package var quorum: Quorum?

    /// By the leader's loaded configuration where it is known who leads; else by the loaded configuration that leaves the least,
    /// among those whose quorum could elect: each of its servers needs a quorum of its own configuration too.
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
        let electors = leaders.isEmpty ? Electors(able, in: state, loaded) : nil
        let quorums = deciding.compactMap { Self.quorum(of: $0, in: state, loaded, electors) }
        quorum =
            quorums.filter { $0.margin >= 0 }.min { $0.margin < $1.margin } ?? quorums.max { $0.margin < $1.margin }
    }

    /// - Parameter electors: nil where `server` leads already.
    private static func quorum(
        of server: ServerName, in state: EnsembleState, _ loaded: LoadedConfigs, _ electors: Electors?
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
        if let electors, rule.containsQuorum(Set(serving.keys)) {
            let agreed = electors.of(server)
            let voters = serving.filter { agreed.contains($0.value) }
            if !rule.containsQuorum(Set(voters.keys)) { serving = voters }
        }
        return Quorum(
            participants: rule.participants.count, size: rule.quorumSize, serving: serving.values.sorted(),
            margin: rule.margin(serving: Set(serving.keys)))
    }
}

/// Who can elect whom among servers that may serve, where what they have loaded differs: each voter wants the leader in its own list and
/// a quorum of its own list behind it (`FastLeaderElection`; section F of the domain notes).
private struct Electors {
    private let servers: [ServerName]
    private let loaded: LoadedConfigs
    private let areAlike: Bool

    init(_ servers: [ServerName], in state: EnsembleState, _ loaded: LoadedConfigs) {
        (self.servers, self.loaded) = (servers, loaded)
        areAlike = Set(servers.map { state.servers[$0]?.loadedConfig }).count < 2
    }

    /// The greatest set that can elect this leader. A server whose configuration isn't known may be in it.
    func of(_ leader: ServerName) -> Set<ServerName> {
        guard !areAlike else { return Set(servers) }
        var agreed = Set(
            servers.filter { loaded.membership(of: $0)?.members == nil || loaded.peers(listedBy: $0).contains(leader) })
        while let alone = agreed.first(where: { !hasQuorum($0, in: agreed) }) { agreed.remove(alone) }
        return agreed
    }

    private func hasQuorum(_ server: ServerName, in agreed: Set<ServerName>) -> Bool {
        guard let membership = loaded.membership(of: server), let members = membership.members else { return true }
        let votes = members.filter { id, address in loaded.server(id, at: address).map(agreed.contains) ?? false }
        return membership.rule.containsQuorum(Set(votes.keys).intersection(membership.rule.participants))
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
