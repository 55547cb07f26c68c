import EnsembleModel
import PlanLanguage

/// A search of a plan, and what came out.
struct Exploration {
    let search: Search
    var hazards: [Hazard] = []

    var states: Int { search.store.count }
    var memory: Int { search.store.memory }

    /// The codes that it decides.
    var explored: Set<HazardCode> { search.isComplete ? HazardCode.needingExploration : [] }

    /// nil where the plan has more servers than a state has room for.
    init?(_ plan: ResolvedPlan, facts: EnsembleFacts, options: Search.Options) {
        let state = EnsembleState(facts: facts, inventory: plan.inventory)
        guard let world = SearchWorld(plan, facts: facts, from: state) else { return nil }
        let program = SearchProgram(plan, world, from: state, collapses: options.reductions.contains(.quietSteps))
        search = Search(world, program, options)
        search.run(from: Self.beginning(world, facts))
        hazards = search.violations.map { HazardStory(search).hazard($0) }
    }

    /// The state that the facts tell of. Followers whose leader isn't known are taken to look for one.
    static func beginning(_ world: SearchWorld, _ facts: EnsembleFacts) -> SearchState {
        var state = SearchState(servers: world.servers.count)
        for (number, name) in world.servers.enumerated() {
            state[number] = world.beginning(number, facts.servers[name])
        }
        // Only now, since a process may run with what lies on no disk any more.
        let rules = SearchRules(world: world)
        for (number, name) in world.servers.enumerated() where state[number].isUp && !state[number].isOpaque {
            let mode = facts.servers[name]?.mode
            guard mode == .leader || mode == .standalone else { continue }
            state[number].role = .leading
            state[number].leader = number
        }
        for (number, name) in world.servers.enumerated() where state[number].isUp && !state[number].isOpaque {
            guard let mode = facts.servers[name]?.mode, mode == .follower || mode == .observer else { continue }
            let leaders = world.servers.indices.filter {
                state[$0].isLeading && rules.lists(state[number], state[$0], at: $0)
            }
            guard let leader = leaders.first else { continue }
            state[number].role = .following
            state[number].leader = leader
        }
        return state
    }
}
