package import EnsembleModel

/// One look at every server of an ensemble.
package struct EnsembleStatus: Sendable {
    package var ensemble: String
    package var servers: [ServerStatus]

    package init(ensemble: String, servers: [ServerStatus]) {
        self.ensemble = ensemble
        self.servers = servers
    }

    /// Looks at all servers side by side. A host that does not answer costs its own limit and keeps nobody else waiting.
    /// - Returns: the servers in the order of `places`.
    package static func look(
        ensemble: String, places: [ServerPlace], control: any EnsembleControl
    ) async -> EnsembleStatus {
        let servers = await SideBySide.map(places) { place in
            async let facts = SideBySide.attempt { () async throws(AccessError) in
                try await control.observe(place.name, files: [])
            }
            async let pulse = SideBySide.attempt { () async throws(AccessError) in
                try await control.pulse(place.name)
            }
            async let ports = SideBySide.attempt { () async throws(AccessError) in
                try await control.ports(of: place.name, from: nil, kinds: PortKind.allCases)
            }
            return ServerStatus(place: place, facts: await facts, pulse: await pulse, ports: await ports)
        }
        return EnsembleStatus(ensemble: ensemble, servers: servers)
    }

    /// The leader whose quorum holds, of several the one with the newest transactions; else one that only says it leads.
    package var leader: ServerName? {
        let leaders = servers.filter { $0.mode == .leader || $0.mode == .standalone }
        let holding = leaders.filter(holdsQuorum)
        return (holding.isEmpty ? leaders : holding)
            .max { ($0.zxid ?? Zxid(0)) < ($1.zxid ?? Zxid(0)) }?.server
    }

    /// All that say they lead. Two at once are two ensembles, or a leader that has not noticed yet that it was left.
    package var leaders: [ServerName] { servers.filter { $0.mode == .leader }.map(\.server) }

    /// Whether some leader has a quorum that follows it.
    package var quorum: Bool { servers.contains { holdsQuorum($0) } }

    private func holdsQuorum(_ leader: ServerStatus) -> Bool {
        if leader.mode == .standalone { return true }
        guard leader.mode == .leader else { return false }
        let rule = (leader.facts?.loadedConfig ?? leader.facts?.config).map { ZooConfig($0).quorumRule }
        // A leader that serves has a quorum: it stops serving when it loses that (Leader.lead). Without the members,
        // which may stand in a dynamic configuration file, its own word is all there is.
        guard let rule, !rule.participants.isEmpty else { return true }
        if case .majority(let voters, _) = rule, let synced = leader.pulse?.syncedFollowers {
            return synced + 1 > voters.count / 2
        }
        let followers = servers.filter { $0.mode == .follower }.compactMap(\.myid)
        return rule.containsQuorum(Set(followers + [leader.myid].compactMap { $0 }))
    }
}

/// What was seen of one server.
package struct ServerStatus: Sendable {
    package var server: ServerName
    package var address: String
    /// nil where the host could not be looked at; `failure` says why.
    package var facts: ServerFacts?
    package var pulse: ServerPulse?
    /// As connections from the operator find them; empty where that could not be tried.
    package var ports: [PortKind: PortState]
    package var failure: AccessError?
    /// What has to be known beside the numbers: why a process does not serve, or that nothing is installed where it should be.
    package var remark: String?

    package init(
        server: ServerName, address: String, facts: ServerFacts?, pulse: ServerPulse?,
        ports: [PortKind: PortState] = [:], failure: AccessError? = nil, remark: String? = nil
    ) {
        self.server = server
        self.address = address
        self.facts = facts
        self.pulse = pulse
        self.ports = ports
        self.failure = failure
        self.remark = remark ?? pulse?.remark
    }

    init(
        place: ServerPlace, facts: Result<ServerFacts, AccessError>, pulse: Result<ServerPulse, AccessError>,
        ports: Result<[PortKind: PortState], AccessError>
    ) {
        self.init(
            server: place.name, address: place.address, facts: try? facts.get(), pulse: try? pulse.get(),
            ports: (try? ports.get()) ?? [:])
        if self.facts?.isInstalled == false { remark = place.notInstalled }
        // The host's ports belong to whatever else runs there.
        if running == false { self.ports = [:] }
        if case .failure(let error) = pulse { failure = error }
        if case .failure(let error) = facts { failure = error }
    }

    package var running: Bool? { pulse.map { $0.process != nil } ?? facts?.running }
    package var mode: Mode? { pulse?.mode ?? facts?.mode }
    /// The myid that the process runs with where one runs, else that of the file.
    package var myid: ServerID? { facts?.loadedMyid ?? facts?.myid }
    package var version: Version? { pulse?.version ?? facts?.version }
    package var zxid: Zxid? { pulse?.zxid ?? facts?.zxid }
    /// Free bytes on the fuller one of the file systems of dataDir and dataLogDir.
    package var room: Int? { [facts?.dataRoom, facts?.logRoom].compactMap { $0 }.min() }
    /// The epoch of the last leader that it accepted.
    package var epoch: Epoch? { facts?.epochs?.current }
}

extension EnsembleStatus {
    /// How many transactions a server is behind the leader; nil where one of the two is not known, or they are of different epochs: a
    /// follower that has seen no transaction of a new epoch still tells the old zxid.
    package func lag(of server: ServerStatus) -> Int? {
        guard let leader, let newest = servers.first(where: { $0.server == leader })?.zxid, let own = server.zxid,
            server.mode?.serves == true, newest.epoch == own.epoch
        else { return nil }
        return max(0, Int(newest.counter) - Int(own.counter))
    }
}
