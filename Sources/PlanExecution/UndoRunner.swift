import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage

/// Goes back to a rollback point, action by action. Like the way there, it is journaled, so that it can be killed and resumed.
struct UndoRunner: Sendable {
    let context: ExecutionContext
    let journal: Journal
    private let steps: UndoneSteps

    init(context: ExecutionContext, journal: Journal) {
        self.context = context
        self.journal = journal
        steps = UndoneSteps(context)
    }

    var control: any EnsembleControl { context.control }

    func run(to point: String?, acceptLostWrites: Bool) async throws(ExecutionError) {
        let plan = try UndoPlan(context.plan, journal.history, to: point)
        let begun = journal.history.rollback.flatMap { $0.isDone ? nil : $0 }
        if !acceptLostWrites {
            // Each time anew: what was empty when the rollback began may have been written to since.
            let left = plan.actions.filter { !journal.history.undone.contains($0.id) }
            try await RollbackLoss(context: context, history: journal.history).check(left)
        }
        if begun == nil || begun?.acceptLostWrites != acceptLostWrites {
            try journal.append(.rollbackBegan(to: point, acceptLostWrites: acceptLostWrites))
        }
        try await LeadershipMove(context: context, journal: journal, undo: undo(_:rest:)).finishBegun()
        while let unit = try await next(plan.units) {
            for action in unit.actions where !journal.history.undone.contains(action.id) {
                try context.checkStop(canStopHere: true)
                try await undo(action, rest: rest(of: plan, after: action))
            }
        }
        try await allServe(plan.actions)
        if let warning = await UndoneButLoaded(context: context, history: journal.history).warning(plan.actions) {
            context.report.send(.warning(warning))
        }
        steps.finish()
    }

    private func rest(of plan: UndoPlan, after action: UndoAction) -> [UndoAction] {
        plan.actions.filter { $0.id != action.id && !journal.history.undone.contains($0.id) }
    }

    /// Among restarts that follow one another, the leader's comes last, looked up anew each time; one that was begun is finished first.
    private func next(_ units: [UndoPlan.Unit]) async throws(ExecutionError) -> UndoPlan.Unit? {
        let history = journal.history
        let waiting = units.filter { $0.actions.contains { !history.undone.contains($0.id) } }
        if let begun = waiting.first(where: { $0.actions.contains { history.undoIntents[$0.id] != nil } }) {
            return begun
        }
        let restarts = waiting.prefix { $0.restarted != nil }
        guard !restarts.isEmpty else { return waiting.first }
        let servers = restarts.compactMap(\.restarted)
        try await LeadershipMove(context: context, journal: journal, undo: undo(_:rest:))
            .prepare(restartsOf: servers, waiting.flatMap(\.actions).filter { !history.undone.contains($0.id) })
        let server = try await ServerChoice(sight: context.sight).next(among: servers, .leaderLast)
        return restarts.first { $0.restarted == server } ?? waiting.first
    }

    @Sendable private func undo(_ action: UndoAction, rest: [UndoAction]) async throws(ExecutionError) {
        // What can't be undone stays, and its step with it.
        if case .impossible = action.inverse {} else { steps.enter(action.step, left: Set(rest.map(\.step))) }
        context.report.send(
            .actionStarted(action: "undo \(action.id)", summary: action.summary, step: action.step))
        let begin = context.world.monotonic()
        do throws(ExecutionError) {
            let change = try await perform(action, rest)
            try journal.append(.undoEnded(undo: action.id, change: change))
            let seconds = (context.world.monotonic() - begin).inSeconds
            context.report.send(.actionFinished(action: "undo \(action.id)", change: change, seconds: seconds))
        } catch {
            var error = error
            error.step = error.step ?? action.step
            throw error
        }
    }

    private func perform(_ action: UndoAction, _ rest: [UndoAction]) async throws(ExecutionError) -> Change? {
        let mutation = context.mutation(action.action)
        let isCertain = journal.history.actions[action.action]?.result?.change == .changed
        switch action.inverse {
        case .start(let server, let wasServing): return try await start(server, wasServing, action)
        case .stop(let server, let limit, let clears): return try await stop(server, limit, clears, action, rest)
        case .restoreFile(let place):
            let process = try await context.look { () async throws(AccessError) in
                try await control.process(with: place, replacedBy: mutation)
            }
            return try await putBack(action, loadedBy: process) { () async throws(AccessError) in
                try await control.restoreFile(place, isCertain: isCertain, under: mutation)
            }
        case .restoreData(let server):
            return try await putBack(action) { () async throws(AccessError) in
                try await control.restoreData(server, isCertain: isCertain, under: mutation)
            }
        case .removeCopiedData(let server):
            return try await change(action) { () async throws(AccessError) in
                try await control.removeCopiedData(server, under: mutation)
            }
        case .deleteZnodes(let paths, let through):
            return try await change(action) { () async throws(AccessError) in
                if !paths.isEmpty { try await control.deleteZnodes(paths, through: through, under: mutation) }
                return paths.isEmpty ? .already : .changed
            }
        case .uninstall(let server):
            return try await putBack(action) { () async throws(AccessError) in
                try await control.uninstall(server, isCertain: isCertain, under: mutation)
            }
        case .reconfig(let through, let add, let remove):
            return try await change(action) { () async throws(AccessError) in
                try await control.reconfig(add: add, remove: remove, through: through, under: mutation)
            }
        case .command(let command, let undo): return try await run(command, undo, action)
        case .impossible(let why):
            context.report.send(.warning("Not undone: \(why)."))
            return nil
        }
    }

    // MARK: The journal

    private func begin(_ action: UndoAction, _ intent: ActionIntent) throws(ExecutionError) {
        try journal.append(.undoBegan(undo: action.id, intent: intent))
    }

    private func change<Value>(
        _ action: UndoAction, loadedBy process: ProcessIdentity? = nil, _ body: () async throws(AccessError) -> Value
    ) async throws(ExecutionError) -> Value {
        try begin(action, ActionIntent(changes: true, process: process))
        return try await context.change(body)
    }

    private func putBack(
        _ action: UndoAction, loadedBy process: ProcessIdentity? = nil, _ body: () async throws(AccessError) -> Change
    ) async throws(ExecutionError) -> Change {
        let byHand = PutBackByHand(context: context, history: journal.history)
        return try await change(action, loadedBy: process) { () async throws(AccessError) in
            try await byHand.unlessDone(action.inverse, before: action.action, body)
        }
    }

    // MARK: Servers

    private func start(
        _ server: ServerName, _ wasServing: Bool, _ action: UndoAction
    ) async throws(ExecutionError) -> Change {
        let pulse = try await context.look { () async throws(AccessError) in try await context.sight.pulse(server) }
        try begin(action, ActionIntent(changes: pulse.process == nil, wasRunning: pulse.process != nil))
        var change = Change.already
        if pulse.process == nil {
            change = try await context.change { () async throws(AccessError) in
                try await control.start(server, under: context.mutation("undo \(action.id)"))
            }
            context.listeners[server] = .alive
        }
        let settle: Settle = wasServing ? (try await canServe(server) ? .serving : .running) : .running
        _ = try await Settling(context: context).settle(
            server, settle, limit: context.plan.settings.settleTimeout, action: "undo \(action.id)")
        return change
    }

    /// Whether enough servers of its ensemble run that it can serve; the first ones to come back can't yet.
    private func canServe(_ server: ServerName) async throws(ExecutionError) -> Bool {
        let loaded = try await context.look { () async throws(AccessError) in
            let process = try await context.sight.pulse(server).process
            return try await context.sight.loaded(server, process: process)
        }
        let view = await context.sight.members(of: loaded)
        return view.rule.participants.count <= 1
            || view.rule.containsQuorum(Set(view.members.filter { $0.pulse?.process != nil }.map(\.id)))
    }

    private func stop(
        _ server: ServerName, _ limit: Duration, _ clears: Bool, _ action: UndoAction, _ rest: [UndoAction]
    ) async throws(ExecutionError) -> Change {
        let pulse = try await context.look { () async throws(AccessError) in try await context.sight.pulse(server) }
        let first = journal.history.undoIntents[action.id]
        var change = Change.already
        // Another process than the one that was to be stopped: then the stop happened, and where it is one half of a restart, so did
        // the other half. A server that is to stay stopped is stopped again.
        let happened =
            first?.process != nil && first?.process != pulse.process && rest.contains { $0.startedServer == server }
        if let process = pulse.process, !isUntouched(action, process), !happened {
            try await permitStop(server, action, rest)
            try begin(action, ActionIntent(changes: true, process: process, wasRunning: true))
            change = try await context.change { () async throws(AccessError) in
                try await control.stop(
                    server, process: process, limit: limit, under: context.mutation("undo \(action.id)"))
            }
            _ = try? await context.sight.pulse(server)
        } else {
            try begin(action, first ?? ActionIntent(changes: clears, wasRunning: false))
        }
        if clears {
            let cleared = try await context.change { () async throws(AccessError) in
                try await control.clearData(server, under: context.mutation("undo \(action.id)"))
            }
            if cleared == .changed { change = .changed }
        }
        return change
    }

    /// A stop that the run had begun and that never happened: then nothing was loaded that has to be unloaded.
    private func isUntouched(_ action: UndoAction, _ process: ProcessIdentity) -> Bool {
        action.id.hasSuffix("+stop") && journal.history.actions[action.action]?.intent.process == process
    }

    /// The same guards as on the way there; where the whole ensemble goes, which ``RollbackLoss`` has let pass, none of it need serve.
    private func permitStop(_ server: ServerName, _ action: UndoAction, _ rest: [UndoAction])
        async throws(ExecutionError)
    {
        let isRestarted = rest.contains { $0.startedServer == server }
        if !isRestarted {
            let loaded = try await context.look { () async throws(AccessError) in
                let process = try await context.sight.pulse(server).process
                return try await context.sight.loaded(server, process: process)
            }
            let going = Set(
                rest.compactMap(\.stoppedServer).filter { other in !rest.contains { $0.startedServer == other } })
            let staying = await context.sight.members(of: loaded).serving.compactMap(\.server)
                .filter { $0 != server && !going.contains($0) }
            if staying.isEmpty { return }
        }
        try await StopPermission(context: context, action: "undo \(action.id)")
            .wait(server, stopping: [server], isRestarted: isRestarted)
    }

    /// At the end: those that served when they were stopped serve again.
    private func allServe(_ actions: [UndoAction]) async throws(ExecutionError) {
        var seen: Set<ServerName> = []
        for action in actions.reversed() {
            // The last that was done to a server is what it is left in.
            guard let server = action.startedServer ?? action.stoppedServer, seen.insert(server).inserted else {
                continue
            }
            guard case .start(_, wasServing: true) = action.inverse else { continue }
            _ = try await Settling(context: context).settle(
                server, .serving, limit: context.plan.settings.settleTimeout, action: "undo \(action.id)")
        }
    }

    // MARK: Commands

    private func run(_ command: CommandOperation, _ undo: String, _ action: UndoAction) async throws(ExecutionError)
        -> Change
    {
        let remote = try context.world.hostCommand(command, undo)
        try begin(action, ActionIntent(changes: true))
        let result = try await context.look { () async throws(AccessError) in
            try await control.run(remote, under: context.mutation("undo \(action.id)"))
        }
        guard result.exitCode == 0 else {
            throw ExecutionError(
                .actionFailed,
                "On \(command.host), the undo of \(command.title) exited with \(result.exitCode)\(result.said).",
                remedy: "Mend the cause, then resume the rollback.")
        }
        return .changed
    }
}
