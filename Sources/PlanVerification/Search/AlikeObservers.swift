import EnsembleModel

/// Observers that differ in nothing but their names, and of which the plan says nothing any more: what happens to one of them needn't be
/// explored for the next.
///
/// Voters are never alike: of two that have the same data the one with the larger myid leads, so that what follows differs where they
/// change places.
struct AlikeObservers {
    /// What has to be the same from the beginning.
    private struct Kind: Hashable {
        var isConnected: Bool
        var isBroken: Bool
        var held: [Bool]
        /// How many voters have a smaller myid: it decides who calls whom.
        var voterBelow: Int
    }

    private let world: SearchWorld
    private let program: SearchProgram
    /// For each server those before it that are of its kind.
    private let earlier: [UInt32]
    private let memberships: Int

    init(_ world: SearchWorld, _ program: SearchProgram) {
        (self.world, self.program) = (world, program)
        memberships = world.memberships.count
        let kinds = world.servers.indices.map { program.followsProcesses ? nil : Self.kind($0, world) }
        earlier = kinds.indices.map { server in
            guard let kind = kinds[server] else { return 0 }
            return kinds[..<server].indices.reduce(0) { kinds[$1] == kind ? $0 | 1 << UInt32($1) : $0 }
        }
    }

    /// nil where it votes in some configuration, or isn't in each under the same myid.
    private static func kind(_ server: Int, _ world: SearchWorld) -> Kind? {
        let bit: UInt32 = 1 << UInt32(server)
        let sids = Set(world.memberships.map { $0.sids[server] })
        guard sids.count == 1, let sid = sids.first, sid >= 0, world.deaf & bit == 0,
            world.memberships.allSatisfy({ $0.voters & bit == 0 && !$0.isStandalone }),
            world.hosts.count(where: { $0 == world.hosts[server] }) == 1
        else { return nil }
        let voters = Set(world.memberships.flatMap { $0.rule.participants.map(\.rawValue) })
        return Kind(
            isConnected: world.connected & bit != 0, isBroken: world.broken & bit != 0,
            held: world.holders.map { $0 & bit != 0 }, voterBelow: voters.count { $0 < sid })
    }

    /// Whether one before it is like it in this state, so that the same can happen to that one.
    func isCovered(_ server: Int, _ state: SearchState) -> Bool {
        let named = program.named[state.node]
        let candidates = earlier[server] & ~named
        guard candidates != 0, named & 1 << UInt32(server) == 0, world.memberships.count == memberships else {
            return false
        }
        return members(of: candidates).contains { other in
            guard state[server].bitsButIdentity == state[other].bitsButIdentity,
                load(program.disk(state.node, server), server, program.disk(state.node, other), other)
            else { return false }
            return !state[server].isUp || load(state[server].identity, server, state[other].identity, other)
        }
    }

    /// Whether both load the same, each under the myid that everyone knows it by.
    private func load(_ one: Int, _ server: Int, _ two: Int, _ other: Int) -> Bool {
        guard one >= 0, two >= 0 else { return false }
        let (a, b) = (world.identities[one], world.identities[two])
        let sids = world.memberships[a.membership].sids
        return a.membership == b.membership && a.version == b.version && a.sid == sids[server] && b.sid == sids[other]
    }
}
