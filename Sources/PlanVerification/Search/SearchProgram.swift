import EnsembleModel
import PlanLanguage

/// The plan as a graph: what comes next, and what each server would load if it started there. What an operation does to files is
/// `Operation.apply(to:)`, as everywhere else. Nodes are made as the search reaches them.
final class SearchProgram {
    struct Place {
        var step: ResolvedStep
        /// The step of the stage that it belongs to.
        var top: ResolvedStep
        var stage: String
    }

    enum Work {
        /// Any of these comes next; a group of starts goes as one, since a started server may be slow.
        case perform([Operation])
        /// Files change as one: only what lies there before and after makes a difference.
        case rewrite
        /// The servers have to serve.
        case settle(UInt32)
        /// Any server of a rolling step comes next that it may choose now.
        case choose(ResolvedStep.Rolling, UInt32)
        case end
    }

    struct Cursor: Hashable {
        var instruction = 0
        /// Inside a rolling step: the servers still to come, the one in hand and its place.
        var remaining: UInt32 = 0
        var server = -1
        var inner = 0
        /// Of a group: what is still to be performed, and then whether it is waited for.
        var group: UInt32?
        var isWaiting = false
    }

    enum Instruction {
        case group([Operation], Place)
        case rolling(ResolvedStep.Rolling, Place, [[Instruction]])
    }

    let world: SearchWorld
    private(set) var nodes: [Node] = []
    /// Of each node what the search asks for all the time: who is waited for, whose disk counts, and which instruction comes next.
    private(set) var awaited: [UInt32] = []
    private(set) var live: [UInt32] = []
    private(set) var places: [Int] = []
    /// Of each node the servers that it or a later one names.
    private(set) var named: [UInt32] = []
    private var disks: [Int] = []

    /// What a server would load at a node; -1 where it would not start.
    func disk(_ node: Int, _ server: Int) -> Int { disks[node * world.servers.count + server] }

    var count: Int { instructions.count }
    private var instructions: [Instruction] = []
    /// For each instruction the servers that it or a later one starts or copies from.
    private var needed: [UInt32] = []
    private var namedFrom: [UInt32] = []
    private var numbers: [Key: Int] = [:]
    /// Copies in the order of the plan.
    private(set) var copies: [Copy: Int] = [:]
    private(set) var copyPlaces: [Int: String] = [:]
    /// For each instruction what is still to come: configurations that lie on disks, servers that are cleared, whether data are copied.
    private(set) var ahead: [Ahead] = []

    struct Ahead {
        /// A bit for each.
        var memberships: UInt64 = 0
        var cleared: UInt32 = 0
        var copies = false
    }
    private let collapses: Bool
    /// Whether processes get another configuration while they run.
    private(set) var followsProcesses = false

    struct Copy: Hashable {
        var source: ServerName
        var target: ServerName
    }

    private struct Key: Hashable {
        var cursor: Cursor
        var disk: [Int]
    }

    /// - Parameter collapses: whether operations that change files only are passed over as one.
    init(_ plan: ResolvedPlan, _ world: SearchWorld, from state: EnsembleState, collapses: Bool = true) {
        self.world = world
        self.collapses = collapses
        for stage in plan.stages {
            for step in stage.steps { instructions += lower(step, of: step, stage.name) }
        }
        needed = [UInt32](repeating: 0, count: instructions.count + 1)
        namedFrom = needed
        for index in instructions.indices.reversed() {
            let operations = Self.operations(instructions[index])
            needed[index] = needed[index + 1] | world.mask(operations.flatMap(\.needing))
            namedFrom[index] = namedFrom[index + 1] | world.mask(operations.flatMap(\.servers))
        }
        lookAhead(from: state)
        followsProcesses = instructions.flatMap(Self.operations).contains(where: \.isReconfig)
        _ = node(Cursor(), state, nil)
    }

    private func lower(_ step: ResolvedStep, of top: ResolvedStep, _ stage: String) -> [Instruction] {
        let place = Place(step: step, top: top, stage: stage)
        switch step.body {
        case .operations(let groups):
            for case .copyData(let source, let target) in groups.joined() {
                let copy = Copy(source: source, target: target)
                let number = copies[copy] ?? min(copies.count + 1, 31)
                copies[copy] = number
                copyPlaces[number] = step.id
            }
            return groups.map { .group($0, place) }
        case .rolling(let rolling):
            let inner = rolling.servers.map { server in
                (rolling.steps[server] ?? []).flatMap { lower($0, of: top, stage) }
            }
            return [.rolling(rolling, place, inner)]
        }
    }

    private func lookAhead(from state: EnsembleState) {
        ahead = [Ahead](repeating: Ahead(), count: instructions.count + 1)
        var planned = state
        for index in 0...instructions.count {
            ahead[index].memberships = mask(disk(planned))
            guard index < instructions.count else { break }
            for operation in Self.operations(instructions[index]) {
                switch operation {
                case .clearData(let server): ahead[index].cleared |= world.mask([server])
                case .copyData: ahead[index].copies = true
                default: break
                }
                plan(operation, &planned)
                // What lies on disks in the middle of a rolling step.
                if !operation.isQuiet { continue }
                ahead[index].memberships |= mask(disk(planned))
            }
        }
        for index in instructions.indices.reversed() {
            ahead[index].memberships |= ahead[index + 1].memberships
            ahead[index].cleared |= ahead[index + 1].cleared
            ahead[index].copies = ahead[index].copies || ahead[index + 1].copies
        }
    }

    private func mask(_ disk: [Int]) -> UInt64 {
        disk.filter { $0 >= 0 }.reduce(0) { $0 | 1 << UInt64(min(world.identities[$1].membership, 63)) }
    }

    private func disk(_ planned: EnsembleState) -> [Int] {
        world.servers.map { name -> Int in
            guard let server = planned.servers[name] else { return -1 }
            return world.identity(config: server.config, myid: server.myid, version: server.version) ?? -1
        }
    }

    private static func operations(_ instruction: Instruction) -> [Operation] {
        switch instruction {
        case .group(let operations, _): operations
        case .rolling(_, _, let inner): inner.joined().flatMap(operations)
        }
    }

    // MARK: Going on

    /// The node after `choice`: the place of an operation in the group, or of a server in the rolling step; 0 where there is one.
    func after(_ number: Int, _ choice: Int = 0) -> Int {
        let node = nodes[number]
        if choice < node.successors.count, node.successors[choice] >= 0 { return node.successors[choice] }
        var cursor = node.cursor
        var planned = node.planned
        var last = node.last
        switch node.work {
        case .perform(let operations):
            let isStarts = operations.allSatisfy(\.isStart)
            if isStarts || !operations[choice].isQuiet || operations[choice].changesSomething { last = node.next }
            for (index, operation) in operations.enumerated() where isStarts || index == choice {
                plan(operation, &planned)
            }
            advance(&cursor, operations, choice, all: isStarts)
        case .settle: cursor = afterGroup(cursor)
        case .rewrite:
            var quiet: [Place] = []
            pass(&cursor, &planned, &last, &quiet, whileOnDisk: nil)
            return note(self.node(cursor, planned, last, quiet), after: node, choice)
        case .choose:
            cursor.remaining &= ~(1 << UInt32(choice))
            cursor.server = choice
            cursor.inner = 0
        case .end: break
        }
        return note(self.node(cursor, planned, last), after: node, choice)
    }

    private func note(_ next: Int, after node: Node, _ choice: Int) -> Int {
        while node.successors.count <= choice { node.successors.append(-1) }
        node.successors[choice] = next
        return next
    }

    private func advance(_ cursor: inout Cursor, _ performed: [Operation], _ choice: Int, all: Bool) {
        guard case .group(let operations, _)? = instruction(cursor) else { return }
        let left: UInt32
        if all {
            left = 0
        } else {
            let mask = cursor.group ?? (1 << UInt32(operations.count)) - 1
            let indices = operations.indices.filter { mask & 1 << UInt32($0) != 0 }
            left = mask & ~(1 << UInt32(indices[choice]))
        }
        if left != 0 {
            cursor.group = left
        } else if operations.contains(where: \.isAwaitedStart) {
            cursor.group = nil
            cursor.isWaiting = true
        } else {
            cursor = afterGroup(cursor)
        }
    }

    private func afterGroup(_ cursor: Cursor) -> Cursor {
        var next = cursor
        next.group = nil
        next.isWaiting = false
        if cursor.server >= 0 { next.inner += 1 } else { next.instruction += 1 }
        return next
    }

    private func instruction(_ cursor: Cursor) -> Instruction? {
        guard cursor.instruction < instructions.count else { return nil }
        let outer = instructions[cursor.instruction]
        guard cursor.server >= 0, case .rolling(_, _, let inner) = outer else { return outer }
        return cursor.inner < inner[cursor.server].count ? inner[cursor.server][cursor.inner] : nil
    }

    // MARK: Making nodes

    /// Processes are the search's own matter, but for reconfigurations, which change what each has loaded.
    private func plan(_ operation: Operation, _ state: inout EnsembleState) {
        switch operation {
        case .start, .stop:
            if followsProcesses { operation.apply(to: &state) }
        case .require(let conditions), .wait(let conditions, _):
            let versions = conditions.filter { if case .version = $0.kind { true } else { false } }
            Operation.require(versions).apply(to: &state)
        case .reconfig:
            operation.apply(to: &state)
            // The servers write what they know now into files of their own.
            for server in state.servers.keys where state.servers[server]?.config == nil {
                let loaded = state.servers[server]?.loadedConfig
                state.servers[server]?.config = loaded
            }
        default: operation.apply(to: &state)
        }
    }

    private func node(_ from: Cursor, _ state: EnsembleState, _ before: Place?, _ passed: [Place] = []) -> Int {
        var (cursor, planned, last) = (from, state, before)
        var quiet = passed
        let disk = disk(planned)
        pass(&cursor, &planned, &last, &quiet, whileOnDisk: disk)
        let key = Key(cursor: cursor, disk: disk)
        if let number = numbers[key] { return number }
        let (work, next) = work(cursor)
        numbers[key] = nodes.count
        if case .settle(let servers) = work { awaited.append(servers) } else { awaited.append(0) }
        live.append(needed[cursor.instruction])
        named.append(namedFrom[cursor.instruction])
        places.append(cursor.instruction)
        disks += disk
        nodes.append(
            Node(
                cursor, work, last: last, next: next, disk: disk, live: needed[cursor.instruction], planned: planned,
                quiet: quiet, in: world))
        return nodes.count - 1
    }

    /// Goes over operations that only change files, as long as what lies on the disks stays, and out of finished rolling steps.
    private func pass(
        _ cursor: inout Cursor, _ planned: inout EnsembleState, _ last: inout Place?, _ quiet: inout [Place],
        whileOnDisk disk: [Int]?
    ) {
        while cursor.instruction < instructions.count {
            guard let instruction = instruction(cursor) else {
                (cursor.server, cursor.inner) = (-1, 0)
                if cursor.remaining == 0 { cursor = afterGroup(cursor) }
                continue
            }
            if case .rolling(let rolling, _, _) = instruction {
                guard cursor.server < 0, cursor.remaining == 0 else { break }
                cursor.remaining = (1 << UInt32(rolling.servers.count)) - 1
                if cursor.remaining == 0 { cursor.instruction += 1 }
                continue
            }
            guard collapses, case .group(let operations, let place) = instruction, !cursor.isWaiting,
                cursor.group == nil, operations.allSatisfy(\.isQuiet)
            else { break }
            var after = planned
            for operation in operations { plan(operation, &after) }
            if let disk, self.disk(after) != disk { break }
            planned = after
            if operations.contains(where: \.changesSomething) {
                last = place
                if quiet.last?.step.id != place.step.id { quiet.append(place) }
            }
            cursor = afterGroup(cursor)
        }
    }

    private func work(_ cursor: Cursor) -> (Work, Place?) {
        switch instruction(cursor) {
        case nil: return (.end, nil)
        case .rolling(let rolling, let place, _)?: return (.choose(rolling, cursor.remaining), place)
        case .group(let operations, let place)?:
            if cursor.isWaiting { return (.settle(world.mask(operations.compactMap(\.awaited))), place) }
            if collapses, cursor.group == nil, operations.allSatisfy(\.isQuiet) { return (.rewrite, place) }
            let mask = cursor.group ?? .max
            let left = operations.indices.filter { mask & 1 << UInt32($0) != 0 }.map { operations[$0] }
            return (.perform(left), place)
        }
    }
}

extension Operation {
    /// Changes files that count at the next start only, or nothing.
    var isQuiet: Bool {
        switch self {
        case .rollbackPoint, .confirm, .setMyid, .editFile, .putFile, .install, .persistZnodes, .command: true
        case .require, .wait, .stop, .start, .clearData, .copyData, .reconfig: false
        }
    }

    var isReconfig: Bool { if case .reconfig = self { true } else { false } }

    var isStart: Bool { if case .start = self { true } else { false } }

    var awaited: ServerName? {
        if case .start(let server, .serving, _) = self { server } else { nil }
    }

    var isAwaitedStart: Bool { awaited != nil }

    /// Servers whose disk it makes count.
    fileprivate var needing: [ServerName] {
        switch self {
        case .start(let server, _, _): [server]
        case .copyData(let source, _): [source]
        case .require(let conditions), .wait(let conditions, _):
            conditions.flatMap { condition -> [ServerName] in
                switch condition.kind {
                case .zxid(let one, let other), .lostWrites(_, let one, let other): [one, other]
                default: []
                }
            }
        default: []
        }
    }
}

extension Operation {
    /// The servers that a `wait` names.
    var waitedFor: [ServerName] {
        if case .wait(let conditions, _) = self { conditions.flatMap(\.servers) } else { [] }
    }
}
