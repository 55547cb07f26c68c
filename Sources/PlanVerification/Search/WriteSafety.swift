import EnsembleModel

/// Whether a committed write can still be lost, whoever has it.
///
/// It can't where its holders are in every quorum of every configuration that is or will be in use, none of them is yet to be cleared,
/// nobody without it has a later epoch, and no ensemble comes from a copy without it: then every later leader is elected with a holder's
/// vote, and votes are for the newest history (section F of the domain notes). Such a write needn't be followed any longer.
struct WriteSafety {
    private let search: Search
    private let state: SearchState
    private let tables: SearchTables
    /// Servers with which it is lost one day, unless they have it.
    private var exposed: UInt32 = 0
    /// Whose data stay, and count under some configuration.
    private var lasting: UInt32 = 0
    /// Related configurations that are or will be in use, a bit for each.
    private var inUse: UInt64

    /// - Parameter state: with the write's epoch, history and configuration; who has it makes no difference here.
    init(_ search: Search, _ state: SearchState) {
        (self.search, self.state) = (search, state)
        let (world, program) = (search.world, search.program)
        tables = world.tables
        let ahead = program.ahead[program.places[state.node]]
        let write = state.writeMembership
        let lineage = world.bases[state.writeBase].lineage
        inUse = ahead.memberships
        for server in world.servers.indices {
            let bit: UInt32 = 1 << UInt32(server)
            let cell = state[server]
            let isOfLineage = cell.base != 0 && world.bases[cell.base].lineage == lineage
            guard let identity = identity(of: server) else {
                if isOfLineage { exposed |= bit }
                continue
            }
            let membership = tables.memberships[identity]
            let isRelated = tables.areRelated(membership, write)
            if cell.isUp { inUse |= 1 << UInt64(min(membership, 63)) }
            if ahead.cleared & bit == 0 { lasting |= bit }
            let isExposed: Bool =
                if ahead.copies, isOfLineage || isRelated {
                    true
                } else if isRelated {
                    cell.currentEpoch > state.writeEpoch
                } else {
                    isOfLineage && cell.copy >= state.writeCopy
                }
            if isExposed { exposed |= bit }
        }
        inUse &= tables.related[write]
    }

    func isAtRisk(_ holders: UInt32) -> Bool {
        guard exposed & ~holders == 0, inUse >> 63 == 0 else { return true }
        var left = inUse
        while left != 0 {
            if canDecide(left.trailingZeroBitCount, without: holders & lasting) { return true }
            left &= left - 1
        }
        return false
    }

    /// What it runs with, or would.
    private func identity(of server: Int) -> Int? {
        let cell = state[server]
        if cell.isUp { return cell.isOpaque ? nil : cell.identity }
        let disk = search.program.disk(state.node, server)
        return disk >= 0 ? disk : nil
    }

    private func canDecide(_ membership: Int, without holders: UInt32) -> Bool {
        // Two servers of one host have one seat.
        var seats: UInt32 = 0
        for server in members(of: holders & tables.voters[membership]) {
            guard let identity = identity(of: server) else { continue }
            if tables.sids[membership * tables.servers + server] == tables.ownSids[identity] {
                seats |= tables.firstOfHost[server]
            }
        }
        let half = tables.halves[membership]
        if half >= 0 { return tables.participants[membership] - seats.nonzeroBitCount > half }
        let rule = search.world.memberships[membership].rule
        let have = members(of: seats).map { ServerID(Int(tables.sids[membership * tables.servers + $0])) }
        return rule.containsQuorum(rule.participants.subtracting(have))
    }
}
