import EnsembleModel
import PlanLanguage

/// Breadth first through everything that can happen while a plan is carried out, so that the first trace found to a hazard is a shortest
/// one.
///
/// The operator's machine may die at any moment: every state is explored also as one from which the plan doesn't go on.
final class Search {
    struct Options {
        var failures = 1
        /// Whether joins that nothing can come before are taken at once, and quiet operations as one; the verdict is the same.
        var reduces = true
        /// States after which the search gives up.
        var limit = 4_000_000
    }

    let world: SearchWorld
    let program: SearchProgram
    let rules: SearchRules
    let options: Options
    private(set) var store: StateStore
    /// The first state of each hazard, in the order found.
    private(set) var violations: [Violation] = []
    /// Whether every state was seen.
    private(set) var isComplete = true

    private var known: Set<Violation.Key> = []
    /// States in which something was lost already: nothing is to be learned from what follows.
    private var ends: Set<Int> = []
    private var current = 0
    private var hasPlanStep = false
    private var hasElection = false

    init(_ world: SearchWorld, _ program: SearchProgram, _ options: Options) {
        (self.world, self.program, self.options) = (world, program, options)
        rules = SearchRules(world: world)
        store = StateStore(servers: world.servers.count)
    }

    func run(from first: SearchState) {
        var first = first
        settleDown(&first)
        _ = store.insert(first, from: nil, by: Event(.begin))
        while current < store.count {
            if store.count > options.limit {
                isComplete = false
                return
            }
            if ends.isEmpty || !ends.contains(current) { expand(store.state(current)) }
            current += 1
        }
    }

    private func expand(_ state: SearchState) {
        (hasPlanStep, hasElection) = (false, false)
        step(state)
        elect(state)
        join(state)
        if !state.hasWrite { commit(state) }
        if state.crashes < options.failures { crash(state) }
        comeBack(state)
        if !state.hasWrite, !hasElection { note(Stuck.violations(state, self, planGoesOn: hasPlanStep), in: current) }
    }

    /// What follows from an event at once, then the state goes among those seen.
    func add(_ next: SearchState, _ event: Event, _ found: [Violation.What] = [], ending: Bool = false) {
        var next = next
        settleDown(&next)
        switch event.kind {
        case .step, .settled: hasPlanStep = true
        case .election, .join: hasElection = true
        default: break
        }
        let isNew = store.insert(next, from: current, by: event)
        guard isNew else { return }
        let number = store.count - 1
        if ending { ends.insert(number) }
        note(found, in: number)
        switch event.kind {
        case .step, .comeback: note(Disjoint.violations(next, self), in: number)
        default: break
        }
    }

    private func note(_ found: [Violation.What], in number: Int) {
        for what in found {
            var place = program.nodes[store.state(number).node].last
            if what.code == .lostWrites { place = Loss.endOfWindow(number, self) ?? place }
            guard
                known.insert(
                    Violation.Key(code: what.code, step: place?.top.id, takesCrash: store.state(number).crashes > 0)
                ).inserted
            else { continue }
            violations.append(Violation(what: what, place: place, state: number))
        }
    }

    // MARK: What follows at once

    /// Leaders without a quorum step down, and who follows nobody looks; who can join and has nothing to gain by being late joins; what
    /// doesn't count any more is forgotten, so that states that can't be told apart are one.
    private func settleDown(_ state: inout SearchState) {
        stepDown(&state)
        if options.reduces { joinAtOnce(&state) }
        if forget(&state), options.reduces { joinAtOnce(&state) }
        compressEpochs(&state)
    }

    private func stepDown(_ state: inout SearchState) {
        var moved = true
        while moved {
            moved = false
            for server in world.servers.indices {
                let cell = state[server]
                guard cell.isUp, cell.role != .looking, !cell.isOpaque else { continue }
                let stays: Bool =
                    if cell.role == .following {
                        state[cell.leader].isLeading
                    } else {
                        rules.isStandalone(cell)
                            || rules.isEnough(rules.supporters(of: server, in: state), for: cell, in: state)
                    }
                if !stays {
                    state[server].look()
                    moved = true
                }
            }
        }
    }

    /// Being late to join matters for data only where the plan goes on meanwhile and the join would change the server's.
    private func joinAtOnce(_ state: inout SearchState) {
        let awaited = program.awaited[state.node]
        var moved = true
        while moved {
            moved = false
            for server in world.servers.indices where state[server].isLooking {
                let leaders = leaders(for: server, in: state)
                guard leaders.nonzeroBitCount == 1 else { continue }
                let leader = leaders.trailingZeroBitCount
                guard awaited & 1 << UInt32(server) != 0 || state[server].position == state[leader].position else {
                    continue
                }
                follow(&state, server, leader)
                moved = true
            }
        }
    }

    func leaders(for server: Int, in state: SearchState) -> UInt32 {
        var mask: UInt32 = 0
        for leader in world.servers.indices where state[leader].isLeading {
            if rules.canJoin(server, leader, in: state) { mask |= 1 << UInt32(leader) }
        }
        return mask
    }

    /// DIFF, TRUNC and SNAP all end with the leader's history (`LearnerHandler.syncFollower`).
    func follow(_ state: inout SearchState, _ server: Int, _ leader: Int) {
        let head = state[leader]
        var cell = state[server]
        cell.role = .following
        cell.leader = leader
        cell.takePosition(of: head)
        cell.acceptedEpoch = head.currentEpoch
        cell.currentEpoch = head.currentEpoch
        state[server] = cell
    }

    /// Whether the write needn't be followed any longer.
    private func forget(_ state: inout SearchState) -> Bool {
        let live = program.live[state.node]
        for server in world.servers.indices where live & 1 << UInt32(server) == 0 {
            let cell = state[server]
            if !cell.isUp, !cell.isCrashed { state[server] = Cell() }
        }
        guard state.hasWrite, !WriteSafety(search: self).isAtRisk(state) else { return false }
        state.forgetWrite()
        for server in world.servers.indices { state[server].hasWrite = false }
        return true
    }

    /// Only the order of epochs counts, and whether one directly follows another.
    private func compressEpochs(_ state: inout SearchState) {
        var used: UInt64 = state.hasWrite ? 1 << UInt64(state.writeEpoch) : 0
        for server in world.servers.indices {
            let cell = state[server]
            used |= 1 << UInt64(cell.acceptedEpoch) | 1 << UInt64(cell.currentEpoch)
        }
        let first = world.firstFreeEpoch
        used &= ~((1 << UInt64(first + 1)) - 1)
        guard used != 0 else { return }
        var map = InlineArray<64, UInt8>(repeating: 0)
        for epoch in 0...first { map[epoch] = UInt8(epoch) }
        var (last, next, changes) = (first, first, false)
        while used != 0 {
            let epoch = used.trailingZeroBitCount
            used &= used - 1
            next += min(epoch - last, 2)
            map[epoch] = UInt8(next)
            if next != epoch { changes = true }
            last = epoch
        }
        guard changes else { return }
        if state.hasWrite { state.writeEpoch = Int(map[state.writeEpoch]) }
        for server in world.servers.indices {
            var cell = state[server]
            cell.acceptedEpoch = Int(map[cell.acceptedEpoch])
            cell.currentEpoch = Int(map[cell.currentEpoch])
            state[server] = cell
        }
    }
}
