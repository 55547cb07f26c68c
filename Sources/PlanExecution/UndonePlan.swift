import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// A way back as a plan of its own, from what the hosts are now, so that what is looked for in plans can be looked for in it.
///
/// Data that are put back are copied from a stopped server made up for it, which holds what the run had moved aside. Which version an
/// `install` had replaced is not told.
struct UndonePlan {
    private let run: ResolvedPlan
    private let undo: UndoPlan
    private let before: [String: EnsembleState]
    private let first: EnsembleFacts
    /// Actions that are undone already, or earlier than in their turn.
    private var done: Set<String>
    private var inventory: Inventory
    private var facts: EnsembleFacts
    private var state: EnsembleState
    private var steps: [ResolvedStep] = []

    /// nil where the run's plan had no facts, so that it is not known what was there before.
    static func resolved(
        _ undo: UndoPlan, of plan: ResolvedPlan, _ history: RunHistory, from observed: EnsembleFacts
    ) -> ResolvedPlan? {
        guard let first = plan.facts else { return nil }
        var made = Self(plan, history, undo, first, observed)
        made.lower()
        return ResolvedPlan(
            name: plan.name, summary: "", settings: plan.settings, acknowledgements: [],
            stages: [ResolvedStage(name: "going back", steps: made.steps)], inventory: made.inventory,
            facts: made.facts, warnings: [], digest: plan.digest, source: plan.source)
    }

    private init(
        _ plan: ResolvedPlan, _ history: RunHistory, _ undo: UndoPlan, _ first: EnsembleFacts, _ observed: EnsembleFacts
    ) {
        (run, self.undo, self.first, done) = (plan, undo, first, history.undone)
        (inventory, facts) = (plan.inventory, observed)
        state = EnsembleState(facts: observed, inventory: plan.inventory)
        before = history.statesBefore(of: plan) ?? [:]
    }

    // MARK: In the order in which it is undone

    private mutating func lower() {
        var rest = undo.units[...]
        while let unit = rest.first {
            let restarts = rest.prefix { $0.restarted != nil }
            guard restarts.count > 1, Set(restarts.map(\.restarted)).count == restarts.count else {
                rest = rest.dropFirst()
                let operations = lowered(unit.actions)
                add(unit.actions[0], .operations(operations.map { [$0] }))
                continue
            }
            rest = rest.dropFirst(restarts.count)
            lowerRestarts(Array(restarts))
        }
    }

    /// As the rollback chooses them: the leader's comes last.
    private mutating func lowerRestarts(_ units: [UndoPlan.Unit]) {
        let servers = units.compactMap(\.restarted)
        let begin = state
        var inner: [ServerName: [ResolvedStep]] = [:]
        for (server, unit) in zip(servers, units) {
            let operations = lowered(unit.actions)
            guard !operations.isEmpty else { continue }
            inner[server] = [step(unit.actions[0], .operations(operations.map { [$0] }))]
        }
        let end = state
        state = begin
        moveLeadership(from: servers, members: servers.compactMap { end.servers[$0]?.config })
        let left = servers.filter { inner[$0] != nil }
        add(units[0].actions[0], .rolling(.init(servers: left, order: .leaderLast, steps: inner)))
        for server in left { state.servers[server] = end.servers[server] }
    }

    /// What ``LeadershipMove`` does: a leader that goes, and that those who are restarted would not list, goes before, or is restarted.
    private mutating func moveLeadership(from servers: [ServerName], members: [String]) {
        guard let ensemble = state.runningEnsembles.first(where: { !Set($0.servers).isDisjoint(with: servers) }),
            let quorum = ensemble.quorum,
            let leader = ensemble.servers.first(where: { state.servers[$0]?.mode == .leader }),
            let going = undo.actions.first(where: { $0.stoppedServer == leader && !done.contains($0.id) }),
            !undo.actions.contains(where: { $0.startedServer == leader && !done.contains($0.id) }),
            !members.allSatisfy({ lists(leader, $0) })
        else { return }
        let others = ensemble.servers.filter { $0 != leader }
        let someoneLeads = Operation.wait([Condition(.leader(oneOf: others))], limit: run.settings.settleTimeout)
        let operations: [Operation]
        if quorum.margin >= 2 {
            operations = lowered([going]) + [someoneLeads]
        } else {
            let limit = run.settings.settleTimeout
            let again = Operation.start(leader, settle: .serving, limit: limit)
            operations = [.stop(leader, limit: limit), someoneLeads, again]
            for operation in operations { operation.apply(to: &state) }
        }
        add(going, .operations(operations.map { [$0] }))
    }

    private func lists(_ server: ServerName, _ config: String) -> Bool {
        EnsembleState.members(of: config)?.values.contains { state.hostName(of: $0.host) == server.host } ?? false
    }

    private mutating func add(_ action: UndoAction, _ body: ResolvedStep.Body) {
        switch body {
        case .operations(let groups): if groups.isEmpty { return }
        case .rolling(let rolling): if rolling.servers.isEmpty { return }
        }
        steps.append(step(action, body))
    }

    private func step(_ action: UndoAction, _ body: ResolvedStep.Body) -> ResolvedStep {
        ResolvedStep(
            id: action.id, verb: "undo", title: action.summary, range: nil, onFailure: nil,
            compensation: .nothingChanges, body: body)
    }

    // MARK: One action

    private mutating func lowered(_ actions: [UndoAction]) -> [Operation] {
        actions.flatMap { action -> [Operation] in
            guard done.insert(action.id).inserted else { return [] }
            let operations = operations(of: action, before[action.action])
            for operation in operations { operation.apply(to: &state) }
            return operations
        }
    }

    private mutating func operations(of action: UndoAction, _ was: EnsembleState?) -> [Operation] {
        switch action.inverse {
        case .start(let server, let wasServing): return [start(server, wasServing)]
        case .stop(let server, let limit, let clears):
            return [.stop(server, limit: limit)] + (clears ? [.clearData(server)] : [])
        case .restoreFile(FilePlace.config(let server)):
            return was?.servers[server]?.config.map { [.putFile(.config(server), content: .text($0), mode: nil)] } ?? []
        case .restoreFile(FilePlace.myid(let server)):
            return was?.servers[server]?.myid.map { [.setMyid(server, $0)] } ?? []
        case .restoreData(let server):
            return [.clearData(server), .copyData(from: keeper(of: server, action, was), to: server)]
        case .removeCopiedData(let server): return [.clearData(server)]
        case .reconfig(let through, let add, let remove): return [.reconfig(through: through, add: add, remove: remove)]
        case .restoreFile, .uninstall, .deleteZnodes, .command, .impossible: return []
        }
    }

    /// Waited for until it serves, where enough servers run by then.
    private func start(_ server: ServerName, _ wasServing: Bool) -> Operation {
        let limit = run.settings.settleTimeout
        let start = Operation.start(server, settle: .running, limit: limit)
        var after = state
        start.apply(to: &after)
        let canServe = after.runningEnsembles.contains { $0.servers.contains(server) && $0.serves == true }
        return wasServing && canServe ? .start(server, settle: .serving, limit: limit) : start
    }

    /// A stopped server with the data that the server had before.
    private mutating func keeper(of server: ServerName, _ action: UndoAction, _ was: EnsembleState?) -> ServerName {
        let keeper = ServerName(host: server.host, installation: "\(server.installation), before \(action.action)")
        var kept = first.servers[server] ?? ServerFacts()
        (kept.running, kept.mode, kept.electionListener) = (false, .stopped, nil)
        (kept.loadedConfig, kept.loadedMyid) = (nil, nil)
        kept.config = was?.servers[server]?.config ?? kept.config
        inventory.servers[keeper] = inventory.servers[server]
        facts.servers[keeper] = kept
        state.servers[keeper] = EnsembleState(facts: facts, inventory: inventory).servers[keeper]
        return keeper
    }
}
