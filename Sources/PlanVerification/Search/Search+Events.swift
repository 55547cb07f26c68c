/// What happens by itself, or by accident.
extension Search {
    // MARK: Elections

    /// Any quorum of those that look may elect, the others being slow. Where all are alike only who wins makes a difference.
    func elect(_ state: SearchState) {
        var voters: UInt32 = 0
        for server in world.servers.indices
        where state[server].isLooking && rules.isParticipant(state[server], at: server) {
            voters |= 1 << UInt32(server)
        }
        guard voters != 0 else { return }
        if options.reduces, let size = quorumOfAlike(voters, state) {
            electAmongAlike(voters, size, state)
            return
        }
        var subset = voters
        while subset != 0 {
            if let winner = rules.winner(subset, in: state) { establish(winner, subset, state) }
            subset = (subset - 1) & voters
        }
    }

    /// The size of a quorum where all that look have one configuration and one history, and hear each other: then whoever wins has the
    /// same history, and the others join at once.
    private func quorumOfAlike(_ voters: UInt32, _ state: SearchState) -> Int? {
        let first = voters.trailingZeroBitCount
        let membership = rules.membershipNumber(state[first])
        let half = world.halves[membership]
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

    private func electAmongAlike(_ voters: UInt32, _ size: Int, _ state: SearchState) {
        let order = members(of: voters).sorted { rules.vote(state, $0) < rules.vote(state, $1) }
        guard order.count >= size else { return }
        for place in (size - 1)..<order.count {
            let others = order[..<place].prefix(size - 1)
            establish(order[place], others.reduce(1 << UInt32(order[place])) { $0 | 1 << UInt32($1) }, state)
        }
    }

    /// Election, discovery and synchronisation of the quorum that they need are one event here; the new epoch is one more than any that
    /// these servers have promised (`Leader.getEpochToPropose`).
    private func establish(_ leader: Int, _ voters: UInt32, _ state: SearchState) {
        var next = state
        var epoch = 0
        for server in members(of: voters) { epoch = max(epoch, state[server].acceptedEpoch) }
        epoch = min(epoch + 1, SearchState.greatestEpoch)
        let found = Loss.violations(leader: leader, state, self)
        var head = next[leader]
        head.role = .leading
        head.leader = leader
        (head.acceptedEpoch, head.currentEpoch) = (epoch, epoch)
        if head.base == 0 { head.base = world.freshBase }
        next[leader] = head
        for server in members(of: voters) where server != leader { follow(&next, server, leader) }
        let split = SplitBrain.violations(leader: leader, next, self)
        add(next, Event(.election, leader, others: voters), found + split, ending: !found.isEmpty)
    }

    // MARK: Joining

    func join(_ state: SearchState) {
        for server in world.servers.indices where state[server].isLooking {
            for leader in members(of: leaders(for: server, in: state)) {
                var next = state
                follow(&next, server, leader)
                add(next, Event(.join, server, others: 1 << UInt32(leader)))
            }
        }
    }

    // MARK: Writes

    /// A leader commits what a quorum acknowledges, itself included. Only the fewest acknowledgements are explored, and one write at a
    /// time: whoever else had it would only make its loss less likely.
    func commit(_ state: SearchState) {
        for leader in world.servers.indices where state[leader].isLeading {
            let head = state[leader]
            guard !head.isOpaque else { continue }
            if rules.isStandalone(head) {
                commit(leader, 1 << UInt32(leader), state)
                continue
            }
            let supporters = rules.supporters(of: leader, in: state)
            var counted: UInt32 = 0
            for server in members(of: supporters)
            where server != leader && rules.counts(head, state[server], at: server) { counted |= 1 << UInt32(server) }
            var subset = counted
            while true {
                let acknowledging = subset | 1 << UInt32(leader)
                if isFewest(acknowledging, head, state, besides: leader) { commit(leader, acknowledging, state) }
                guard subset != 0 else { break }
                subset = (subset - 1) & counted
            }
        }
    }

    private func isFewest(_ servers: UInt32, _ leader: Cell, _ state: SearchState, besides: Int) -> Bool {
        let half = world.halves[rules.membershipNumber(leader)]
        if half >= 0, servers.nonzeroBitCount != half + 1 { return false }
        guard rules.isEnough(servers, for: leader, in: state) else { return false }
        return !members(of: servers).contains { server in
            server != besides && rules.isEnough(servers & ~(1 << UInt32(server)), for: leader, in: state)
        }
    }

    private func commit(_ leader: Int, _ acknowledging: UInt32, _ state: SearchState) {
        var next = state
        next.hasWrite = true
        next.writeEpoch = state[leader].currentEpoch
        next.writeBase = state[leader].base
        next.writeCopy = state[leader].copy
        next.writeIdentity = state[leader].identity
        for server in members(of: acknowledging) { next[server].hasWrite = true }
        let found = Loss.violations(committedBy: leader, next, self)
        add(next, Event(.commit, leader, others: acknowledging), found, ending: !found.isEmpty)
    }

    // MARK: Faults

    func crash(_ state: SearchState) {
        for server in world.servers.indices where state[server].isUp && !state[server].isOpaque {
            var next = state
            next.crashes += 1
            next[server].goDown(crashed: true)
            add(next, Event(.crash, server))
        }
    }

    func comeBack(_ state: SearchState) {
        for server in world.servers.indices where state[server].isCrashed {
            var next = state
            start(&next, server, program.nodes[state.node])
            guard next[server].isUp else { continue }
            add(next, Event(.comeback, server))
        }
    }
}
