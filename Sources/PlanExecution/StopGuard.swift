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
        guard let process = pulse.process, pulse.mode != .observer else { return .allowed }
        if !pulse.mode.serves { return await electionVerdict(server, process) }
        let loaded = try await sight.loaded(server, process: process)
        if pulse.mode == .standalone {
            return .refused("\(server) runs standalone: nobody serves while it is stopped.")
        }
        let round = LookRound([server: pulse])
        async let file = wantedMembers(of: server, loaded)
        let view = await sight.members(of: loaded, in: round)
        let wanted = await file
        for member in view.members where view.rule.participants.contains(member.id) {
            guard case .unknown = member.state else { continue }
            return .refused("\(server) serves, and whether the others do without it is not known: \(member.inWords).")
        }
        if let refusal = tooManyDown(server, view, wanted, stopping) { return refusal }
        return await quorum(without: server, view, stopping, round)
    }

    /// A server that looks for a leader while others have one can go; one that takes part in an election can't.
    private func electionVerdict(
        _ server: ServerName, _ process: ProcessIdentity
    ) async -> Verdict {
        guard let loaded = try? await sight.loaded(server, process: process) else { return .allowed }
        let view = await sight.members(of: loaded)
        guard view.leaders.isEmpty, loaded.myid.map(view.rule.participants.contains) ?? false else { return .allowed }
        // Where nobody led since the run began there is nothing to lose.
        guard sight.board.hasLed(view.members.flatMap { sight.installations(at: $0.address) }) else { return .allowed }
        return .notYet("\(server) is not stopped while its ensemble elects a leader: \(view.inWords).")
    }

    /// The participants that the configuration on disk names too: one that only the running one names is about to leave, and
    /// one that only the file names has yet to come.
    private func wantedMembers(of server: ServerName, _ loaded: LoadedConfig) async -> Set<ServerID> {
        let file = try? await sight.control.readFile(.config(server))
        guard let file else { return loaded.rule.participants }
        let members = ZooConfig(TextEncoding.decode(file.bytes).text).quorumRule.participants
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
        without server: ServerName, _ view: EnsembleView, _ stopping: Set<ServerName>, _ round: LookRound
    ) async -> Verdict {
        let leaders = view.leaders
        guard leaders.count == 1, let leader = leaders.first, let name = leader.server, let pulse = leader.pulse else {
            return .notYet(
                "\(server) is not stopped while not exactly one server of its ensemble leads: \(view.inWords).")
        }
        guard !stopping.contains(name) else { return await successor(of: name, view, stopping, round) }
        return await leaderStays(name, pulse, server, stopping, round)
    }

    /// While members change, servers run with different configurations; the leader leads by its own.
    private func leaderStays(
        _ leader: ServerName, _ pulse: ServerPulse, _ server: ServerName, _ stopping: Set<ServerName>,
        _ round: LookRound
    ) async -> Verdict {
        do throws(AccessError) {
            let view = await sight.members(
                of: try await sight.loaded(leader, process: pulse.process), in: round)
            guard view.rule.containsQuorum(view.servingIDs(without: stopping)) else {
                let text = "Without \(server) the leader, \(leader), would have no quorum: \(view.inWords)."
                return view.rule.containsQuorum(view.runningIDs(without: stopping)) ? .notYet(text) : .refused(text)
            }
            // On 3.4 the count may hold servers that the leader does not list, so the count alone would prove nothing.
            let followers = view.serving.filter { $0.mode == .follower }
            if let counted = pulse.syncedFollowers, counted < followers.count {
                return .notYet(
                    "The leader, \(leader), counts \(counted) synced followers of \(followers.count): \(view.inWords).")
            }
            return .allowed
        } catch {
            return .refused("What the leader runs with is not known: \(error).")
        }
    }

    /// The leader itself stops: one of the others must be able to lead, by its own configuration.
    private func successor(
        of leader: ServerName, _ view: EnsembleView, _ stopping: Set<ServerName>, _ round: LookRound
    ) async -> Verdict {
        var mayCome = view.rule.containsQuorum(view.runningIDs(without: stopping))
        for member in view.serving(without: stopping) {
            guard let name = member.server, let process = member.pulse?.process,
                let loaded = try? await sight.loaded(name, process: process)
            else { continue }
            let own = await sight.members(of: loaded, in: round)
            if own.rule.containsQuorum(own.servingIDs(without: stopping)) { return .allowed }
            mayCome = mayCome || own.rule.containsQuorum(own.runningIDs(without: stopping))
        }
        let text = "Without the leader, \(leader), no quorum would be left to elect another: \(view.inWords)."
        return mayCome ? .notYet(text) : .refused(text)
    }
}
