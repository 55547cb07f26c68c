import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Sees to it that servers which are restarted with an older configuration find a leader that it lists: a joiner follows no other.
///
/// Where a server leads that was added meanwhile and is about to go, it goes now if that leaves room for the restarts; else it is
/// restarted, and another comes to lead.
struct LeadershipMove: Sendable {
    let context: ExecutionContext
    let journal: Journal
    /// Undoes one action, given those that remain.
    let undo: @Sendable (UndoAction, [UndoAction]) async throws(ExecutionError) -> Void

    /// More than one round is needed where several servers were added.
    private static let rounds = 4

    /// - Parameter rest: what remains to be undone.
    func prepare(restartsOf servers: [ServerName], _ rest: [UndoAction]) async throws(ExecutionError) {
        for _ in 0..<Self.rounds {
            guard let server = servers.first, let (leader, view) = try await leader(of: server) else { return }
            let going = rest.first { action in
                action.stoppedServer == leader && !rest.contains { $0.startedServer == leader }
                    && !journal.history.undone.contains(action.id)
            }
            guard let going, servers.contains(where: { !willKnow(leader, $0, view, rest) }) else { return }
            let hasRoom = servers.allSatisfy { view.rule.containsQuorum(view.servingIDs(without: [leader, $0])) }
            if hasRoom {
                try await undo(going, rest.filter { $0.id != going.id })
            } else {
                try await move(leader)
            }
            try await someoneLeads(server)
        }
    }

    /// A move in whose middle the rollback was killed. Where the leader was not stopped yet, and still leads, it is now: a move that is said to
    /// be done without that would only be followed by the next one.
    func finishBegun() async throws(ExecutionError) {
        let history = journal.history
        let moves = history.undoIntents.filter { $0.key.hasPrefix("move ") && !history.undone.contains($0.key) }
        for (id, intent) in moves.sorted(by: { $0.key < $1.key }) {
            guard let server = ServerName(id.dropFirst("move ".count).prefix { $0 != " " }) else { continue }
            let pulse = try await pulse(server)
            if let process = pulse.process, process == intent.process {
                guard pulse.mode == .leader else {
                    try journal.append(.undoEnded(undo: id, change: .already))
                    continue
                }
                try await mayStop(server, id)
                try await stop(server, process, id)
            }
            try await startAgain(server, id)
        }
    }

    private func leader(of server: ServerName) async throws(ExecutionError) -> (ServerName, EnsembleView)? {
        let view = try await context.look { () async throws(AccessError) in
            let process = try await context.sight.pulse(server).process
            return await context.sight.members(of: try await context.sight.loaded(server, process: process))
        }
        return view.leaders.first?.server.map { ($0, view) }
    }

    /// Whether a server lists the leader once its configuration is put back as it was.
    private func willKnow(
        _ leader: ServerName, _ server: ServerName, _ view: EnsembleView, _ rest: [UndoAction]
    ) -> Bool {
        guard let id = view.leaders.first?.id, let address = membersAfterUndoing(server, rest)?[id] else {
            return false
        }
        return context.sight.host(named: address.host)?.name == leader.host
    }

    /// The members that a server's configuration names when it is started next on the way back; nil where it is not known.
    private func membersAfterUndoing(_ server: ServerName, _ rest: [UndoAction]) -> [ServerID: MemberAddress]? {
        guard let facts = context.plan.facts else { return nil }
        let history = journal.history
        let undone = rest.prefix { $0.startedServer != server }.filter { $0.inverse == .restoreFile(.config(server)) }
        let first = history.order.firstIndex { id in undone.contains { $0.action == id } } ?? history.order.count
        let planned = Dictionary(context.plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        var state = EnsembleState(facts: facts, inventory: context.plan.inventory)
        for id in history.order[..<first] where !history.undone.contains(id) { planned[id]?.apply(to: &state) }
        return state.servers[server]?.config.map { ZooConfig($0).members }
    }

    private func move(_ leader: ServerName) async throws(ExecutionError) {
        let id = "move \(leader) \(journal.history.undoIntents.keys.filter { $0.hasPrefix("move ") }.count + 1)"
        context.report.send(.note("\(leader) is restarted, so that a server leads that the others will know."))
        let process = try await pulse(leader).process
        try await mayStop(leader, id)
        try journal.append(
            .undoBegan(undo: id, intent: ActionIntent(changes: true, process: process, wasRunning: true)))
        try await stop(leader, process, id)
        try await startAgain(leader, id)
    }

    private func pulse(_ server: ServerName) async throws(ExecutionError) -> ServerPulse {
        try await context.look { () async throws(AccessError) in try await context.sight.pulse(server) }
    }

    private func mayStop(_ leader: ServerName, _ id: String) async throws(ExecutionError) {
        try await StopPermission(context: context, action: "undo \(id)").wait(
            leader, stopping: [leader], isRestarted: true)
    }

    private func stop(_ leader: ServerName, _ process: ProcessIdentity?, _ id: String) async throws(ExecutionError) {
        _ = try await context.change { () async throws(AccessError) in
            try await context.control.stop(
                leader, process: process, limit: context.plan.settings.settleTimeout, under: context.mutation(id))
        }
    }

    private func startAgain(_ server: ServerName, _ id: String) async throws(ExecutionError) {
        if try await pulse(server).process == nil {
            // Back too early, it would take part in the election, and win it.
            try await anotherLeads(than: server, id)
            _ = try await context.change { () async throws(AccessError) in
                try await context.control.start(server, under: context.mutation(id))
            }
            context.listeners[server] = .alive
        }
        _ = try await Settling(context: context).settle(
            server, .serving, limit: context.plan.settings.settleTimeout, action: "undo \(id)")
        try journal.append(.undoEnded(undo: id, change: .changed))
    }

    private func anotherLeads(than server: ServerName, _ id: String) async throws(ExecutionError) {
        let begin = context.world.monotonic()
        var pace = Pace(version: context.expectedVersion(server))
        while context.world.monotonic() - begin < context.plan.settings.settleTimeout {
            let view = try await context.look { () async throws(AccessError) in
                await context.sight.members(of: try await context.sight.loaded(server, process: nil))
            }
            if !view.leaders.isEmpty { return }
            context.report.waiting("undo \(id)", [server], for: "another server to lead: \(view.inWords)")
            try context.checkStop(canStopHere: false)
            try await context.pause(pace.interval())
        }
    }

    private func someoneLeads(_ server: ServerName) async throws(ExecutionError) {
        _ = try await Settling(context: context).settle(
            server, .serving, limit: context.plan.settings.settleTimeout, action: "undo")
    }
}
