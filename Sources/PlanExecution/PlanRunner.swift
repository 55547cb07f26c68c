import EnsembleAccess
import EnsembleModel
import PlanLanguage

enum RunEnding: Sendable {
    case finished
    /// `--until` was reached.
    case paused(after: String)
    case rolledBack
}

/// Does what the executor's state says comes next, until the plan's end, a pause, or the first failure.
struct PlanRunner: Sendable {
    let context: ExecutionContext
    let journal: Journal
    let usual: UsualTimes

    /// Only what was begun in this process is announced again after a resume.
    private struct Announced {
        var stage: Int?
        /// When each began, by the clock that nobody sets.
        var steps: [String: Duration] = [:]
        var begun: Set<String> = []
    }

    func run() async throws(ExecutionError) -> RunEnding {
        var announced = Announced()
        while true {
            try context.checkStop(canStopHere: true)
            switch ExecutorState(context.plan, journal.history, until: context.options.until).next() {
            case .begin(let step):
                try await begin(step)
                announced.begun.insert(step.id)
            case .perform(let step, let actions):
                try checkWindow(again: step, actions, announced)
                await announce(step, &announced)
                try await perform(actions, of: step, since: announced.steps[step.id])
            case .choose(let step, let remaining, let order):
                await announce(step, &announced)
                try await choose(step, remaining, order)
            case .end(let step, let outcome):
                await announce(step, &announced)
                try journal.append(.stepEnded(step: step.id, outcome: outcome))
                let took = seconds(since: announced.steps[step.id])
                context.report.send(.stepFinished(step: step.id, outcome: outcome, seconds: took))
                await context.options.atStep(.after(step: step.id))
            case .pause(let step): return .paused(after: step)
            case .finish: return .finished
            }
        }
    }

    private func begin(_ step: StepPosition) async throws(ExecutionError) {
        let steps = context.plan.everyStep.filter { $0.id == step.id }
        try checkWindow("Step \(step.id)", steps, at: step.id)
        try journal.append(.stepBegan(step: step.id))
    }

    /// A step that another process began, inside the window: nothing more of it is begun outside, unless a server of it is half done.
    private func checkWindow(
        again step: StepPosition, _ actions: [PlannedAction], _ announced: Announced
    ) throws(ExecutionError) {
        guard context.plan.settings.window != nil, !announced.begun.contains(step.id) else { return }
        let stopped = journal.history.stoppedServers(context.plan)
        guard actions.allSatisfy({ stopped.isDisjoint(with: $0.operation.servers) }) else { return }
        let steps = context.plan.everyStep.filter { $0.id == step.id }
        try checkWindow("The rest of step \(step.id)", steps, at: step.id)
    }

    private func checkWindow(_ what: String, _ steps: [ResolvedStep], at step: String) throws(ExecutionError) {
        let seconds = steps.reduce(0) { $0 + usual.seconds($1) }
        let why = MaintenanceWindow.refusal(
            context.plan.settings.window, now: context.world.now(), usual: seconds)
        guard let why else { return }
        throw ExecutionError(
            .outsideWindow, "\(what) is not started. \(why)", remedy: "Resume the run when the window is open.",
            step: step)
    }

    private func announce(_ step: StepPosition, _ announced: inout Announced) async {
        if announced.stage != step.stageNumber {
            announced.stage = step.stageNumber
            context.report.send(.stageStarted(name: step.stage, number: step.stageNumber))
        }
        guard announced.steps[step.id] == nil else { return }
        announced.steps[step.id] = context.world.monotonic()
        context.report.send(.stepStarted(step: step.id, title: step.title))
        await context.options.atStep(.before(step: step.id))
    }

    private func seconds(since began: Duration?) -> Double {
        began.map { (context.world.monotonic() - $0).inSeconds } ?? 0
    }

    private func choose(
        _ step: StepPosition, _ remaining: [ServerName], _ order: ResolvedStep.Rolling.Order
    ) async throws(ExecutionError) {
        do throws(ExecutionError) {
            guard let server = try await ServerChoice(sight: context.sight).next(among: remaining, order) else {
                return
            }
            // A server must not be left half done until the window opens again.
            try checkWindow("The turn of \(server) in step \(step.id)", turn(of: server, in: step), at: step.id)
            try journal.append(.serverChosen(step: step.id, server: server))
        } catch {
            throw located(error, step)
        }
    }

    private func turn(of server: ServerName, in step: StepPosition) -> [ResolvedStep] {
        guard case .rolling(let rolling) = context.plan.everyStep.first(where: { $0.id == step.id })?.body else {
            return []
        }
        return rolling.steps[server] ?? []
    }

    // MARK: Actions

    /// All of a group side by side: the first failure lets the others end, and then is the group's.
    private func perform(
        _ actions: [PlannedAction], of step: StepPosition, since began: Duration?
    ) async throws(ExecutionError) {
        let stopping = Set(
            actions.compactMap { action -> ServerName? in
                guard case .stop(let server, _) = action.operation else { return nil }
                return server
            })
        let results = await sideBySide(actions) { (action) async throws(ExecutionError) in
            try await perform(action, of: step, stopping)
        }
        for result in results {
            guard case .failure(let error) = result else { continue }
            if error.code != .journalUnwritable {
                let outcome: StepOutcome = error.code == .interrupted ? .skipped : .failed
                context.report.send(.stepFinished(step: step.id, outcome: outcome, seconds: seconds(since: began)))
            }
            throw error
        }
    }

    private func perform(
        _ action: PlannedAction, of step: StepPosition, _ stopping: Set<ServerName>
    ) async throws(ExecutionError) {
        context.report.send(
            .actionStarted(
                action: action.id, summary: action.operation.summary, step: step.id, kind: action.operation.timeKind))
        let begin = context.world.monotonic()
        let performer = ActionPerformer(
            context: context, journal: journal, position: step, action: action, stopping: stopping,
            earlier: journal.history.actions[action.id])
        do throws(ExecutionError) {
            switch try await performer.perform() {
            case .leaderMoved: try dropChoice(of: action, step)
            case .done(var result):
                result.seconds = (context.world.monotonic() - begin).inSeconds
                try journal.append(.actionEnded(action: action.id, result: result))
                context.report.send(
                    .actionFinished(action: action.id, change: result.change, seconds: result.seconds))
            }
        } catch {
            let error = located(error, step)
            // Nothing may be written after a record that could not be: the journal would tell another story than the hosts.
            if error.code != .journalUnwritable {
                try journal.append(.actionFailed(action: action.id, failure: error))
            }
            throw error
        }
    }

    private func dropChoice(of action: PlannedAction, _ step: StepPosition) throws(ExecutionError) {
        guard let turn = step.turn else { return }
        context.report.send(.note("\(turn.server) leads by now, so others come first."))
        try journal.append(.choiceDropped(step: turn.rolling, server: turn.server))
    }

    private func located(_ error: ExecutionError, _ step: StepPosition) -> ExecutionError {
        var error = error
        error.step = error.step ?? step.id
        error.nothingChanged = !journal.history.mayHaveChanged
        return error
    }
}
