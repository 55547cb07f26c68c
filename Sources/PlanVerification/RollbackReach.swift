package import PlanLanguage

/// From where a run can be taken back to one of the plan's rollback points, or to its beginning.
package struct RollbackReach: Sendable, Hashable {
    /// nil is the beginning.
    package var point: String?
    /// The step that marks it.
    package var step: String?
    /// The first step after it that can't be undone, with the reason: from there on there is no way back to the point.
    package var endsAt: String?
    package var reason: String?

    package static func all(in plan: ResolvedPlan) -> [RollbackReach] {
        let steps = plan.stages.flatMap(\.steps)
        var found = [reach(from: nil, nil, steps[...])]
        for (index, step) in steps.enumerated() {
            for case .rollbackPoint(let name) in step.operations {
                found.append(reach(from: name, step.id, steps[(index + 1)...]))
            }
        }
        return found
    }

    private static func reach(from point: String?, _ step: String?, _ rest: ArraySlice<ResolvedStep>) -> RollbackReach {
        for candidate in rest {
            if let (id, reason) = obstacle(candidate) {
                return RollbackReach(point: point, step: step, endsAt: id, reason: reason)
            }
        }
        return RollbackReach(point: point, step: step, endsAt: nil, reason: nil)
    }

    private static func obstacle(_ step: ResolvedStep) -> (id: String, reason: String)? {
        if case .none(let reason) = step.compensation { return (step.id, reason) }
        guard case .rolling(let rolling) = step.body else { return nil }
        for server in rolling.servers {
            for inner in rolling.steps[server] ?? [] {
                if let found = obstacle(inner) { return found }
            }
        }
        return nil
    }
}
