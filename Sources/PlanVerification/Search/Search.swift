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

    init(_ world: SearchWorld, _ program: SearchProgram, _ options: Options) {
        (self.world, self.program, self.options) = (world, program, options)
        alike = options.reductions.contains(.observers) ? AlikeObservers(world, program) : nil
        store = StateStore(servers: world.servers.count)
    }

    /// Made anew each time, since a new node of the program can bring new configurations.
    var rules: SearchRules { SearchRules(world: world) }

    func run(from first: SearchState) {
        var found = Successors(servers: world.servers.count)
        var state = first
        var begun = found.copy(first)
        add(&begun, Event(.begin), rules, to: &found)
        take(&found, from: nil)
        while current < store.count {
            if store.count > options.limit {
                isComplete = false
                return
            }
            if ends.isEmpty || !ends.contains(current) {
                found.removeAll()
                store.load(current, into: &state)
                expand(state, to: &found)
            }
            current += 1
        }
    }

    private func expand(_ state: SearchState, to found: inout Successors) {
        step(state, to: &found)
        // The step may have brought new configurations.
        let rules = rules
        elect(state, rules, to: &found)
        join(state, rules, to: &found)
        if !state.hasWrite { commit(state, rules, to: &found) }
        if state.crashes < options.failures { crash(state, rules, to: &found) }
        comeBack(state, rules, to: &found)
        take(&found, from: current)
        if !state.hasWrite, !found.hasElection {
            note(Stuck.violations(state, self, planGoesOn: found.hasPlanStep), in: current)
        }
    }

    /// A state with what follows from the event at once.
    @inline(__always) func add(
        _ next: inout SearchState, _ event: Event, _ rules: SearchRules, _ wrong: [Violation.What] = [],
        ending: Bool = false, to found: inout Successors
    ) {
        settleDown(&next, after: event.kind, rules)
        found.append(&next, event, wrong, ending: ending)
    }

    /// Those that are new go among the states seen.
    private func take(_ found: inout Successors, from parent: Int?) {
        store.insert(&found, from: parent, afterFewerCrashes: options.reductions.contains(.crashes))
        let mayBeDisjoint = world.memberships.count > 1
        guard mayBeDisjoint || !found.remarks.isEmpty else { return }
        for place in 0..<found.count {
            guard let number = found.looks[place].number else { continue }
            for remark in found.remarks where remark.place == place {
                if remark.isEnd { ends.insert(number) }
                note(remark.found, in: number)
            }
            switch found.event(place).kind {
            case .step where mayBeDisjoint, .comeback where mayBeDisjoint:
                note(Disjoint.violations(store.state(number), self), in: number)
            default: break
            }
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
    private func settleDown(_ state: inout SearchState, after event: Event.Kind, _ rules: SearchRules) {
        switch event {
        case .begin, .step, .crash: stepDown(&state, rules)
        // Nobody loses a follower by the others, and no epoch changes but by these.
        case .election, .join: break
        case .settled, .commit, .comeback: if options.reductions.isEmpty { return }
        }
        let joins = options.reductions.contains(.joins)
        if joins { joinAtOnce(&state, rules) }
        if options.reductions.contains(.forgetting), forget(&state), joins { joinAtOnce(&state, rules) }
        compressEpochs(&state, rules.tables)
    }

    private func stepDown(_ state: inout SearchState, _ rules: SearchRules) {
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
    private func joinAtOnce(_ state: inout SearchState, _ rules: SearchRules) {
        guard rules.leading(state) != 0 else { return }
        let awaited = program.awaited[state.node]
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

    @inline(__always) func leaders(for server: Int, in state: SearchState, _ rules: SearchRules) -> UInt32 {
        var mask: UInt32 = 0
        for leader in members(of: rules.leading(state)) where rules.canJoin(server, leader, in: state) {
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
    private func compressEpochs(_ state: inout SearchState, _ tables: SearchTables) {
        var used: UInt64 = state.hasWrite ? 1 << UInt64(state.writeEpoch) : 0
        for server in 0..<tables.servers {
            let cell = state[server]
            used |= 1 << UInt64(cell.acceptedEpoch) | 1 << UInt64(cell.currentEpoch)
        }
        let first = tables.firstFreeEpoch
        // None that is three or more after the one before it.
        let row = used >> UInt64(first) | 1
        guard row & ~(row << 1 | row << 2 | 1) != 0 else { return }
        used &= ~((1 << UInt64(first + 1)) - 1)
        var map = InlineArray<64, UInt8>(repeating: 0)
        for epoch in 0...first { map[epoch] = UInt8(epoch) }
        var (last, next) = (first, first)
        while used != 0 {
            let epoch = used.trailingZeroBitCount
            used &= used - 1
            next += min(epoch - last, 2)
            map[epoch] = UInt8(next)
            last = epoch
        }
        if state.hasWrite { state.writeEpoch = Int(map[state.writeEpoch]) }
        for server in 0..<tables.servers {
            var cell = state[server]
            cell.acceptedEpoch = Int(map[cell.acceptedEpoch])
            cell.currentEpoch = Int(map[cell.currentEpoch])
            state[server] = cell
        }
    }
}
