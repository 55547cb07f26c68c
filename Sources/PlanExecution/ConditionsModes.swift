import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// `mode`, `running`, `version`, `leader`, `synced_followers`.
extension ConditionEvaluator {
    func mode(_ server: ServerName, _ modes: [Mode]) async throws(AccessError) -> ConditionVerdict {
        let pulse = try await sight.pulse(server)
        if modes.contains(pulse.mode) { return .holds }
        let wanted = modes.map(\.rawValue).joined(separator: " or ")
        return .unmet("wanted \(server) to be \(wanted), it is \(inWords(pulse))")
    }

    func running(_ server: ServerName, _ wanted: Bool) async throws(AccessError) -> ConditionVerdict {
        let pulse = try await sight.pulse(server)
        if (pulse.process != nil) == wanted { return .holds }
        guard let process = pulse.process else { return .unmet("wanted \(server) to run, no process of it runs") }
        return .unmet("wanted \(server) not to run, process \(process.pid) of it runs and is \(inWords(pulse))")
    }

    func version(_ server: ServerName, _ wanted: Version) async throws(AccessError) -> ConditionVerdict {
        var seen = try await sight.pulse(server).version
        // A stopped server's version stands in its software.
        if seen == nil { seen = try await control.observe(server, files: []).version }
        if seen == wanted { return .holds }
        return .unmet(
            "wanted version \(wanted) of \(server), \(seen.map { "it is \($0)" } ?? "its version is not known")")
    }

    func leader(_ servers: [ServerName]) async throws(AccessError) -> ConditionVerdict {
        let pulses = try await pulses(servers)
        let leaders = servers.filter { pulses[$0]?.mode == .leader || pulses[$0]?.mode == .standalone }
        if leaders.count == 1 { return .holds }
        let wanted = servers.count == 1 ? "\(servers[0]) to lead" : "one of \(list(servers)) to lead"
        return .unmet("wanted \(wanted), \(list(pulses, of: servers))")
    }

    func syncedFollowers(_ test: NumberTest, _ servers: [ServerName]?) async throws(AccessError) -> ConditionVerdict {
        let servers = servers ?? sight.inventory.servers.keys.sorted()
        let pulses = try await pulses(servers)
        let leaders = servers.filter { pulses[$0]?.mode == .leader }
        guard leaders.count == 1, let pulse = pulses[leaders[0]] else {
            return .unmet(
                "wanted \(test) synced followers, and not exactly one server leads: \(list(pulses, of: servers))")
        }
        guard let counted = pulse.syncedFollowers else { return try await followersThemselves(test, leaders[0], pulse) }
        if test.holds(for: Double(counted)) { return .holds }
        return .unmet("wanted \(test) synced followers, the leader, \(leaders[0]), counts \(counted)")
    }

    /// Where the leader's count can't be had (mntr is not allowed), those count that say themselves that they follow.
    private func followersThemselves(
        _ test: NumberTest, _ leader: ServerName, _ pulse: ServerPulse
    ) async throws(AccessError) -> ConditionVerdict {
        let loaded = try await sight.loaded(leader, process: pulse.process)
        let followers = await sight.members(of: loaded).serving.filter { $0.mode == .follower }
        if test.holds(for: Double(followers.count)) { return .holds }
        return .unmet("wanted \(test) synced followers, \(followers.count) say that they follow \(leader)")
    }

    /// All of them, or the error of the first that can't be looked at.
    func pulses(_ servers: [ServerName]) async throws(AccessError) -> [ServerName: ServerPulse] {
        let results = await sight.pulses(servers)
        var pulses: [ServerName: ServerPulse] = [:]
        for server in servers { pulses[server] = try results[server]?.get() }
        return pulses
    }

    func inWords(_ pulse: ServerPulse) -> String {
        pulse.mode.rawValue + (pulse.remark.map { " (\($0))" } ?? "")
    }

    func list(_ servers: [ServerName]) -> String { servers.map(\.description).joined(separator: ", ") }

    func list(_ pulses: [ServerName: ServerPulse], of servers: [ServerName]) -> String {
        servers.map { "\($0) is \(pulses[$0].map(inWords) ?? "unknown")" }.joined(separator: ", ")
    }
}
