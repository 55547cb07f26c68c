import EnsembleModel

/// Whether a committed write can still be lost.
///
/// It can't where its holders are in every quorum of every configuration that is or will be in use, none of them is yet to be cleared,
/// nobody without it has a later epoch, and no ensemble comes from a copy without it: then every later leader is elected with a holder's
/// vote, and votes are for the newest history (section F of the domain notes). Such a write needn't be followed any longer.
struct WriteSafety {
    let search: Search

    func isAtRisk(_ state: SearchState) -> Bool {
        let (world, program) = (search.world, search.program)
        let ahead = program.ahead[program.places[state.node]]
        let write = world.identityMemberships[state.writeIdentity]
        let lineage = world.bases[state.writeBase].lineage
        var inUse = ahead.memberships
        var holders: UInt32 = 0
        for server in world.servers.indices {
            let cell = state[server]
            let isOfLineage = cell.base != 0 && world.bases[cell.base].lineage == lineage
            guard let identity = identity(of: server, state) else {
                if isOfLineage, !cell.hasWrite { return true }
                continue
            }
            let membership = world.identityMemberships[identity]
            let isRelated = world.areRelated(membership, write)
            if cell.isUp { inUse |= 1 << UInt64(min(membership, 63)) }
            if cell.hasWrite {
                if ahead.cleared & 1 << UInt32(server) == 0 { holders |= 1 << UInt32(server) }
            } else if ahead.copies, isOfLineage || isRelated {
                return true
            } else if isRelated {
                if cell.currentEpoch > state.writeEpoch { return true }
            } else if isOfLineage, cell.copy >= state.writeCopy {
                return true
            }
        }
        inUse &= world.related[write]
        if inUse >> 63 != 0 { return true }
        while inUse != 0 {
            let membership = inUse.trailingZeroBitCount
            inUse &= inUse - 1
            if canDecideWithout(holders, membership, state) { return true }
        }
        return false
    }

    /// What it runs with, or would.
    private func identity(of server: Int, _ state: SearchState) -> Int? {
        let cell = state[server]
        if cell.isUp { return cell.isOpaque ? nil : cell.identity }
        let disk = search.program.disk(state.node, server)
        return disk >= 0 ? disk : nil
    }

    private func canDecideWithout(_ holders: UInt32, _ membership: Int, _ state: SearchState) -> Bool {
        let world = search.world
        var have: [Int] = []
        for server in members(of: holders & world.voters[membership]) {
            guard let identity = identity(of: server, state) else { continue }
            let sid = Int(world.identitySids[identity])
            if Int(world.sids[membership * world.servers.count + server]) == sid, !have.contains(sid) {
                have.append(sid)
            }
        }
        let rule = world.memberships[membership].rule
        let half = world.halves[membership]
        if half >= 0 { return rule.participants.count - have.count > half }
        return rule.containsQuorum(rule.participants.subtracting(have.map { ServerID($0) }))
    }
}
