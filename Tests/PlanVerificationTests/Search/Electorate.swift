import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification

/// Servers as facts tell of them, to ask the rules of the search about. Servers are named by the number of their host.
struct Electorate {
    let search: Search
    let state: SearchState
    var rules: SearchRules { search.rules }

    /// - Parameter change: what differs from servers that serve, the last of them as leader.
    init(
        _ count: Int, version: Version = Version(3, 8, 0), failures: Int = 0, reductions: Reductions = .all,
        _ change: (inout SamplePlan) -> Void = { _ in }
    ) throws {
        var sample = SamplePlan(serving: count, version: version)
        change(&sample)
        let from = EnsembleState(facts: sample.facts, inventory: SamplePlan.inventory)
        let world = try #require(SearchWorld(sample.plan, facts: sample.facts, from: from))
        let collapses = reductions.contains(.quietSteps)
        let program = SearchProgram(sample.plan, world, from: from, collapses: collapses)
        search = Search(world, program, Search.Options(failures: failures, reductions: reductions))
        state = Exploration.beginning(world, sample.facts)
    }

    func number(_ host: Int, _ server: (Int) -> ServerName = old) throws -> Int {
        try #require(search.world.number(server(host)))
    }

    func cell(_ host: Int) throws -> Cell { state[try number(host)] }

    private func mask(_ hosts: [Int]) throws -> UInt32 {
        try hosts.reduce(0) { $0 | 1 << UInt32(try number($1)) }
    }

    private func host(_ number: Int) -> Int? { Int(search.world.hosts[number].dropFirst(2)) }

    /// Who is elected when exactly these look.
    func elected(_ hosts: Int...) throws -> Int? {
        let voters = try mask(hosts)
        var electorate = rules.electorate(voters, in: state)
        return rules.winner(voters, &electorate, in: state).flatMap(host)
    }

    func joins(_ one: Int, _ leader: Int) throws -> Bool {
        rules.canJoin(try number(one), try number(leader), in: state)
    }

    func answers(_ one: Int, _ other: Int) throws -> Bool {
        rules.isAnswered(state, try number(one), by: try number(other))
    }

    func areLinked(_ one: Int, _ other: Int) throws -> Bool {
        rules.areLinked(state, try number(one), try number(other))
    }

    /// Whether these acknowledgements are enough for the leader.
    func isEnough(_ hosts: Int..., for leader: Int) throws -> Bool {
        rules.isEnough(try mask(hosts), for: try cell(leader), in: state)
    }

    /// Every state that can be reached, with the event that led to it.
    func explored() -> [(event: Event, state: SearchState)] {
        search.run(from: state)
        return (0..<search.store.count).map { (search.store.event($0), search.store.state($0)) }
    }

    /// The hosts that are elected in some state.
    func everElected() -> Set<Int> {
        Set(explored().filter { $0.event.kind == .election }.compactMap { host($0.event.server) })
    }
}

extension SamplePlan {
    /// The server of a host that runs.
    subscript(_ host: Int) -> ServerFacts {
        get { facts.servers[old(host)] ?? ServerFacts() }
        set { facts.servers[old(host)] = newValue }
    }

    /// All servers look for a leader.
    mutating func allLook() {
        for server in facts.servers.keys where facts.servers[server]?.running == true {
            facts.servers[server]?.mode = .looking
        }
    }
}

extension ServerFacts {
    /// Epochs and last transaction.
    mutating func has(accepted: UInt32, current: UInt32, zxid: UInt64) {
        epochs = Epochs(accepted: Epoch(accepted), current: Epoch(current))
        self.zxid = Zxid(zxid)
    }

    mutating func isEmpty() {
        (snapshot, log, zxid, epochs) = (ServerFacts.Newest.none, ServerFacts.Newest.none, nil, nil)
    }
}
