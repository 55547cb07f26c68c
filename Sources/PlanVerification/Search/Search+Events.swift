/// What happens by itself, or by accident.
extension Search {
    // MARK: Elections

    /// Any quorum of those that look may elect, the others being slow. Where all are alike only who wins makes a difference.
    func elect(_ state: SearchState, _ rules: SearchRules, to found: inout Successors) {
        var voters: UInt32 = 0
        for server in 0..<rules.tables.servers
        where state[server].isLooking && rules.isParticipant(state[server], at: server) {
            voters |= 1 << UInt32(server)
        }
        guard voters != 0 else { return }
        if options.reductions.contains(.elections), let size = quorumOfAlike(voters, state, rules) {
            electAmongAlike(voters, size, state, rules, to: &found)
            return
        }
        var electorate = rules.electorate(voters, in: state)
        var subset = voters
        while subset != 0 {
            if subset.nonzeroBitCount >= electorate.least, let winner = rules.winner(subset, &electorate, in: state) {
                establish(winner, subset, state, rules, to: &found)
            }
            subset = (subset - 1) & voters
        }
    }

    /// The size of a quorum where all that look have one configuration and one history, and hear each other: then whoever wins has the
    /// same history, and the others join at once.
    private func quorumOfAlike(_ voters: UInt32, _ state: SearchState, _ rules: SearchRules) -> Int? {
        let first = voters.trailingZeroBitCount
        let membership = rules.membershipNumber(state[first])
        let half = rules.tables.halves[membership]
        guard half >= 0 else { return nil }
        for server in members(of: voters) {
            let cell = state[server]
            guard rules.membershipNumber(cell) == membership, cell.position == state[first].position,
                cell.acceptedEpoch == state[first].acceptedEpoch, rules.lists(state[first], cell, at: server),
                !rules.isDeaf(cell, server)
            else { return nil }
        }
        return half + 1
    }

    private func electAmongAlike(
        _ voters: UInt32, _ size: Int, _ state: SearchState, _ rules: SearchRules, to found: inout Successors
    ) {
        let order = members(of: voters).sorted { rules.vote(state, $0) < rules.vote(state, $1) }
        guard order.count >= size else { return }
        for place in (size - 1)..<order.count {
            let others = order[..<place].prefix(size - 1)
            let voters: UInt32 = others.reduce(1 << UInt32(order[place])) { $0 | 1 << UInt32($1) }
            establish(order[place], voters, state, rules, to: &found)
        }
    }

    /// Election, discovery and synchronisation of the quorum that they need are one event here; the new epoch is one more than any that
    /// these servers have promised (`Leader.getEpochToPropose`).
    private func establish(
        _ leader: Int, _ voters: UInt32, _ state: SearchState, _ rules: SearchRules, to found: inout Successors
    ) {
        var next = found.copy(state)
        var epoch = 0
        for server in members(of: voters) { epoch = max(epoch, state[server].acceptedEpoch) }
        epoch = min(epoch + 1, SearchState.greatestEpoch)
        let lost = Loss.violations(leader: leader, state, self, rules.tables)
        var head = next[leader]
        head.role = .leading
        head.leader = leader
        (head.acceptedEpoch, head.currentEpoch) = (epoch, epoch)
        if head.base == 0 { head.base = world.freshBase }
        next[leader] = head
        for server in members(of: voters) where server != leader { follow(&next, server, leader) }
        let split = SplitBrain.violations(leader: leader, next, self, rules)
        add(&next, Event(.election, leader, others: voters), rules, lost + split, ending: !lost.isEmpty, to: &found)
    }

    private func isCovered(_ server: Int, _ state: SearchState) -> Bool { alike?.isCovered(server, state) ?? false }

    // MARK: Joining

    func join(_ state: SearchState, _ rules: SearchRules, to found: inout Successors) {
        for server in 0..<rules.tables.servers where state[server].isLooking && !isCovered(server, state) {
            for leader in members(of: leaders(for: server, in: state, rules)) {
                var next = found.copy(state)
                follow(&next, server, leader)
                add(&next, Event(.join, server, others: 1 << UInt32(leader)), rules, to: &found)
            }
        }
    }

    // MARK: Writes

    /// A leader commits what a quorum acknowledges, itself included. Only the fewest acknowledgements are explored, and one write at a
    /// time: whoever else had it would only make its loss less likely.
    func commit(_ state: SearchState, _ rules: SearchRules, to found: inout Successors) {
        for leader in 0..<rules.tables.servers where state[leader].isLeading {
            let head = state[leader]
            guard !head.isOpaque else { continue }
            let write = Write(leader, state, self, rules)
            if rules.isStandalone(head) {
                commit(write, 1 << UInt32(leader), rules, to: &found)
                continue
            }
            let supporters = rules.supporters(of: leader, in: state)
            var counted: UInt32 = 0
            for server in members(of: supporters)
            where server != leader && rules.counts(head, state[server], at: server) { counted |= 1 << UInt32(server) }
            var subset = counted
            while true {
                let acknowledging = subset | 1 << UInt32(leader)
                if rules.isFewest(acknowledging, head, state, besides: leader) {
                    commit(write, acknowledging, rules, to: &found)
                }
                guard subset != 0 else { break }
                subset = (subset - 1) & counted
            }
        }
    }

    /// A write that is about to be acknowledged.
    private struct Write {
        let leader: Int
        var state: SearchState
        /// nil where all writes are followed.
        let safety: WriteSafety?

        init(_ leader: Int, _ before: SearchState, _ search: Search, _ rules: SearchRules) {
            self.leader = leader
            state = before
            state.hasWrite = true
            state.writeEpoch = before[leader].currentEpoch
            state.writeBase = before[leader].base
            state.writeCopy = before[leader].copy
            state.writeMembership = rules.membershipNumber(before[leader])
            safety = search.options.reductions.contains(.forgetting) ? WriteSafety(search, state) : nil
        }
    }

    private func commit(
        _ write: Write, _ acknowledging: UInt32, _ rules: SearchRules, to found: inout Successors
    ) {
        // It would be forgotten at once.
        if let safety = write.safety, !safety.isAtRisk(acknowledging) { return }
        var next = found.copy(write.state)
        for server in members(of: acknowledging) { next[server].hasWrite = true }
        let lost = Loss.violations(committedBy: write.leader, next, self)
        let event = Event(.commit, write.leader, others: acknowledging)
        add(&next, event, rules, lost, ending: !lost.isEmpty, to: &found)
    }

    // MARK: Faults

    func crash(_ state: SearchState, _ rules: SearchRules, to found: inout Successors) {
        for server in 0..<rules.tables.servers
        where state[server].isUp && !state[server].isOpaque && !isCovered(server, state) {
            var next = found.copy(state)
            next.crashes += 1
            next[server].goDown(crashed: true)
            add(&next, Event(.crash, server), rules, to: &found)
        }
    }

    func comeBack(_ state: SearchState, _ rules: SearchRules, to found: inout Successors) {
        for server in 0..<rules.tables.servers where state[server].isCrashed && !isCovered(server, state) {
            var next = found.copy(state)
            start(&next, server, program.nodes[state.node], rules)
            guard next[server].isUp else { continue }
            add(&next, Event(.comeback, server), rules, to: &found)
        }
    }
}
