package import PlanLanguage

/// What taking a run back to one of the plan's rollback points, or to its beginning, does not undo.
package struct RollbackReach: Sendable, Hashable {
    package struct Remainder: Sendable, Hashable {
        /// The id of a step that can't be undone.
        package var step: String
        package var reason: String
    }

    /// nil is the beginning.
    package var point: String?
    /// The step that marks it.
    package var step: String?
    /// The steps after it whose effect stays, in their order; from the first of them on, the way back is not whole.
    package var remains: [Remainder]

    package static func all(in plan: ResolvedPlan) -> [RollbackReach] {
        let steps = plan.stages.flatMap(\.steps)
        var found = [RollbackReach(point: nil, step: nil, remains: steps.flatMap(remainders))]
        for (index, step) in steps.enumerated() {
            for case .rollbackPoint(let name) in step.operations {
                let remains = steps[(index + 1)...].flatMap(remainders)
                found.append(RollbackReach(point: name, step: step.id, remains: remains))
            }
        }
        return found
    }

    private static func remainders(_ step: ResolvedStep) -> [Remainder] {
        if case .none(let reason) = step.compensation { return [Remainder(step: step.id, reason: reason)] }
        guard case .rolling(let rolling) = step.body else { return [] }
        return rolling.servers.flatMap { (rolling.steps[$0] ?? []).flatMap(remainders) }
    }
}
