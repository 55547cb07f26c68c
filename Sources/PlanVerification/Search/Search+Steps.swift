import EnsembleModel
import PlanLanguage

/// What the plan itself does to a state.
extension Search {
    func step(_ state: SearchState, to found: inout Successors) {
        let node = program.nodes[state.node]
        switch node.work {
        case .end: break
        case .rewrite:
            var next = found.copy(state)
            next.node = program.after(state.node)
            add(&next, Event(.settled), rules, to: &found)
        case .settle(let servers):
            var next = found.copy(state)
            guard settle(&next, servers) else { return }
            next.node = program.after(state.node)
            add(&next, Event(.settled), rules, to: &found)
        case .choose(let rolling, let remaining):
            for choice in choices(rolling, remaining, state) {
                var next = found.copy(state)
                next.node = program.after(state.node, choice)
                add(&next, Event(.step, choice), rules, to: &found)
            }
        case .perform(let operations):
            if node.startsServers {
                var next = found.copy(state)
                for operation in operations { perform(operation, &next, node) }
                next.node = program.after(state.node)
                add(&next, Event(.step), rules, to: &found)
                return
            }
            for choice in operations.indices {
                var next = found.copy(state)
                guard perform(operations[choice], &next, node) else { continue }
                next.node = program.after(state.node, choice)
                add(&next, Event(.step, choice), rules, to: &found)
            }
        }
    }

    /// The order of a rolling step, as the run resolves it before each server: the leader of now last.
    private func choices(_ rolling: ResolvedStep.Rolling, _ remaining: UInt32, _ state: SearchState) -> [Int] {
        let left = members(of: remaining).map { $0 }
        switch rolling.order {
        case .listed: return Array(left.prefix(1))
        case .ascendingMyid:
            let planned = program.nodes[state.node].planned
            let order = rolling.order(in: planned)
            return left.min { order.firstIndex(of: rolling.servers[$0])! < order.firstIndex(of: rolling.servers[$1])! }
                .map { [$0] } ?? []
        case .leaderLast:
            let rolled = program.nodes[state.node].rolled
            let leads = { (index: Int) in rolled[index] >= 0 && state[rolled[index]].isLeading }
            if left.contains(where: leads) { return Array((left.filter { !leads($0) } + left.filter(leads)).prefix(1)) }
            // One of the others leads, or nobody does for the moment.
            return Array(left.prefix(1))
        }
    }

    /// false where it can't be done, or what it requires doesn't hold.
    @discardableResult private func perform(
        _ operation: Operation, _ state: inout SearchState, _ node: SearchProgram.Node
    ) -> Bool {
        switch operation {
        case .require(let conditions), .wait(let conditions, _):
            return conditions.allSatisfy { holds($0, &state) }
        case .stop(let server, _):
            guard let number = world.number(server) else { return true }
            state[number].goDown(crashed: false)
        case .start(let server, _, _):
            guard let number = world.number(server) else { return true }
            start(&state, number, node, rules)
        case .clearData(let server):
            guard let number = world.number(server) else { return true }
            guard !state[number].isUp else { return false }
            state[number].emptyDisk()
        case .copyData(let source, let target):
            return copy(&state, source, target)
        case .reconfig(let through, let add, let remove):
            return reconfigure(&state, through, add, remove)
        case .rollbackPoint, .confirm, .setMyid, .editFile, .putFile, .install, .persistZnodes, .command: break
        }
        return true
    }

    /// A process loads what lies on its disk now. One that has no valid configuration ends at once, and so does one whose ports are taken.
    func start(_ state: inout SearchState, _ server: Int, _ node: SearchProgram.Node, _ rules: SearchRules) {
        guard !state[server].isUp else { return }
        state[server].isCrashed = false
        let hosts = rules.tables.firstOfHost
        for other in hosts.indices where other != server && hosts[other] == hosts[server] && state[other].isUp {
            return
        }
        guard node.disk[server] >= 0 else {
            // What can't be known may well be right.
            guard node.planned.servers[world.servers[server]]?.config == nil else { return }
            state[server].isUp = true
            state[server].isOpaque = true
            return
        }
        state[server].isUp = true
        state[server].identity = node.disk[server]
        state[server].look()
        guard rules.isStandalone(state[server]) else { return }
        state[server].role = .leading
        if state[server].base == 0 { state[server].base = world.freshBase }
    }

    /// A running source is as good as a stopped one: a fuzzy snapshot and the log that covers it.
    private func copy(_ state: inout SearchState, _ source: ServerName, _ target: ServerName) -> Bool {
        guard let from = world.number(source), let to = world.number(target), !state[to].isUp else { return false }
        state[to].takeDisk(of: state[from])
        let copies = program.copies
        state[to].copy = copies[SearchProgram.Copy(source: source, target: target)] ?? 0
        return true
    }

    /// Needs a leader with a quorum of the new members connected (C8); everyone who follows it knows the new members at once.
    private func reconfigure(
        _ state: inout SearchState, _ through: ServerName, _ add: [String], _ remove: [ServerID]
    ) -> Bool {
        guard let number = world.number(through), state[number].isUp, !state[number].isOpaque else { return false }
        let leader = state[number].isLeading ? number : state[number].leader
        guard state[leader].isLeading else { return false }
        let followers = rules.supporters(of: leader, in: state)
        // Made first: it may be a new one.
        let next = program.after(state.node)
        let after = program.nodes[next]
        for server in members(of: followers) where after.disk[server] >= 0 {
            state[server].identity = after.disk[server]
        }
        return rules.isEnough(followers, for: state[leader], in: state)
    }

    // MARK: Conditions

    /// `settle: serving`: each leads or follows a leader that serves, and a write committed since can be read through it, so that it has
    /// all that its leader has.
    private func settle(_ state: inout SearchState, _ servers: UInt32) -> Bool {
        for server in members(of: servers) {
            let cell = state[server]
            if cell.isOpaque && cell.isUp || cell.isLeading { continue }
            guard cell.isUp, cell.role == .following else { return false }
            let position = state[cell.leader]
            state[server].takePosition(of: position)
        }
        return true
    }

    /// Conditions on what the search doesn't know hold or not; both is explored, as a plan may stop anywhere.
    private func holds(_ condition: Condition, _ state: inout SearchState) -> Bool {
        switch condition.kind {
        case .mode(let server, let modes): return world.number(server).map { has($0, modes, state) } ?? true
        case .running(let server, let wanted):
            return world.number(server).map { state[$0].isUp == wanted } ?? !wanted
        case .leader(let candidates):
            return candidates.count { world.number($0).map { state[$0].isLeading } ?? false } == 1
        case .syncedFollowers(let test, let servers):
            let among = servers.map { world.mask($0) } ?? .max
            let leaders = world.servers.indices.filter { state[$0].isLeading && among & 1 << UInt32($0) != 0 }
            return leaders.contains { leader in
                let followers = rules.supporters(of: leader, in: state)
                let synced = members(of: followers).count { $0 != leader && rules.isParticipant(state[$0], at: $0) }
                return test.holds(for: Double(synced))
            }
        case .serving(let servers), .writable(let servers):
            let mask = world.mask(servers)
            let leaders = Set(members(of: mask).map { state[$0].isLeading ? $0 : state[$0].leader })
            return leaders.count <= 1 && settle(&state, mask)
        case .stable(_, let servers):
            return members(of: world.mask(servers)).allSatisfy { !state[$0].isLooking }
        case .zxid(let one, let other):
            guard let one = world.number(one), let other = world.number(other) else { return true }
            return !(state[other].hasWrite && !state[one].hasWrite)
        case .lostWrites(let most, let source, let target):
            guard most == 0, let from = world.number(source), let to = world.number(target) else { return true }
            return !(state[from].hasWrite && !state[to].hasWrite)
        case .version, .reachable, .znode, .command: return true
        }
    }

    private func has(_ server: Int, _ modes: [Mode], _ state: SearchState) -> Bool {
        let cell = state[server]
        guard cell.isUp else { return modes.contains(.stopped) }
        guard !cell.isOpaque else { return true }
        switch cell.role {
        case .looking: return modes.contains(.looking)
        case .leading:
            return modes.contains(rules.membership(cell).isStandalone ? .standalone : .leader)
        case .following: return modes.contains(rules.isParticipant(cell, at: server) ? .follower : .observer)
        }
    }
}
