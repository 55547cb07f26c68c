import EnsembleModel
import PlanLanguage

/// Breadth first through everything that can happen while a plan is carried out, so that the first trace found to a hazard is a shortest
/// one.
///
/// The operator's machine may die at any moment: every state is explored also as one from which the plan doesn't go on.
final class Search {
    struct Options {
        var failures = 1
        var reductions = Reductions.all
        /// States after which the search gives up.
        var limit = 4_000_000
    }

    let world: SearchWorld
    let program: SearchProgram
    let options: Options
    /// nil where that isn't asked for.
    let alike: AlikeObservers?
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
        alike = options.reductions.contains(.observers) ? AlikeObservers(world, program) : nil
        store = StateStore(servers: world.servers.count)
    }

    /// Made anew each time, since a new node of the program can bring new configurations.
    var rules: SearchRules { SearchRules(world: world) }

    func run(from first: SearchState) {
        var first = first
        settleDown(&first, after: .begin)
        _ = store.insert(first, from: nil, by: Event(.begin))
        var state = first
        while current < store.count {
            if store.count > options.limit {
                isComplete = false
                return
            }
            if ends.isEmpty || !ends.contains(current) {
                store.load(current, into: &state)
                expand(&state)
            }
            current += 1
        }
    }

    /// States are handed on in place, since they are large: each is copied once, to become the next.
    private func expand(_ state: inout SearchState) {
        (hasPlanStep, hasElection) = (false, false)
        step(&state)
        let rules = rules
        elect(&state, rules)
        join(&state, rules)
        if !state.hasWrite { commit(&state, rules) }
        if state.crashes < options.failures { crash(&state) }
        comeBack(&state)
        if !state.hasWrite, !hasElection { note(Stuck.violations(state, self, planGoesOn: hasPlanStep), in: current) }
    }

    /// What follows from an event at once, then the state goes among those seen.
    func add(_ next: inout SearchState, _ event: Event, _ found: [Violation.What] = [], ending: Bool = false) {
        settleDown(&next, after: event.kind)
        switch event.kind {
        case .step, .settled: hasPlanStep = true
        case .election, .join: hasElection = true
        default: break
        }
        guard !wasSeenAfterFewerCrashes(&next), store.insert(next, from: current, by: event) else { return }
        let number = store.count - 1
        if ending { ends.insert(number) }
        note(found, in: number)
        switch event.kind {
        case .step, .comeback: note(Disjoint.violations(next, self), in: number)
        default: break
        }
    }

    /// What can follow with fewer crashes left can follow with more, with the same said of it. What takes no crash is said otherwise.
    private func wasSeenAfterFewerCrashes(_ state: inout SearchState) -> Bool {
        guard state.crashes > 1, options.reductions.contains(.crashes) else { return false }
        var earlier = state
        for crashes in 1..<state.crashes {
            earlier.crashes = crashes
            if store.contains(earlier) { return true }
        }
        return false
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
    private func settleDown(_ state: inout SearchState, after event: Event.Kind) {
        switch event {
        case .begin, .step, .crash: stepDown(&state)
        // Nobody loses a follower by the others, and no epoch changes but by these.
        case .election, .join: break
        case .settled, .commit, .comeback: if options.reductions.isEmpty { return }
        }
        let joins = options.reductions.contains(.joins)
        if joins { joinAtOnce(&state) }
        if options.reductions.contains(.forgetting), forget(&state), joins { joinAtOnce(&state) }
        compressEpochs(&state)
    }

    private func stepDown(_ state: inout SearchState) {
        let rules = rules
        for server in 0..<rules.tables.servers {
            let cell = state[server]
            guard cell.isLeading, !cell.isOpaque, !rules.isStandalone(cell),
                !rules.isEnough(rules.supporters(of: server, in: state), for: cell, in: state)
            else { continue }
            state[server].look()
        }
        for server in 0..<rules.tables.servers {
            let cell = state[server]
            guard cell.isUp, !cell.isOpaque, cell.role == .following, !state[cell.leader].isLeading else { continue }
            state[server].look()
        }
    }

    /// Being late to join matters for data only where the plan goes on meanwhile and the join would change the server's.
    private func joinAtOnce(_ state: inout SearchState) {
        guard leading(state) != 0 else { return }
        let awaited = program.awaited[state.node]
        let rules = rules
        var moved = true
        while moved {
            moved = false
            for server in 0..<rules.tables.servers where state[server].isLooking {
                let leaders = leaders(for: server, in: state, rules)
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

    @inline(__always) private func leading(_ state: SearchState) -> UInt32 {
        var mask: UInt32 = 0
        for server in 0..<world.servers.count where state[server].isLeading { mask |= 1 << UInt32(server) }
        return mask
    }

    @inline(__always) func leaders(for server: Int, in state: SearchState, _ rules: SearchRules) -> UInt32 {
        var mask: UInt32 = 0
        for leader in members(of: leading(state)) where rules.canJoin(server, leader, in: state) {
            mask |= 1 << UInt32(leader)
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
        guard state.hasWrite, !WriteSafety(self, state).isAtRisk(holders(state)) else { return false }
        state.forgetWrite()
        for server in world.servers.indices { state[server].hasWrite = false }
        return true
    }

    @inline(__always) private func holders(_ state: SearchState) -> UInt32 {
        world.servers.indices.reduce(0) { state[$1].hasWrite ? $0 | 1 << UInt32($1) : $0 }
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
