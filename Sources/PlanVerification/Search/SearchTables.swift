/// What the search asks for all the time, in rows of numbers that never change: once something is added to the world there are new
/// tables, so that nobody has to look whether they are being written.
final class SearchTables: Sendable {
    let servers: Int
    /// The bit of the first server on each server's host.
    let firstOfHost: [UInt32]
    /// Of each membership the myids of all servers in a row; -1 where one isn't listed.
    let sids: [Int32]
    /// Of each membership the servers whose seat votes, how many seats vote, and the count that a majority is above, -1 under weights.
    let voters: [UInt32]
    let participants: [Int]
    let halves: [Int]
    let standalone: [Bool]
    /// For each membership those that are related to it, itself included.
    let related: [UInt64]
    /// Of each identity.
    let memberships: [Int]
    let ownSids: [Int32]
    let are34: [Bool]
    /// Servers whose process of the beginning has a dead election listener, and those whose process was in a serving ensemble, so that
    /// it has a connection with each other such process.
    let deaf: UInt32
    let connected: UInt32
    let bases: [SearchBase]
    /// For each lineage the rank that was committed by the beginning, where that is known.
    let committedRanks: [Int]
    /// Epochs up to this are in use at the beginning.
    let firstFreeEpoch: Int

    init(
        firstOfHost: [UInt32], _ memberships: [SearchMembership], _ identities: [SearchIdentity], deaf: UInt32,
        connected: UInt32, _ bases: [SearchBase], _ committedRanks: [Int],
        firstFreeEpoch: Int
    ) {
        (self.deaf, self.connected) = (deaf, connected)
        (self.bases, self.committedRanks, self.firstFreeEpoch) = (bases, committedRanks, firstFreeEpoch)
        servers = firstOfHost.count
        self.firstOfHost = firstOfHost
        sids = memberships.flatMap { $0.sids.map { Int32(truncatingIfNeeded: $0) } }
        voters = memberships.map(\.voters)
        participants = memberships.map(\.participants)
        halves = memberships.map { $0.half ?? -1 }
        standalone = memberships.map(\.isStandalone)
        related = memberships.map { one in
            memberships.indices.reduce(0) { mask, other in
                memberships[other].isRelated(to: one) ? mask | 1 << UInt64(min(other, 63)) : mask
            }
        }
        self.memberships = identities.map(\.membership)
        ownSids = identities.map { Int32(truncatingIfNeeded: $0.sid) }
        are34 = identities.map(\.is34)
    }

    func areRelated(_ one: Int, _ other: Int) -> Bool { related[one] & 1 << UInt64(min(other, 63)) != 0 }
}
