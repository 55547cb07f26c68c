import EnsembleModel
import PlanLanguage

/// Events in the field's words, each with the servers as they are after it.
struct EventTeller {
    let search: Search

    private var world: SearchWorld { search.world }

    func name(_ server: Int) -> String { world.name(server) }
    func list(_ servers: UInt32) -> String { list(PlanVerification.members(of: servers).map { $0 }) }
    func list(_ servers: [Int]) -> String { words(servers.map(name)) }

    func members(_ membership: Int) -> String {
        let seats = world.memberships[membership].seats.sorted { $0.sid < $1.sid }
        return "{" + seats.map { "\($0.sid)" }.joined(separator: ", ") + "}"
    }

    /// The events that lead to the last state of the path, what goes as planned before the first accident as one.
    func trace(_ path: [Int]) -> [String] {
        let start = firstToTell(path)
        var lines: [String] = []
        let first = remembered(Array(path[...start]))
        if start > 0, let last = search.program.nodes[first.node].last {
            lines.append("all goes as planned to the end of \(last.step.id). Now \(situation(first))")
        } else {
            lines += quiet(first)
        }
        var old = first
        for number in path[(start + 1)...] {
            let new = remembering(old, number)
            defer { old = new }
            if let event = sentence(search.store.event(number), old, new) {
                let (was, now) = (situation(old), situation(new))
                lines.append(was == now ? event : "\(event). Now \(now)")
            }
            if old.node != new.node { lines += quiet(new) }
        }
        return lines
    }

    // MARK: Disks that the search forgets

    func remembered(_ path: [Int]) -> SearchState {
        path.dropFirst().reduce(search.store.state(path[0])) { remembering($0, $1) }
    }

    /// The state, with what lies on the disks of stopped servers that nobody starts any more.
    func remembering(_ before: SearchState, _ number: Int) -> SearchState {
        var state = search.store.state(number)
        for server in world.servers.indices
        where state[server] == Cell() && !clears(search.store.event(number), before, server) {
            state[server].takeDisk(of: before[server])
            if !state.hasWrite { state[server].hasWrite = false }
        }
        return state
    }

    private func clears(_ event: Event, _ before: SearchState, _ server: Int) -> Bool {
        guard event.kind == .step, case .perform(let operations) = search.program.nodes[before.node].work,
            operations.indices.contains(event.server), case .clearData(let cleared) = operations[event.server]
        else { return false }
        return world.number(cleared) == server
    }

    /// The state before the first crash or write; where there is neither, a few events before the end. Few are told from the beginning.
    private func firstToTell(_ path: [Int]) -> Int {
        let accident = path.indices.dropFirst().first { index in
            let kind = search.store.event(path[index]).kind
            return kind == .crash || kind == .commit
        }
        let start = accident.map { $0 - 1 } ?? path.count - 8
        return start > 1 ? start : 0
    }

    /// Steps that count at the next start only.
    private func quiet(_ state: SearchState) -> [String] {
        search.program.nodes[state.node].quiet.map { "\($0.step.id): \($0.step.title)" }
    }

    func sentence(_ event: Event, _ old: SearchState, _ new: SearchState) -> String? {
        switch event.kind {
        case .begin, .settled: return nil
        case .step: return step(event, old).map { $0 + consequences(old, new) }
        case .election: return election(event, old) + followers(old, new, besides: event.others)
        case .join:
            return "\(name(event.server)) joins \(list(event.others))"
                + followers(old, new, besides: 1 << UInt32(event.server))
        case .commit: return commit(event, new)
        case .crash: return "\(name(event.server)) crashes" + consequences(old, new)
        case .comeback:
            let membership = search.rules.identity(new[event.server]).membership
            return "\(name(event.server)) starts again, with the members \(members(membership)) that lie on its disk"
                + consequences(old, new)
        }
    }

    private func step(_ event: Event, _ old: SearchState) -> String? {
        let node = search.program.nodes[old.node]
        guard case .perform(let operations) = node.work, let id = node.next?.step.id else { return nil }
        if operations.allSatisfy(\.isStart) {
            return "\(id): start " + words(operations.flatMap(\.servers).compactMap { world.number($0) }.map(name))
        }
        guard operations.indices.contains(event.server) else { return nil }
        let operation = operations[event.server]
        switch operation {
        case .require: return "\(id): what it requires holds"
        case .wait: return "\(id): what it waits for holds"
        default: break
        }
        if case .stop(let server, limit: _) = operation {
            return "\(id): stop \(world.number(server).map(name) ?? "\(server)")"
        }
        return "\(id): \(operation.summary)"
    }

    private func election(_ event: Event, _ old: SearchState) -> String {
        let leader = event.server
        let voters = PlanVerification.members(of: event.others).map { $0 }
        let head = old[leader]
        let sid = search.rules.identity(head).sid
        var text = "\(list(voters)) \(voters.count == 1 ? "elects" : "elect") \(name(leader)) (myid \(sid)) as leader"
        if head.base == 0 {
            text += " with an empty tree"
        } else if old.hasWrite, !head.hasWrite {
            text += " without the write"
        }
        var late: [String] = []
        let membership = search.rules.membership(head)
        for server in world.servers.indices
        where event.others & 1 << UInt32(server) == 0 && membership.sids[server] >= 0 {
            let cell = old[server]
            if cell.isCrashed { late.append("\(name(server)) is down") }
            guard cell.isLooking, search.rules.lists(head, cell, at: server) else { continue }
            late.append(
                !cell.isOriginal && cell.base != 0
                    ? "\(name(server)) is still loading its snapshot" : "\(name(server)) is slow to answer")
        }
        return late.isEmpty ? text : text + ": " + words(late)
    }

    private func commit(_ event: Event, _ new: SearchState) -> String {
        let head = new[event.server]
        let unlisted = PlanVerification.members(of: event.others).filter {
            !search.rules.votes(head, for: new[$0], at: $0) && $0 != event.server
        }
        var text = "\(name(event.server)) commits a write that \(list(event.others)) acknowledge"
        if !unlisted.isEmpty {
            text += " (3.4 counts \(list(unlisted)), which the configuration of \(name(event.server)) doesn't list)"
        }
        let behind = world.servers.indices.filter { new[$0].follows(event.server) && !new[$0].hasWrite }
        return behind.isEmpty ? text : text + "; \(list(behind)) \(behind.count == 1 ? "has" : "have") yet to get it"
    }

    private func consequences(_ old: SearchState, _ new: SearchState) -> String {
        let lost = world.servers.indices.filter {
            old[$0].isUp && old[$0].role != .looking && new[$0].isLooking
        }
        let text = lost.isEmpty ? "" : "; \(list(lost)) \(lost.count == 1 ? "looks" : "look") for a leader"
        return text + followers(old, new, besides: 0)
    }

    private func followers(_ old: SearchState, _ new: SearchState, besides: UInt32) -> String {
        let joined = world.servers.indices.filter {
            besides & 1 << UInt32($0) == 0 && new[$0].isUp && new[$0].role == .following
                && !(old[$0].isUp && old[$0].role == .following && old[$0].leader == new[$0].leader)
        }
        return joined.isEmpty ? "" : "; \(list(joined)) \(joined.count == 1 ? "follows" : "follow")"
    }

    // MARK: The servers

    /// `zk3 leads zk1, zk2; zk4 looks, empty; zk5 stopped; the others stopped, empty`
    func situation(_ state: SearchState) -> String {
        var parts: [String] = []
        for leader in world.servers.indices where state[leader].isLeading {
            let followers = world.servers.indices.filter { state[$0].follows(leader) }
            parts.append("\(name(leader)) leads" + (followers.isEmpty ? " alone" : " " + list(followers)))
        }
        let looking = world.servers.indices.filter { state[$0].isLooking }
        let (empty, full) = (looking.filter { state[$0].base == 0 }, looking.filter { state[$0].base != 0 })
        if !full.isEmpty { parts.append("\(list(full)) \(full.count == 1 ? "looks" : "look")") }
        if !empty.isEmpty { parts.append("\(list(empty)) \(empty.count == 1 ? "looks" : "look"), empty") }
        let crashed = world.servers.indices.filter { state[$0].isCrashed }
        if !crashed.isEmpty { parts.append("\(list(crashed)) down") }
        let unknown = world.servers.indices.filter { state[$0].isUp && state[$0].isOpaque }
        if !unknown.isEmpty { parts.append("\(list(unknown)) up, with a configuration that isn't known") }
        parts += stopped(state, isAlone: parts.isEmpty)
        if state.hasWrite {
            let holders = world.servers.indices.filter { state[$0].hasWrite }
            parts.append(holders.isEmpty ? "nobody has the write" : "the write is on \(list(holders))")
        }
        return parts.isEmpty ? "nothing runs" : parts.joined(separator: "; ")
    }

    /// By name where a disk still counts.
    private func stopped(_ state: SearchState, isAlone: Bool) -> [String] {
        let down = world.servers.indices.filter { !state[$0].isUp && !state[$0].isCrashed }
        let live = search.program.live[state.node]
        let named = down.filter { state[$0].base != 0 && live & 1 << UInt32($0) != 0 }
        let others = down.filter { !named.contains($0) }
        var parts = named.isEmpty ? [] : ["\(list(named)) stopped"]
        if !others.isEmpty, !(isAlone && named.isEmpty) {
            let who = others.count == 1 ? list(others) : "the others"
            parts.append("\(who) stopped" + (others.allSatisfy { state[$0].base == 0 } ? ", empty" : ""))
        }
        return parts
    }
}

/// `a, b and c`
func words(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
}
