import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    /// What only a leader counts; nil where it can't be known.
    struct LeaderCounts: Sendable {
        /// Voters of its configuration that it has in sync.
        var synced: Int?
        /// Ephemeral znodes of the whole ensemble.
        var ephemerals: Int?
    }

    ///
    /// From 3.6 on, mntr or the AdminServer tell it. Before, their count holds followers too that are in no server line (`Leader.processAck`
    /// of 3.4 counts them for the quorum as well), so each listed one is asked whether it follows; that is done again
    /// only when the connections of the leader's quorum port have changed.
    func leaderCounts(
        _ place: ServerPlace, _ config: ZooConfig, _ version: Version?, _ process: ProcessIdentity
    ) async -> LeaderCounts {
        let reply = await monitored(place, config, version)
        let counted = reply?.syncedVotingFollowers.flatMap { Int(told: $0) }
        let synced = await syncedFollowers(place, config, version, counted)
        return LeaderCounts(synced: synced, ephemerals: reply?.ephemerals.flatMap { Int(told: $0) })
    }

    private func syncedFollowers(
        _ place: ServerPlace, _ config: ZooConfig, _ version: Version?, _ counted: Int?
    ) async -> Int? {
        if let version, version >= Version(3, 6, 0), let counted { return counted }
        guard !config.members.isEmpty else { return counted }
        guard let counted else { return await listedFollowers(place, config) }
        let connections = await learnerConnections(place, config)
        if let known = memory.known(place.name).followers, known.counted == counted,
            known.connections == connections, !connections.isEmpty
        {
            return known.listed
        }
        let listed = min(counted, await listedFollowers(place, config))
        let isSettled = listed == counted
        memory.note(place.name) { known in
            known.followers =
                isSettled ? .init(connections: connections, counted: counted, listed: listed) : nil
        }
        return listed
    }

    private func monitored(_ place: ServerPlace, _ config: ZooConfig, _ version: Version?) async -> MntrReply? {
        if config.isAllowed("mntr", version: version ?? Version(3, 4, 0)),
            case .reply(.text(let text)) = await fourLetter("mntr", place, config)
        {
            return MntrReply(text)
        }
        guard let version, version >= Version(3, 5, 0), let bytes = await adminServer("monitor", place, config) else {
            return nil
        }
        return try? AdminReply.monitor(bytes)
    }

    /// The remote ends of connections to the leader's quorum port, each a new one after every new connection.
    private func learnerConnections(_ place: ServerPlace, _ config: ZooConfig) async -> Set<String> {
        guard let port = ownMember(place, config)?.quorumPort else { return [] }
        let call = ScriptCall(
            name: "learners", script: RemoteScripts.learners, arguments: [String(port)], server: place.name)
        guard let reply = try? await look(place.name.host, call) else { return [] }
        return Set(reply.all("learner"))
    }

    /// How many participants of the leader's own configuration say themselves that they follow.
    private func listedFollowers(_ place: ServerPlace, _ config: ZooConfig) async -> Int {
        let own = ownMember(place, config)
        let others = config.members.values.filter { $0.role == .participant && $0 != own }
        return await withTaskGroup(of: Bool.self) { group in
            for member in others { group.addTask { await self.follows(member, of: config, leader: place) } }
            return await group.reduce(0) { $1 ? $0 + 1 : $0 }
        }
    }

    private func follows(_ member: MemberAddress, of config: ZooConfig, leader: ServerPlace) async -> Bool {
        let candidates = places.values.filter {
            $0.quorumAddress == member.host || $0.address == member.host || $0.name.host == member.host
        }
        for candidate in candidates.sorted(by: { $0.name < $1.name }) {
            if memory.known(candidate.name).process == nil {
                guard let seen = try? await glance(candidate), seen.0 != nil else { continue }
            }
            let known = memory.known(candidate.name)
            guard let itsConfig = known.loaded ?? known.config else { continue }
            if case .reply(.text(let text)) = await fourLetter("srvr", candidate, itsConfig) {
                return SrvrReply(text)?.mode == .follower
            }
        }
        // A server that the inventory doesn't know is asked from the leader's host.
        guard candidates.isEmpty, let port = (member.clientPort ?? config.clientPort).flatMap({ UInt16(exactly: $0) }),
            let opened = try? await sessions.session(leader.name.host)
        else { return false }
        let question = FourLetterWord(address: member.clientAddress ?? member.host, port: port)
        guard case .reply(.text(let text)) = await question.ask("srvr", through: opened.session) else { return false }
        return SrvrReply(text)?.mode == .follower
    }
}
