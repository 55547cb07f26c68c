import EnsembleModel
package import PlanLanguage

/// The plan's steps one after the other, from its facts, all going well.
///
/// Rolling steps are gone through in the order that they will take if who leads by then is who is known to; where that isn't
/// known, in the order listed.
package enum PlanTimeline {
    /// Empty where the plan has no facts.
    package static func make(_ plan: ResolvedPlan) -> [StepSnapshot] {
        guard let facts = plan.facts else { return [] }
        var maker = Maker(plan: plan, state: EnsembleState(facts: facts, inventory: plan.inventory))
        for (index, stage) in plan.stages.enumerated() {
            for step in stage.steps { maker.walk(step, stage.name, index + 1, depth: 0) }
        }
        return maker.snapshots
    }

    private struct Maker {
        let plan: ResolvedPlan
        var state: EnsembleState
        var ensembles: [RunningEnsemble]
        var snapshots: [StepSnapshot] = []

        init(plan: ResolvedPlan, state: EnsembleState) {
            self.plan = plan
            self.state = state
            ensembles = state.runningEnsembles
        }

        mutating func walk(_ step: ResolvedStep, _ stage: String, _ number: Int, depth: Int) {
            let place = snapshots.count
            snapshots.append(
                StepSnapshot(
                    step: step, stage: stage, stageNumber: number, depth: depth, before: state, after: state,
                    ensembles: ensembles, leastMargin: margin(ensembles, ensembles), changed: [], files: [], order: []))
            switch step.body {
            case .operations(let groups):
                for operation in groups.joined() { perform(operation, in: place) }
            case .rolling(let rolling):
                let order = rolling.order(in: state)
                snapshots[place].order = order
                for server in order {
                    for inner in rolling.steps[server] ?? [] {
                        let first = snapshots.count
                        walk(inner, stage, number, depth: depth + 1)
                        let least = snapshots[first...].compactMap(\.leastMargin).min()
                        snapshots[place].leastMargin = Self.lesser(snapshots[place].leastMargin, least)
                        snapshots[place].changed += snapshots[first...].flatMap(\.changed)
                    }
                }
            }
            snapshots[place].after = state
            snapshots[place].ensembles = ensembles
            snapshots[place].changed = Set(snapshots[place].changed).sorted()
        }

        private mutating func perform(_ operation: Operation, in place: Int) {
            let before = state
            operation.apply(to: &state)
            snapshots[place].files += FileChanges.made(by: operation, from: before, to: state, plan.inventory)
            snapshots[place].changed += operation.serversChanged
            guard state != before else { return }
            let earlier = ensembles
            ensembles = state.runningEnsembles
            snapshots[place].leastMargin = Self.lesser(snapshots[place].leastMargin, margin(ensembles, earlier))
        }

        /// The least of the ensembles that serve now, or did a moment ago.
        private func margin(_ now: [RunningEnsemble], _ earlier: [RunningEnsemble]) -> Int? {
            let served = Set(earlier.filter { $0.serves == true }.flatMap(\.servers))
            return now.filter { $0.serves == true || !served.isDisjoint(with: $0.servers) }.compactMap {
                $0.quorum?.margin
            }
            .min()
        }

        private static func lesser(_ one: Int?, _ other: Int?) -> Int? {
            guard let one, let other else { return one ?? other }
            return min(one, other)
        }
    }
}

extension Operation {
    /// The servers whose files, data or process it changes.
    fileprivate var serversChanged: [ServerName] {
        switch self {
        case .copyData(_, let target): [target]
        case _ where changesSomething: servers
        default: []
        }
    }
}
