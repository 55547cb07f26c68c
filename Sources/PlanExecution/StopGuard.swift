import EnsembleAccess
import EnsembleModel

/// Refuses to stop a serving server unless the others hold a synced quorum, observed now.
struct StopGuard: Sendable {
    enum Verdict: Sendable, Equatable {
        case allowed
        /// Not now, but servers that run may still join; why.
        case notYet(String)
        case refused(String)
    }

    let sight: EnsembleSight
    /// `settings.max_unavailable`.
    let maxUnavailable: Int

    /// - Parameter stopping: all servers that are stopped at the same time.
    func verdict(on server: ServerName, stopping: Set<ServerName>) async throws(AccessError) -> Verdict {
        let pulse = try await sight.pulse(server)
        guard let process = pulse.process, pulse.mode.serves, pulse.mode != .observer else { return .allowed }
        let loaded = try await sight.loaded(server, process: process)
        let view = await sight.members(of: loaded)
        if pulse.mode == .standalone {
            return .refused("\(server) runs standalone: nobody serves while it is stopped.")
        }
        for member in view.members where view.rule.participants.contains(member.id) {
            guard case .unknown = member.state else { continue }
            return .refused("\(server) serves, and whether the others do without it is not known: \(member.inWords).")
        }
        let wanted = await wantedMembers(of: server, loaded)
        if let refusal = tooManyDown(server, view, wanted, stopping) { return refusal }
        return await quorum(without: server, view, stopping)
    }

    /// The participants that the configuration on disk names too: one that only the running one names is about to leave, and
    /// one that only the file names has yet to come.
    private func wantedMembers(of server: ServerName, _ loaded: LoadedConfig) async -> Set<ServerID> {
        let file = try? await sight.control.readFile(.config(server))
        guard let file else { return loaded.rule.participants }
        let members = ZooConfig(String(decoding: file.bytes, as: UTF8.self)).quorumRule.participants
        return members.isEmpty ? loaded.rule.participants : members
    }

    private func tooManyDown(
        _ server: ServerName, _ view: EnsembleView, _ wanted: Set<ServerID>, _ stopping: Set<ServerName>
    ) -> Verdict? {
        let staying = view.members.filter { member in
            view.rule.participants.contains(member.id) && wanted.contains(member.id)
                && !(member.server.map(stopping.contains) ?? false)
        }
        let down = staying.filter { $0.mode != .leader && $0.mode != .follower }
        let going = view.serving.filter { $0.server.map(stopping.contains) ?? false }.count
        guard down.count + going > maxUnavailable else { return nil }
        let text =
            "\(server) would be one of \(down.count + going) servers down at once, and max_unavailable is"
            + " \(maxUnavailable)\(down.isEmpty ? "" : ": " + down.map(\.inWords).joined(separator: ", "))."
        let mayCome = down.filter { $0.pulse?.process != nil }
        return down.count - mayCome.count + going > maxUnavailable ? .refused(text) : .notYet(text)
    }

    private func quorum(
        without server: ServerName, _ view: EnsembleView, _ stopping: Set<ServerName>
    ) async -> Verdict {
        let others = view.serving(without: stopping)
        let seen = view.members.map(\.inWords).joined(separator: ", ")
        guard view.rule.containsQuorum(Set(others.map(\.id))) else {
            let text = "Without \(server) no quorum of its ensemble would serve: \(seen)."
            let hopeful = view.members.filter {
                $0.pulse?.process != nil && !($0.server.map(stopping.contains) ?? false)
            }
            return view.rule.containsQuorum(Set(hopeful.map(\.id))) ? .notYet(text) : .refused(text)
        }
        let leaders = view.leaders
        guard leaders.count == 1, let leader = leaders.first, let name = leader.server, let pulse = leader.pulse else {
            return .notYet("\(server) is not stopped while not exactly one server of its ensemble leads: \(seen).")
        }
        guard !stopping.contains(name) else { return await successor(of: name, others, stopping, seen) }
        return await leaderAgrees(name, pulse, stopping)
    }

    /// The leader's own configuration and count must agree; on 3.4 its count may hold servers that it does not list, so the count
    /// alone would prove nothing.
    private func leaderAgrees(
        _ leader: ServerName, _ pulse: ServerPulse, _ stopping: Set<ServerName>
    ) async -> Verdict {
        do throws(AccessError) {
            let view = await sight.members(of: try await sight.loaded(leader, process: pulse.process))
            let seen = view.members.map(\.inWords).joined(separator: ", ")
            guard view.rule.containsQuorum(view.servingIDs(without: stopping)) else {
                return .notYet("By the configuration of the leader, \(leader), no quorum would be left: \(seen).")
            }
            let followers = view.serving.filter { $0.mode == .follower }
            if let counted = pulse.syncedFollowers, counted < followers.count {
                return .notYet(
                    "The leader, \(leader), counts \(counted) synced followers of \(followers.count): \(seen).")
            }
            return .allowed
        } catch {
            return .refused("What the leader runs with is not known: \(error).")
        }
    }

    /// The leader itself stops: one of the others must be able to lead, by its own configuration.
    private func successor(
        of leader: ServerName, _ others: [EnsembleView.Member], _ stopping: Set<ServerName>, _ seen: String
    ) async -> Verdict {
        for member in others {
            guard let name = member.server, let process = member.pulse?.process,
                let loaded = try? await sight.loaded(name, process: process)
            else { continue }
            let view = await sight.members(of: loaded)
            if view.rule.containsQuorum(view.servingIDs(without: stopping)) { return .allowed }
        }
        return .refused(
            "The leader, \(leader), is not stopped, since no other could lead by its own configuration: \(seen).")
    }
}
