package import EnsembleAccess
package import EnsembleModel

/// All that a diagnosis starts from, as plain values.
package struct EnsembleEvidence: Sendable {
    package var ensemble: String
    package var servers: [ServerEvidence]
    /// Which ports can be reached from where; taken only where some server does not serve.
    package var survey: PortSurvey?

    package init(ensemble: String, servers: [ServerEvidence], survey: PortSurvey? = nil) {
        self.ensemble = ensemble
        self.servers = servers
        self.survey = survey
    }

    package var running: [ServerEvidence] { servers.filter(\.isRunning) }
    package var leader: ServerEvidence? { servers.first { $0.mode == .leader } }

    /// Whether a leader serves, or a standalone server. A leader that has lost its quorum stops serving (`Leader.lead`).
    package var hasQuorum: Bool { servers.contains { $0.mode == .leader || $0.mode == .standalone } }

    /// The configuration by which the ensemble runs: the leader's, else that of most servers that run.
    package var config: ZooConfig? {
        if let config = leader?.runningConfig { return config }
        let configs = running.compactMap(\.runningConfig)
        return configs.max { one, other in
            configs.count { $0.members == one.members } < configs.count { $0.members == other.members }
        }
    }

    /// ``config``, or what most servers with data would start with where none runs.
    package var lastConfig: ZooConfig? {
        if let config { return config }
        let configs = servers.filter(\.hasData).compactMap(\.fileConfig).filter { !$0.members.isEmpty }
        return configs.max { one, other in
            configs.count { $0.members == one.members } < configs.count { $0.members == other.members }
        }
    }

    /// Whether some server line is that of the server's host.
    func isMember(_ server: ServerEvidence) -> Bool {
        lastConfig?.members.values.contains { server.isAt($0) } ?? false
    }

    /// Servers that ought to run: members by the configuration of the others, where no other installation of the host runs.
    package var missing: [ServerEvidence] {
        let members = lastConfig?.members ?? [:]
        let hosts = Set(running.map(\.server.host))
        let stopped = servers.filter { $0.facts != nil && !$0.isRunning && !hosts.contains($0.server.host) }
        let candidates = stopped.filter { server in
            guard server.facts?.config != nil else { return false }
            if members.isEmpty { return server.hasData }
            return members.values.contains { server.isAt($0) }
        }
        // Of several installations of a host the one that was used last.
        return Dictionary(grouping: candidates, by: \.server.host).values
            .compactMap { $0.max { $0.newestZxid < $1.newestZxid } }
            .sorted { $0.server < $1.server }
    }
}

/// What was seen of one server and its host.
package struct ServerEvidence: Sendable {
    package var place: ServerPlace
    /// nil where the host could not be looked at; `failure` says why.
    package var facts: ServerFacts?
    package var pulse: ServerPulse?
    /// A moment later; taken only where servers tell of trees that differ.
    package var secondPulse: ServerPulse?
    /// Which run holds it.
    package var lock: HeldLock?
    package var host: HostEvidence?
    package var failure: AccessError?
    /// By how many seconds the host's clock is ahead of the operator's, and how far that may be off.
    package var clockAhead: ClockOffset?

    package struct ClockOffset: Sendable, Hashable {
        package var seconds: Double
        package var uncertainty: Double

        package init(seconds: Double, uncertainty: Double) {
            self.seconds = seconds
            self.uncertainty = uncertainty
        }
    }

    package init(
        place: ServerPlace, facts: ServerFacts? = nil, pulse: ServerPulse? = nil, host: HostEvidence? = nil,
        failure: AccessError? = nil, clockAhead: ClockOffset? = nil
    ) {
        self.place = place
        self.facts = facts
        self.pulse = pulse
        self.host = host
        self.failure = failure
        self.clockAhead = clockAhead
    }

    package var server: ServerName { place.name }
    package var isRunning: Bool { pulse.map { $0.process != nil } ?? facts?.running ?? false }
    package var mode: Mode { isRunning ? pulse?.mode ?? facts?.mode ?? .looking : .stopped }
    package var serves: Bool { mode.serves }
    package var version: Version? { pulse?.version ?? facts?.version }
    package var fileConfig: ZooConfig? { facts?.config.map { ZooConfig($0) } }
    /// What the process runs with, as far as it is known.
    package var runningConfig: ZooConfig? { (facts?.loadedConfig ?? facts?.config).map { ZooConfig($0) } }
    package var myid: ServerID? { facts?.loadedMyid ?? facts?.myid }
    package var log: LogEvidence { host?.log ?? LogEvidence() }

    package func isAt(_ member: MemberAddress) -> Bool {
        [place.quorumAddress, place.address, server.host].contains(member.host)
    }

    /// Its own line in its configuration, by its host's addresses.
    package var ownLine: (id: ServerID, address: MemberAddress)? {
        runningConfig?.members.sorted { $0.key < $1.key }.first { isAt($0.value) }.map { ($0.key, $0.value) }
    }

    var newestZxid: Zxid {
        let newest = [facts?.snapshot, facts?.log].compactMap { newest -> Zxid? in
            if case .at(let zxid)? = newest { zxid } else { nil }
        }
        return newest.max() ?? Zxid(0)
    }

    var hasData: Bool { newestZxid > Zxid(0) || facts?.myid != nil }
    /// No snapshot, no transaction log and no epoch of an election.
    var isEmptied: Bool {
        facts?.config != nil && newestZxid == Zxid(0) && facts?.log.map { $0 == ServerFacts.Newest.none } != false
            && (facts?.epochs?.accepted ?? Epoch(0)) == Epoch(0) && (pulse?.zxid ?? Zxid(0)) == Zxid(0)
    }
    var hasSnapshot: Bool { if case .at? = facts?.snapshot { true } else { false } }
    var hasLog: Bool { if case .at? = facts?.log { true } else { false } }
}

extension Sequence<ServerEvidence> {
    var names: [ServerName] { map(\.server) }
}
