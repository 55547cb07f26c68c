import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// One operation at its place in the plan.
struct PlannedAction: Sendable, Hashable {
    /// `STEP.GROUP.NUMBER`, such as `2.3.1.1` or `4.2[zk6@v3.4.14].1.2.1`.
    var id: String
    var step: String
    var operation: Operation
}

/// Where a step stands.
struct StepPosition: Sendable, Hashable {
    var id: String
    var title: String
    var stage: String
    /// From 1.
    var stageNumber: Int
    var onFailure: PlanSettings.OnFailure?
    /// The rolling step that this one is part of, and the server of the turn.
    var turn: Turn?

    struct Turn: Sendable, Hashable {
        var rolling: String
        var server: ServerName
        var order: ResolvedStep.Rolling.Order
        /// Those that come after this server.
        var remaining: [ServerName]
    }
}

/// What to do next, told from the plan and the journal alone: the same two always give the same answer, so a run that was
/// interrupted anywhere goes on where it was.
struct ExecutorState: Sendable {
    enum Decision: Sendable, Hashable {
        case begin(StepPosition)
        /// Those operations of a group that have no outcome yet, side by side.
        case perform(StepPosition, [PlannedAction])
        case choose(StepPosition, among: [ServerName], ResolvedStep.Rolling.Order)
        case end(StepPosition, StepOutcome)
        /// `--until` was reached.
        case pause(after: String)
        case finish
    }

    var plan: ResolvedPlan
    var history: RunHistory
    /// A step's id, or a stage's number.
    var until: String?

    init(_ plan: ResolvedPlan, _ history: RunHistory, until: String? = nil) {
        self.plan = plan
        self.history = history
        self.until = until
    }

    func next() -> Decision {
        for (index, stage) in plan.stages.enumerated() {
            for step in stage.steps {
                let position = StepPosition(
                    id: step.id, title: step.title, stage: stage.name, stageNumber: index + 1,
                    onFailure: step.onFailure)
                if let decision = next(in: step, position) { return decision }
            }
            if until == String(index + 1) { return .pause(after: stage.steps.last?.id ?? String(index + 1)) }
        }
        return .finish
    }

    /// - Returns: nil where the step is done and the run goes on behind it.
    private func next(in step: ResolvedStep, _ position: StepPosition) -> Decision? {
        if history.endedSteps[step.id] != nil {
            return until == step.id ? .pause(after: step.id) : nil
        }
        guard history.begunSteps.contains(step.id) else { return .begin(position) }
        switch step.body {
        case .operations(let groups): return next(in: groups, position)
        case .rolling(let rolling): return next(in: rolling, position)
        }
    }

    private func next(in groups: [[Operation]], _ position: StepPosition) -> Decision {
        for (index, group) in groups.enumerated() {
            let waiting = Self.actions(of: group, number: index + 1, step: position.id)
                .filter { history.actions[$0.id]?.result == nil }
            if !waiting.isEmpty { return .perform(position, waiting) }
        }
        return .end(position, outcome(of: groups, step: position.id))
    }

    private func next(in rolling: ResolvedStep.Rolling, _ position: StepPosition) -> Decision {
        let chosen = history.chosen[position.id] ?? []
        let remaining = rolling.servers.filter { !chosen.contains($0) }
        for server in chosen {
            for step in rolling.steps[server] ?? [] {
                var inner = position
                inner.id = step.id
                inner.title = step.title
                inner.onFailure = step.onFailure ?? position.onFailure
                inner.turn = .init(rolling: position.id, server: server, order: rolling.order, remaining: remaining)
                if let decision = next(in: step, inner) { return decision }
            }
        }
        if !remaining.isEmpty { return .choose(position, among: remaining, rolling.order) }
        let outcomes = rolling.servers.flatMap { rolling.steps[$0] ?? [] }.map { history.endedSteps[$0.id] }
        return .end(position, outcomes.allSatisfy { $0 == .already } && !outcomes.isEmpty ? .already : .done)
    }

    /// `already` where every operation that can change something found it done.
    private func outcome(of groups: [[Operation]], step: String) -> StepOutcome {
        let changes = groups.enumerated().flatMap { index, group in
            Self.actions(of: group, number: index + 1, step: step).compactMap { history.actions[$0.id]?.result?.change }
        }
        return !changes.isEmpty && changes.allSatisfy { $0 == .already } ? .already : .done
    }

    static func actions(of group: [Operation], number: Int, step: String) -> [PlannedAction] {
        group.enumerated().map {
            PlannedAction(id: "\(step).\(number).\($0.offset + 1)", step: step, operation: $0.element)
        }
    }
}

extension ResolvedPlan {
    /// Every step, those of rolling steps in the listed order of their servers.
    var everyStep: [ResolvedStep] {
        func steps(of step: ResolvedStep) -> [ResolvedStep] {
            guard case .rolling(let rolling) = step.body else { return [step] }
            return [step] + rolling.servers.flatMap { rolling.steps[$0] ?? [] }.flatMap(steps)
        }
        return stages.flatMap(\.steps).flatMap(steps)
    }

    var everyAction: [PlannedAction] {
        everyStep.flatMap { step -> [PlannedAction] in
            guard case .operations(let groups) = step.body else { return [] }
            return groups.enumerated().flatMap { index, group in
                ExecutorState.actions(of: group, number: index + 1, step: step.id)
            }
        }
    }
}
