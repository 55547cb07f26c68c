import EnsembleModel
import PlanLanguage

/// Who hears whom, who makes a quorum, who may follow and who may lead: the rules of elections as real servers keep them.
///
/// Most of it is put in place where it is used: a state that is handed over is otherwise copied, and it is large.
/// Sources are named at each; [LAB] of the domain notes means seen on 3.4.6, 3.4.14, 3.6.3 and 3.9.3.
struct SearchRules {
    let world: SearchWorld
    let tables: SearchTables

    init(world: SearchWorld) { (self.world, tables) = (world, world.tables) }

    func identity(_ cell: Cell) -> SearchIdentity { world.identities[cell.identity] }
    func membership(_ cell: Cell) -> SearchMembership { world.memberships[identity(cell).membership] }

    @inline(__always) func membershipNumber(_ cell: Cell) -> Int { tables.memberships[cell.identity] }
    @inline(__always) func sid(_ cell: Cell) -> Int32 { tables.ownSids[cell.identity] }
    @inline(__always) func is34(_ cell: Cell) -> Bool { tables.are34[cell.identity] }
    @inline(__always) func isStandalone(_ cell: Cell) -> Bool { tables.standalone[membershipNumber(cell)] }

    /// Whether `one` has the other's process in its configuration, under the myid that it runs with.
    @inline(__always) func lists(_ one: Cell, _ other: Cell, at server: Int) -> Bool {
        let sid = tables.sids[membershipNumber(one) * tables.servers + server]
        return sid >= 0 && sid == self.sid(other)
    }

    @inline(__always) func votes(_ one: Cell, for other: Cell, at server: Int) -> Bool {
        tables.voters[membershipNumber(one)] & 1 << UInt32(server) != 0 && lists(one, other, at: server)
    }

    /// Whether its own configuration has it vote.
    @inline(__always) func isParticipant(_ cell: Cell, at server: Int) -> Bool {
        tables.voters[membershipNumber(cell)] & 1 << UInt32(server) != 0 || isStandalone(cell)
    }

    @inline(__always) func isDeaf(_ cell: Cell, _ server: Int) -> Bool {
        cell.isOriginal && tables.deaf & 1 << UInt32(server) != 0
    }

    @inline(__always) private func isConnected(_ cell: Cell, _ server: Int) -> Bool {
        cell.isOriginal && tables.connected & 1 << UInt32(server) != 0
    }

    /// Whether the election connection of two servers can be there while both look for a leader.
    ///
    /// The larger myid opens it (`QuorumCnxManager.initiateConnection`); a smaller one that calls is called back, and on 3.4 only where
    /// the larger has its address in its configuration, later ones learn it from the call. Connections of processes that
    /// served together outlive a dead listener (ZOOKEEPER-2186, E8).
    @inline(__always) func areLinked(_ state: SearchState, _ one: Int, _ other: Int) -> Bool {
        let (a, b) = (state[one], state[other])
        if isConnected(a, one), isConnected(b, other) { return true }
        let (small, large) = sid(a) < sid(b) ? (one, other) : (other, one)
        let (smallCell, largeCell) = (state[small], state[large])
        guard !isDeaf(smallCell, small) else { return false }
        if lists(largeCell, smallCell, at: small) { return true }
        return lists(smallCell, largeCell, at: large) && !isDeaf(largeCell, large) && !is34(largeCell)
    }

    /// Whether `server`, which looks, gets an answer from `other`, which follows or leads: it has to call, since `other` has no reason to,
    /// so the listener of `other` has to live, and its own too where it has the smaller myid and is called back ([LAB] 3.4.6, E8).
    @inline(__always) func isAnswered(_ state: SearchState, _ server: Int, by other: Int) -> Bool {
        let (own, peer) = (state[server], state[other])
        guard votes(own, for: peer, at: other) else { return false }
        if isConnected(own, server), isConnected(peer, other) { return true }
        guard !isDeaf(peer, other) else { return false }
        if sid(own) > sid(peer) { return true }
        guard !isDeaf(own, server) else { return false }
        return lists(peer, own, at: server) || !is34(peer)
    }

    // MARK: Quorums

    /// Whether these servers decide by the configuration of `cell`.
    @inline(__always) func isQuorum(_ servers: UInt32, of cell: Cell, in state: SearchState) -> Bool {
        let number = membershipNumber(cell)
        let half = tables.halves[number]
        guard half >= 0 else {
            let ids = members(of: servers).filter { votes(cell, for: state[$0], at: $0) }
                .map { ServerID(Int(sid(state[$0]))) }
            return world.memberships[number].rule.containsQuorum(Set(ids))
        }
        var left = servers & tables.voters[number]
        guard left.nonzeroBitCount > half else { return false }
        var count = 0
        while left != 0 {
            let server = left.trailingZeroBitCount
            left &= left - 1
            if lists(cell, state[server], at: server) { count += 1 }
        }
        return count > half
    }

    /// Whether these servers' acknowledgements are enough for the leader. 3.4 counts every follower that takes part, also one
    /// that isn't in its configuration (`QuorumMaj.containsQuorum` of 3.4; C3).
    @inline(__always) func isEnough(_ servers: UInt32, for leader: Cell, in state: SearchState) -> Bool {
        let half = tables.halves[membershipNumber(leader)]
        guard is34(leader), half >= 0 else { return isQuorum(servers, of: leader, in: state) }
        guard servers.nonzeroBitCount > half else { return false }
        var count = 0
        for server in members(of: servers) where isParticipant(state[server], at: server) { count += 1 }
        return count > half
    }

    @inline(__always) func leading(_ state: SearchState) -> UInt32 {
        var mask: UInt32 = 0
        for server in 0..<tables.servers where state[server].isLeading { mask |= 1 << UInt32(server) }
        return mask
    }

    @inline(__always) func supporters(of leader: Int, in state: SearchState) -> UInt32 {
        var mask: UInt32 = 1 << UInt32(leader)
        for server in 0..<tables.servers where state[server].follows(leader) { mask |= 1 << UInt32(server) }
        return mask
    }

    /// Whether it counts itself what an acknowledgement has to come from.
    @inline(__always) func counts(_ leader: Cell, _ follower: Cell, at server: Int) -> Bool {
        is34(leader) && tables.halves[membershipNumber(leader)] >= 0
            ? isParticipant(follower, at: server) : votes(leader, for: follower, at: server)
    }

    /// Whether they are enough, and without any of them were not.
    func isFewest(_ servers: UInt32, _ leader: Cell, _ state: SearchState, besides: Int) -> Bool {
        let half = tables.halves[membershipNumber(leader)]
        if half >= 0 { return servers.nonzeroBitCount == half + 1 && isEnough(servers, for: leader, in: state) }
        guard isEnough(servers, for: leader, in: state) else { return false }
        return !members(of: servers).contains { server in
            server != besides && isEnough(servers & ~(1 << UInt32(server)), for: leader, in: state)
        }
    }

    // MARK: Joining

    /// Those of the voting members of its configuration that it hears follow or lead this leader.
    @inline(__always) func heard(_ server: Int, supporting leader: Int, in state: SearchState) -> UInt32 {
        var mask: UInt32 = 0
        for other in members(of: supporters(of: leader, in: state)) where other != server {
            if isAnswered(state, server, by: other) { mask |= 1 << UInt32(other) }
        }
        return mask
    }

    /// Whether a server that looks can follow this leader: the leader is in its configuration, answers, and at least a quorum of that
    /// configuration among the *others* follows or leads it (`FastLeaderElection.ooePredicate`, C2); and it hasn't promised a later epoch
    /// ("Leaders epoch is less than accepted epoch", C5).
    @inline(__always) func canJoin(_ server: Int, _ leader: Int, in state: SearchState) -> Bool {
        let (own, head) = (state[server], state[leader])
        guard own.isLooking, head.isLeading, server != leader else { return false }
        guard !isStandalone(head) else { return false }
        guard own.acceptedEpoch <= head.currentEpoch, isAnswered(state, server, by: leader) else { return false }
        return isQuorum(heard(server, supporting: leader, in: state), of: own, in: state)
    }

    // MARK: Electing

    /// The order of votes: epoch, last transaction, myid (`FastLeaderElection.totalOrderPredicate`).
    @inline(__always) func vote(_ state: SearchState, _ server: Int) -> UInt64 {
        let cell = state[server]
        let base = tables.bases[cell.base]
        let (epoch, rank) = cell.hasWrite ? (state.writeEpoch, 1 << 7) : (base.epoch, base.rank)
        return UInt64(cell.currentEpoch) << 48 | UInt64(epoch) << 40 | UInt64(rank) << 32
            | UInt64(UInt32(truncatingIfNeeded: sid(cell)))
    }

    /// Of servers that look: for each itself and the others whose votes count for it and that it hears, its vote, and how many of
    /// those its configuration wants, -1 under weights. It is handed on in place, since it is large.
    struct Electorate {
        var heard = InlineArray<24, UInt32>(repeating: 0)
        var wanted = InlineArray<24, Int8>(repeating: -1)
        var votes = InlineArray<24, UInt64>(repeating: 0)
        /// No fewer than these can elect anybody.
        var least = Int.max
    }

    @inline(__always) func electorate(_ voters: UInt32, in state: SearchState) -> Electorate {
        var found = Electorate()
        for server in members(of: voters) {
            let own = state[server]
            var heard: UInt32 = 1 << UInt32(server)
            for other in members(of: voters) where other != server {
                if votes(own, for: state[other], at: other), areLinked(state, server, other) {
                    heard |= 1 << UInt32(other)
                }
            }
            found.heard[server] = heard
            found.votes[server] = vote(state, server)
            let half = tables.halves[membershipNumber(own)]
            if half >= 0 { found.wanted[server] = Int8(clamping: half + (votes(own, for: own, at: server) ? 1 : 2)) }
            found.least = min(found.least, max(half + 1, 1))
        }
        return found
    }

    /// Who is elected when exactly these look and hear each other; nil where they can't agree. Each of them needs a quorum of its own
    /// configuration among those that it hears, and has to have the winner in it.
    @inline(__always) func winner(_ voters: UInt32, _ electorate: inout Electorate, in state: SearchState) -> Int? {
        var winner = voters.trailingZeroBitCount
        for server in members(of: voters) where electorate.votes[server] > electorate.votes[winner] { winner = server }
        for server in members(of: voters) {
            let heard = electorate.heard[server] & voters
            guard heard & 1 << UInt32(winner) != 0 else { return nil }
            let wanted = electorate.wanted[server]
            guard wanted >= 0 ? heard.nonzeroBitCount >= wanted : isQuorum(heard, of: state[server], in: state) else {
                return nil
            }
        }
        return winner
    }
}

/// The numbers of the servers in a mask, ascending.
func members(of mask: UInt32) -> ServerNumbers { ServerNumbers(mask: mask) }

struct ServerNumbers: Sequence, IteratorProtocol {
    var mask: UInt32

    mutating func next() -> Int? {
        guard mask != 0 else { return nil }
        let number = mask.trailingZeroBitCount
        mask &= mask - 1
        return number
    }
}
