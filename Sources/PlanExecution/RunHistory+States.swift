import PlanLanguage

extension RunHistory {
    /// What the servers were before each action of the run, by the facts and what the actions change; nil where the plan had no facts.
    func statesBefore(of plan: ResolvedPlan) -> [String: EnsembleState]? {
        guard let facts = plan.facts else { return nil }
        let operations = Dictionary(plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        var state = EnsembleState(facts: facts, inventory: plan.inventory)
        var states: [String: EnsembleState] = [:]
        for id in order {
            states[id] = state
            operations[id]?.apply(to: &state)
        }
        return states
    }
}
