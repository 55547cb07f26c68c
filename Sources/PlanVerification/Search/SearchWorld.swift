import EnsembleModel
import PlanLanguage

/// A configuration's members, by the servers of the search.
struct SearchMembership {
    struct Seat: Hashable {
        var sid: Int
        var host: String
    }

    let rule: QuorumRule
    let seats: Set<Seat>
    /// For each server the myid that its host has here, -1 where its host isn't listed.
    let sids: [Int]
    /// Servers whose seat votes.
    let voters: UInt32
    /// The count that a majority is above; nil under weights.
    let half: Int?
    var participants: Int { rule.participants.count }

    /// One participant or none: such a server runs alone, as `standalone`.
    var isStandalone: Bool { rule.participants.count < 2 }

    /// Whether both list one server under one myid: then they are configurations of one ensemble.
    func isRelated(to other: SearchMembership) -> Bool { !seats.isDisjoint(with: other.seats) }
}

/// What a process has loaded.
struct SearchIdentity: Hashable {
    var membership: Int
    var sid: Int
    var version: Version?

    var is34: Bool { version?.countsUnlistedFollowers ?? false }
}

/// A history as it was at the beginning.
struct SearchBase: Hashable {
    var lineage: Int
    /// Of two histories of one lineage the longer has the greater rank.
    var rank: Int
    var epoch: Int
}

/// What doesn't change while a plan is explored: servers, configurations, histories, each by a small number.
final class SearchWorld {
    let servers: [ServerName]
    let hosts: [String]
    private(set) var memberships: [SearchMembership] = []
    private(set) var identities: [SearchIdentity] = []
    private(set) var tables: SearchTables
    /// The first is the empty history, the last one that begins during the plan.
    private(set) var bases: [SearchBase] = [SearchBase(lineage: -1, rank: 0, epoch: 0)]
    /// For each lineage the servers that hold it at the beginning, and the rank that was committed by then, where that is known.
    private(set) var holders: [UInt32] = []
    private(set) var committedRanks: [Int] = []
    /// See ``SearchTables``.
    private var firstFreeEpoch = 1
    /// See ``SearchTables``.
    private(set) var deaf: UInt32 = 0
    private(set) var connected: UInt32 = 0
    /// Servers that look for a leader at the beginning: what keeps them from joining is there already.
    private(set) var broken: UInt32 = 0

    private let state: EnsembleState
    private var numbers: [ServerName: Int] = [:]
    private var membershipNumbers: [String: Int] = [:]
    private var identityNumbers: [SearchIdentity: Int] = [:]

    /// nil where there are more servers than a state has room for.
    init?(_ plan: ResolvedPlan, facts: EnsembleFacts, from state: EnsembleState) {
        let named = Set(plan.serversNamed).union(facts.servers.filter(\.value.running).keys)
        servers = named.filter { state.servers[$0] != nil }.sorted()
        guard servers.count <= SearchState.capacity else { return nil }
        hosts = servers.map(\.host)
        tables = SearchTables(
            firstOfHost: Self.firstOfHost(hosts), [], [], deaf: 0, connected: 0, [], [], firstFreeEpoch: 1)
        self.state = state
        for (number, server) in servers.enumerated() { numbers[server] = number }
        readHistories(facts)
    }

    func number(_ server: ServerName) -> Int? { numbers[server] }

    /// How sentences call a server: by its host where that has no other installation here.
    func name(_ server: Int) -> String {
        hosts.count { $0 == hosts[server] } == 1 ? hosts[server] : servers[server].description
    }

    func mask(_ names: some Sequence<ServerName>) -> UInt32 {
        names.reduce(0) { mask, name in numbers[name].map { mask | 1 << UInt32($0) } ?? mask }
    }

    var freshBase: Int { bases.count - 1 }

    // MARK: Processes

    /// What a process of the server would have loaded; nil where it isn't known or keeps the server from starting.
    func identity(config: String?, myid: ServerID?, version: Version?) -> Int? {
        guard let config, let membership = membership(config) else { return nil }
        let isAlone = memberships[membership].isStandalone
        guard isAlone || myid.map({ id in memberships[membership].seats.contains { $0.sid == id.rawValue } }) == true
        else { return nil }
        let identity = SearchIdentity(membership: membership, sid: myid?.rawValue ?? 0, version: version)
        if let number = identityNumbers[identity] { return number }
        identityNumbers[identity] = identities.count
        identities.append(identity)
        renewTables()
        return identities.count - 1
    }

    private func membership(_ config: String) -> Int? {
        if let number = membershipNumbers[config] { return number }
        guard let members = EnsembleState.members(of: config) else { return nil }
        let rule = ZooConfig(config).quorumRule
        var sids = [Int](repeating: -1, count: servers.count)
        var voters: UInt32 = 0
        var seats: Set<SearchMembership.Seat> = []
        for (id, address) in members {
            let host = state.hostName(of: address.host) ?? address.host
            seats.insert(SearchMembership.Seat(sid: id.rawValue, host: host))
            for server in servers.indices where hosts[server] == host {
                sids[server] = id.rawValue
                if rule.participants.contains(id) { voters |= 1 << UInt32(server) }
            }
        }
        let half: Int? = if case .majority(let all, _) = rule { all.count / 2 } else { nil }
        let same = memberships.firstIndex { $0.seats == seats && $0.rule == rule }
        membershipNumbers[config] = same ?? memberships.count
        if same == nil {
            memberships.append(SearchMembership(rule: rule, seats: seats, sids: sids, voters: voters, half: half))
            renewTables()
        }
        return membershipNumbers[config]
    }

    private func renewTables() {
        tables = SearchTables(
            firstOfHost: Self.firstOfHost(hosts), memberships, identities, deaf: deaf, connected: connected, bases,
            committedRanks,
            firstFreeEpoch: firstFreeEpoch)
    }

    private static func firstOfHost(_ hosts: [String]) -> [UInt32] {
        hosts.map { 1 << UInt32(hosts.firstIndex(of: $0) ?? 0) }
    }

    // MARK: The beginning

    /// Which servers have one history: those with data whose configurations are of one ensemble.
    private func readHistories(_ facts: EnsembleFacts) {
        var groups: [[Int]] = []
        for server in servers.indices where state.servers[servers[server]]?.data != .empty {
            let own = seats(server)
            let near = groups.indices.filter { groups[$0].contains { !seats($0).isDisjoint(with: own) } }
            let joined = near.flatMap { groups[$0] } + [server]
            for index in near.reversed() { groups.remove(at: index) }
            groups.append(joined)
        }
        var raw: Set<Int> = []
        for server in servers { raw.formUnion(Self.epochs(facts.servers[server]).map { [$0.0, $0.1, $0.2] } ?? []) }
        compress(raw)
        for (lineage, group) in groups.enumerated() { read(group, lineage, facts) }
        bases.append(SearchBase(lineage: groups.count, rank: 1, epoch: 0))
        holders.append(0)
        committedRanks.append(0)
        for (number, server) in servers.enumerated() {
            guard let own = facts.servers[server], own.running else { continue }
            if own.electionListener == .dead { deaf |= 1 << UInt32(number) }
            if own.mode.serves { connected |= 1 << UInt32(number) } else { broken |= 1 << UInt32(number) }
        }
        renewTables()
    }

    private func seats(_ server: Int) -> Set<SearchMembership.Seat> {
        let facts = state.servers[servers[server]]
        let texts = [facts?.config, facts?.loadedConfig].compactMap { $0 }
        return texts.reduce(into: []) { seats, text in membership(text).map { seats.formUnion(memberships[$0].seats) } }
    }

    private func read(_ group: [Int], _ lineage: Int, _ facts: EnsembleFacts) {
        let serving = group.filter { facts.servers[servers[$0]].map { $0.running && $0.mode.serves } ?? false }
        let zxids = Set(group.compactMap { facts.servers[servers[$0]]?.zxid }).sorted()
        let newest = serving.compactMap { facts.servers[servers[$0]]?.zxid }.max()
        let epochs = serving.compactMap { Self.epochs(facts.servers[servers[$0]])?.1 }.max()
        let lastEpoch = serving.compactMap { Self.epochs(facts.servers[servers[$0]])?.2 }.max()
        for server in group {
            let own = facts.servers[servers[server]]
            let isCurrent = serving.contains(server) || (newest != nil && own?.zxid.map { $0 >= newest! } == true)
            let rank: Int =
                if !serving.isEmpty { isCurrent ? 2 : 1 } else {
                    own?.zxid.flatMap { zxids.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
                }
            let known = Self.epochs(own) ?? (1, 1, 1)
            let current = serving.contains(server) ? epochs ?? known.1 : known.1
            let accepted = serving.contains(server) ? current : max(known.0, current)
            // Who follows and has seen no transaction of the epoch shows the last one's zxid.
            let written = isCurrent ? lastEpoch ?? known.2 : known.2
            let base = SearchBase(lineage: lineage, rank: rank, epoch: compressed[written] ?? 1)
            let number = bases.firstIndex(of: base) ?? bases.count
            if number == bases.count { bases.append(base) }
            beginnings[server] = (number, compressed[accepted] ?? 1, compressed[current] ?? 1)
        }
        holders.append(group.reduce(0) { $0 | 1 << UInt32($1) })
        committedRanks.append(serving.isEmpty ? 0 : 2)
    }

    /// Accepted and current epoch, and the last transaction's.
    private static func epochs(_ facts: ServerFacts?) -> (Int, Int, Int)? {
        guard let facts else { return nil }
        let zxid = facts.zxid.map { Int($0.epoch.rawValue) }
        guard let current = facts.epochs.map({ Int($0.current.rawValue) }) ?? zxid else { return nil }
        return (facts.epochs.map { Int($0.accepted.rawValue) } ?? current, current, min(zxid ?? current, current))
    }

    private var compressed: [Int: Int] = [:]
    private var beginnings: [Int: (base: Int, accepted: Int, current: Int)] = [:]

    /// Only the order of epochs counts, and whether one directly follows another.
    private func compress(_ raw: Set<Int>) {
        var (last, next) = (0, 0)
        compressed[0] = 0
        for epoch in raw.union([1]).sorted() where epoch > 0 {
            next += min(epoch - last, 2)
            compressed[epoch] = next
            last = epoch
        }
        firstFreeEpoch = next
    }

    /// The server as the facts tell of it.
    func beginning(_ server: Int, _ facts: ServerFacts?) -> Cell {
        var cell = Cell()
        if let (base, accepted, current) = beginnings[server] {
            (cell.base, cell.acceptedEpoch, cell.currentEpoch) = (base, accepted, current)
        } else if let epochs = facts?.epochs {
            // Epoch files that were left behind when the data went.
            cell.acceptedEpoch = compressed[Int(epochs.accepted.rawValue)] ?? 0
            cell.currentEpoch = compressed[Int(epochs.current.rawValue)] ?? 0
        }
        guard let facts, facts.running else { return cell }
        cell.isUp = true
        cell.isOriginal = true
        let loaded = identity(
            config: facts.loadedConfig ?? facts.config, myid: facts.loadedMyid ?? facts.myid, version: facts.version)
        if let loaded { cell.identity = loaded } else { cell.isOpaque = true }
        return cell
    }
}
