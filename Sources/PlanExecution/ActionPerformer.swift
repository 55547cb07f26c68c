import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Carries out one operation: looks, guards, writes to the journal what it is about to do, does it, and says what came of it.
///
/// Everything can be done a second time: an action whose outcome is not in the journal is begun anew, and finds by looking what the first
/// time had done.
struct ActionPerformer: Sendable {
    enum Outcome: Sendable {
        case done(ActionResult)
        /// The server of this turn leads by now, and others come first.
        case leaderMoved
    }

    let context: ExecutionContext
    let journal: Journal
    let position: StepPosition
    let action: PlannedAction
    /// Servers that the same group stops, this one included.
    let stopping: Set<ServerName>
    /// What the journal has of an earlier attempt.
    let earlier: RunHistory.Action?

    var control: any EnsembleControl { context.control }
    var sight: EnsembleSight { context.sight }
    var mutation: Mutation { context.mutation(action.id) }

    func perform() async throws(ExecutionError) -> Outcome {
        switch action.operation {
        case .stop(let server, let limit): return try await stop(server, limit)
        default: return .done(try await performOther())
        }
    }

    private func performOther() async throws(ExecutionError) -> ActionResult {
        switch action.operation {
        case .require(let conditions): try await require(conditions)
        case .wait(let conditions, let limit): try await wait(conditions, limit)
        case .rollbackPoint: try begin(ActionIntent(changes: false), then: ActionResult())
        case .confirm(let text): try await confirm(text)
        case .stop: preconditionFailure("a stop has its own outcome")
        case .start(let server, let settle, let limit): try await start(server, settle, limit)
        case .setMyid(let server, let id): try await setMyid(server, id)
        case .editFile(let target, let edit): try await self.edit(target, edit)
        case .putFile(let target, let content, let mode): try await put(target, content, mode)
        case .install(let server, let archive, let sum): try await install(server, archive, sum)
        case .clearData(let server): try await clearData(server)
        case .copyData(let source, let target): try await copyData(source, target)
        case .persistZnodes(let through, let from, let under): try await persist(through, from, under)
        case .reconfig(let through, let add, let remove): try await reconfig(through, add, remove)
        case .command(let command): try await self.command(command)
        }
    }

    // MARK: Looking and asking

    private func require(_ conditions: [Condition]) async throws(ExecutionError) -> ActionResult {
        try begin(ActionIntent(changes: false))
        let findings = await evaluator.unmet(conditions)
        guard findings.isEmpty else {
            let text = findings.map(\.text).joined(separator: "; ")
            if let error = findings.compactMap(\.error).first, error.code != .notServing {
                throw ExecutionError(error, doing: "a required condition can't be seen")
            }
            throw ExecutionError(
                .preconditionFailed, "A required condition does not hold: \(text).",
                remedy: "Bring the ensemble to where the plan expects it, or make the plan anew from what is there.",
                server: findings.first?.condition.servers.first)
        }
        return ActionResult()
    }

    private func wait(_ conditions: [Condition], _ limit: Duration) async throws(ExecutionError) -> ActionResult {
        try begin(ActionIntent(changes: false))
        try await WaitLoop(context: context, evaluator: evaluator).wait(conditions, limit: limit, action: action.id)
        return ActionResult()
    }

    private func confirm(_ text: String) async throws(ExecutionError) -> ActionResult {
        try begin(ActionIntent(changes: false))
        context.report.waiting(action.id, [], for: text)
        if context.options.assumeYes { return ActionResult() }
        guard await context.options.confirm(text) else {
            throw ExecutionError(
                .declined, "Not confirmed: \(text)", remedy: "The run goes on from here when it is resumed.")
        }
        return ActionResult()
    }

    private var evaluator: ConditionEvaluator {
        ConditionEvaluator(context: context, copies: journal.history.copies(of: context.plan))
    }

    // MARK: The journal

    func begin(_ intent: ActionIntent) throws(ExecutionError) {
        try journal.append(.actionBegan(action: action.id, intent: intent))
    }

    func begin(_ intent: ActionIntent, then result: ActionResult) throws(ExecutionError) -> ActionResult {
        try begin(intent)
        return result
    }

    // MARK: Doing

    func look<Value>(_ body: () async throws(AccessError) -> Value) async throws(ExecutionError) -> Value {
        try await context.look(body)
    }

    func change<Value>(_ body: () async throws(AccessError) -> Value) async throws(ExecutionError) -> Value {
        try await context.change(body)
    }
}

extension RunHistory {
    /// Servers that the run has stopped, or may have, and not started again.
    func stoppedServers(_ plan: ResolvedPlan) -> Set<ServerName> {
        let operations = Dictionary(plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        var stopped: Set<ServerName> = []
        for id in order {
            switch operations[id] {
            case .stop(let server, _): stopped.insert(server)
            case .start(let server, _, _): if actions[id]?.result != nil { stopped.remove(server) }
            default: break
            }
        }
        return stopped
    }

    /// The copies that were made, in their order.
    func copies(of plan: ResolvedPlan) -> [CopyRecord] {
        let operations = Dictionary(plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        return order.compactMap { id in
            guard case .copyData(let source, let target) = operations[id], let action = actions[id],
                action.result != nil, !undone.contains(id)
            else { return nil }
            return CopyRecord(
                from: source, to: target, zxid: action.intent.zxid,
                sourceWasRunning: action.intent.wasRunning ?? true, files: action.intent.source,
                znodes: action.intent.znodes, ephemerals: action.intent.ephemerals)
        }
    }
}
