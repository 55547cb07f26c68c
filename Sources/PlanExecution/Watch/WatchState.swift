package import EnsembleAccess
package import EnsembleModel

/// What a watched ensemble was last seen as. Looks go in, what changed by them comes out.
package struct WatchState: Sendable {
    package private(set) var status: EnsembleStatus
    /// The epoch in which each leader was seen to lead.
    private var reigns: [ServerName: Epoch?] = [:]
    /// Since when nobody was seen to lead; nil while somebody is, and before anybody was.
    private var leaderlessSince: Double?

    package init(ensemble: String, places: [ServerPlace]) {
        status = EnsembleStatus(
            ensemble: ensemble,
            servers: places.map { ServerStatus(server: $0.name, address: $0.address, facts: nil, pulse: nil) })
    }

    /// - Parameter now: seconds since 1970.
    package mutating func saw(_ pulse: ServerPulse, of server: ServerName, now: Double) -> [WatchEvent] {
        guard let index = status.servers.firstIndex(where: { $0.server == server }) else { return [] }
        let before = status.servers[index].failure == nil ? status.servers[index].pulse : nil
        status.servers[index].pulse = pulse
        status.servers[index].failure = nil
        var kinds: [WatchEvent.Kind] = []
        if let before, let old = before.process, let new = pulse.process, old != new {
            kinds.append(.restarted(server))
        }
        if before?.mode != pulse.mode {
            kinds.append(.mode(server, from: before?.mode, to: pulse.mode, remark: pulse.remark))
        }
        return (kinds + leadership(now)).map { WatchEvent(at: now, kind: $0) }
    }

    /// What changes seldom: configuration, disks, epochs.
    package mutating func saw(_ facts: ServerFacts, of server: ServerName) {
        guard let index = status.servers.firstIndex(where: { $0.server == server }) else { return }
        status.servers[index].facts = facts
    }

    /// The server could not be looked at, so what was seen of it holds no longer.
    package mutating func lost(_ server: ServerName, _ error: AccessError, now: Double) -> [WatchEvent] {
        guard let index = status.servers.firstIndex(where: { $0.server == server }) else { return [] }
        let isNews = status.servers[index].failure?.message != error.message
        status.servers[index].failure = error
        status.servers[index].pulse = nil
        status.servers[index].facts = nil
        let kinds = (isNews ? [.unreachable(server, why: error.message)] : []) + leadership(now)
        return kinds.map { WatchEvent(at: now, kind: $0) }
    }

    /// Who leads now that did not, or in an epoch of which it was not seen; and whether nobody does any more.
    private mutating func leadership(_ now: Double) -> [WatchEvent.Kind] {
        let leaders = status.servers.filter { $0.mode == .leader || $0.mode == .standalone }
        let before = reigns
        reigns = [:]
        var kinds: [WatchEvent.Kind] = []
        for leader in leaders {
            let epoch = leader.mode == .leader ? leader.pulse?.zxid?.epoch : nil
            // A leader that doesn't tell its zxid for once is in no other epoch by that.
            reigns[leader.server] = .some(epoch ?? before[leader.server] ?? nil)
            guard leader.mode == .leader else { continue }
            if let known = before[leader.server], epoch == nil || known == nil || known == epoch { continue }
            kinds.append(.elected(leader.server, epoch: epoch, leaderless: leaderlessSince.map { now - $0 }))
        }
        if leaders.isEmpty {
            if !before.isEmpty {
                leaderlessSince = now
                kinds.append(.leaderless)
            }
        } else {
            leaderlessSince = nil
        }
        return kinds
    }
}
