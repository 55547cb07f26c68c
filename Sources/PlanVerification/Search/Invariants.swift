import EnsembleModel
import PlanLanguage

/// What must never be, each as one type: it looks at a state or an event and tells what is wrong.
struct Violation {
    struct What: Hashable {
        var code: HazardCode
        /// The servers concerned; what they are to it depends on the code.
        var servers: UInt32
        /// The blocked server, or the leader.
        var server: Int
        /// Said of everything, not of one write.
        var isTotal = false
    }

    struct Key: Hashable {
        var code: HazardCode
        /// The step of the stage: once a step is enough.
        var step: String?
        var takesCrash: Bool
    }

    var what: What
    var place: SearchProgram.Place?
    /// Its number among the states seen.
    var state: Int
}

/// `data-loss`, and `lost-writes` where the loss lies between an ensemble and one that began from a copy of its data.
enum Loss {
    /// A leader is elected without what was committed in its lineage.
    static func violations(
        leader: Int, _ state: SearchState, _ search: Search, _ tables: SearchTables
    ) -> [Violation.What] {
        let head = state[leader]
        guard head.base != 0 else { return emptyLeader(leader, state, search) }
        let base = tables.bases[head.base]
        if base.rank < tables.committedRanks[base.lineage] {
            let code: HazardCode = head.copy > 0 ? .lostWrites : .dataLoss
            return [Violation.What(code: code, servers: 0, server: leader, isTotal: true)]
        }
        guard state.hasWrite, !head.hasWrite, base.lineage == tables.bases[state.writeBase].lineage else { return [] }
        let world = search.world
        return code(of: head, state, world).map {
            [Violation.What(code: $0, servers: holders(state, world), server: leader)]
        }
            ?? []
    }

    /// A write is committed while an ensemble that serves from a copy doesn't get it.
    static func violations(committedBy leader: Int, _ state: SearchState, _ search: Search) -> [Violation.What] {
        let world = search.world
        let lineage = world.bases[state.writeBase].lineage
        for other in world.servers.indices where other != leader && state[other].isLeading {
            let cell = state[other]
            guard world.bases[cell.base].lineage == lineage, cell.copy > state.writeCopy,
                code(of: cell, state, world) == .lostWrites
            else { continue }
            return [Violation.What(code: .lostWrites, servers: holders(state, world), server: other)]
        }
        return []
    }

    /// The step that ended the writer's ensemble for good, where that came before the new one served; nil where both served at once.
    static func endOfWindow(_ number: Int, _ search: Search) -> SearchProgram.Place? {
        let path = search.path(to: number)
        guard let commit = path.lastIndex(where: { search.store.event($0).kind == .commit }) else { return nil }
        let own = search.store.state(path[commit]).writeMembership
        let rules = search.rules
        let serving = path[commit...].lastIndex { number in
            let state = search.store.state(number)
            return search.world.servers.indices.contains { server in
                state[server].isLeading && !state[server].isOpaque
                    && rules.membership(state[server]).isRelated(to: search.world.memberships[own])
            }
        }
        let end = (serving ?? commit) + 1
        return end < path.count ? search.program.nodes[search.store.state(path[end]).node].last : nil
    }

    /// nil where the leader's ensemble is another one, which doesn't come from the writer's.
    private static func code(of leader: Cell, _ state: SearchState, _ world: SearchWorld) -> HazardCode? {
        let own = world.memberships[world.identities[leader.identity].membership]
        let writer = world.memberships[state.writeMembership]
        if own.isRelated(to: writer) || leader.copy == state.writeCopy { return .dataLoss }
        return leader.copy > state.writeCopy ? .lostWrites : nil
    }

    private static func holders(_ state: SearchState, _ world: SearchWorld) -> UInt32 {
        world.servers.indices.reduce(0) { state[$1].hasWrite ? $0 | 1 << UInt32($1) : $0 }
    }

    /// An empty leader of an ensemble of which a member has, or had, data.
    private static func emptyLeader(_ leader: Int, _ state: SearchState, _ search: Search) -> [Violation.What] {
        let world = search.world
        let membership = search.rules.membership(state[leader])
        let node = search.program.nodes[state.node]
        let had = world.holders.reduce(0, |)
        var losers: UInt32 = 0
        for server in world.servers.indices where membership.sids[server] >= 0 {
            let cell = state[server]
            guard cell.base != 0 || had & 1 << UInt32(server) != 0 else { continue }
            let identity = cell.isUp && !cell.isOpaque ? cell.identity : node.disk[server]
            guard identity >= 0, world.identities[identity].sid == membership.sids[server] else { continue }
            losers |= 1 << UInt32(server)
        }
        guard losers != 0 else { return [] }
        return [Violation.What(code: .dataLoss, servers: losers, server: leader, isTotal: true)]
    }
}

/// Two leaders of one lineage that can both commit.
enum SplitBrain {
    static func violations(leader: Int, _ state: SearchState, _ search: Search, _ rules: SearchRules) -> [Violation
        .What]
    {
        let others = rules.leading(state) & ~(1 << UInt32(leader))
        guard others != 0 else { return [] }
        let world = search.world
        for other in members(of: others) {
            let lineage = world.bases[state[leader].base].lineage
            guard !state[other].isOpaque, world.bases[state[other].base].lineage == lineage,
                lineage != world.bases[world.freshBase].lineage
                    || search.rules.membership(state[leader]).isRelated(to: search.rules.membership(state[other]))
            else { continue }
            return [
                Violation.What(code: .splitBrain, servers: 1 << UInt32(leader) | 1 << UInt32(other), server: leader)
            ]
        }
        return []
    }
}

/// Two groups of running servers, each a quorum of the configuration that it has loaded, that share no server: nothing but luck keeps
/// both from committing.
enum Disjoint {
    static func violations(_ state: SearchState, _ search: Search) -> [Violation.What] {
        let world = search.world
        guard world.memberships.count > 1 else { return [] }
        var loaded = [UInt32](repeating: 0, count: world.memberships.count)
        for server in world.servers.indices where state[server].isUp && !state[server].isOpaque {
            loaded[search.rules.membershipNumber(state[server])] |= 1 << UInt32(server)
        }
        let able = loaded.indices.filter { number in
            guard loaded[number] != 0 else { return false }
            return search.rules.isQuorum(loaded[number], of: state[loaded[number].trailingZeroBitCount], in: state)
        }
        for (place, one) in able.enumerated() {
            for other in able[(place + 1)...] where world.memberships[one].isRelated(to: world.memberships[other]) {
                return [
                    Violation.What(
                        code: .disjointQuorums, servers: loaded[one] | loaded[other],
                        server: loaded[one].trailingZeroBitCount)
                ]
            }
        }
        return []
    }
}

/// `no-join`: nothing more happens by itself, and a server that was started looks for a leader although one serves, or although the
/// plan waits for it. Where it takes a crash to come there, it is `fragile`.
enum Stuck {
    static func violations(_ state: SearchState, _ search: Search, planGoesOn: Bool) -> [Violation.What] {
        let world = search.world
        guard !world.servers.indices.contains(where: { state[$0].isCrashed }) else { return [] }
        let node = search.program.nodes[state.node]
        let awaited = planGoesOn ? 0 : node.waitedFor
        // A server that served and finds no leader now may be about to be restarted.
        var started = UInt32.max
        if state.crashes == 0, node.cursor.instruction < search.program.count {
            started = node.started
        }
        for server in members(of: (started | awaited) & ((1 << UInt32(world.servers.count)) - 1))
        where state[server].isLooking && !state[server].isOriginal
            && (state.crashes == 0 || world.broken & 1 << UInt32(server) == 0)
        {
            let own = search.rules.membership(state[server])
            let serves = world.servers.indices.contains { leader in
                state[leader].isLeading && !state[leader].isOpaque
                    && search.rules.membership(state[leader]).isRelated(to: own)
            }
            guard serves || awaited & 1 << UInt32(server) != 0 else { continue }
            let code: HazardCode = state.crashes > 0 ? .fragile : .noJoin
            return [Violation.What(code: code, servers: 0, server: server)]
        }
        return []
    }
}
