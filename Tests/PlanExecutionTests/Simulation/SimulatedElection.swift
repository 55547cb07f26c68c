import EnsembleAccess
import EnsembleModel

/// How simulated servers find each other, by the rules of ZooKeeper that matter here: a server joins a leader of its own
/// configuration only if a quorum of the *other* members lead or follow it; otherwise a quorum of those who look elect the one with the
/// newest data.
struct SimulatedElection {
    var servers: [ServerName: SimulatedServer]
    /// Sorted once.
    let names: [ServerName]
    let now: Duration
    static let delay = Duration.milliseconds(200)

    mutating func settle() {
        dieWhereMeantTo()
        for _ in 0...servers.count {
            breakUp()
            guard joinAndElect() else { return }
        }
    }

    private mutating func dieWhereMeantTo() {
        for name in names {
            guard let server = servers[name], let after = server.faults.diesAfterServing,
                let since = server.process?.servesSince, now - since >= after
            else { continue }
            servers[name]?.process = nil
        }
        for name in names {
            guard let after = servers[name]?.faults.flapsAfter, let since = servers[name]?.process?.servesSince,
                now - since >= after
            else { continue }
            look(name)
        }
    }

    /// The process that is the member with this id at this address.
    func member(_ id: ServerID, _ address: MemberAddress) -> ServerName? {
        names.first { servers[$0]?.address == address.host && servers[$0]?.process?.myid == id }
    }

    private func peers(of name: ServerName) -> [ServerID: ServerName] {
        (servers[name]?.process?.members ?? [:]).reduce(into: [:]) { $0[$1.key] = member($1.key, $1.value) }
    }

    private func id(_ name: ServerName) -> ServerID? { servers[name]?.process?.myid }

    func followers(of leader: ServerName) -> [ServerName] {
        names.filter { $0 != leader && servers[$0]?.process?.leader == leader }
    }

    private mutating func breakUp() {
        for name in names where servers[name]?.process?.leader == name {
            guard let rule = servers[name]?.process?.rule, rule.participants.count > 1 else { continue }
            let ids = Set(([name] + followers(of: name)).compactMap(id))
            if !rule.containsQuorum(ids) { look(name) }
        }
        for name in names {
            guard let leader = servers[name]?.process?.leader, leader != name else { continue }
            if servers[leader]?.process?.leader != leader { look(name) }
        }
    }

    private mutating func look(_ name: ServerName) {
        servers[name]?.process?.leader = nil
        servers[name]?.process?.servesSince = nil
        servers[name]?.process?.lookingSince = now
    }

    /// - Returns: whether anything changed.
    private mutating func joinAndElect() -> Bool {
        for name in names {
            guard let server = servers[name], let process = server.process, process.leader == nil,
                !server.faults.neverJoins, now - process.lookingSince >= Self.delay
            else { continue }
            if process.rule.participants.count <= 1 {
                lead(name, with: [])
                return true
            }
            if let leader = leaderToJoin(name) {
                follow(name, leader)
                return true
            }
            if elect(name) { return true }
        }
        return false
    }

    private func leaderToJoin(_ name: ServerName) -> ServerName? {
        guard let rule = servers[name]?.process?.rule, let own = id(name) else { return nil }
        let peers = peers(of: name)
        let (needed, limit) = (servers[name]?.faults.snapshotTakes, servers[name]?.process?.initLimit)
        if let needed, let limit, needed > limit { return nil }
        for leader in peers.values.sorted()
        where leader != name && servers[leader]?.process?.leader == leader
            && servers[leader]?.process?.listener == .alive
        {
            let others = peers.filter { id, peer in
                id != own && servers[peer]?.process?.leader == leader && servers[peer]?.process?.listener == .alive
            }
            if rule.observers.contains(own) || rule.containsQuorum(Set(others.keys)) { return leader }
        }
        return nil
    }

    private mutating func elect(_ name: ServerName) -> Bool {
        guard let rule = servers[name]?.process?.rule else { return false }
        let looking = peers(of: name).filter { id, peer in
            guard let server = servers[peer], let process = server.process, rule.participants.contains(id) else {
                return false
            }
            return process.leader == nil && !server.faults.neverJoins && now - process.lookingSince >= Self.delay
        }
        guard rule.containsQuorum(Set(looking.keys)) else { return false }
        let best = looking.max { one, other in
            let (left, right) = (servers[one.value]!.data, servers[other.value]!.data)
            return (left.currentEpoch, left.last, one.key) < (right.currentEpoch, right.last, other.key)
        }
        guard let best else { return false }
        let voters = looking.values.filter { voter in
            voter != best.value && peers(of: voter).values.contains(best.value)
        }
        let ids = Set(voters.compactMap(id)).union([best.key])
        guard servers[best.value]?.process?.rule.containsQuorum(ids) ?? false else { return false }
        lead(best.value, with: voters.sorted())
        return true
    }

    private mutating func lead(_ name: ServerName, with voters: [ServerName]) {
        let isAlone = voters.isEmpty
        let accepted = ([name] + voters).compactMap { servers[$0]?.data.acceptedEpoch }.max() ?? 0
        let epoch = isAlone ? 0 : accepted + 1
        servers[name]?.process?.leader = name
        servers[name]?.process?.servesSince = now
        servers[name]?.process?.epoch = epoch
        servers[name]?.data.acceptedEpoch = epoch
        servers[name]?.data.currentEpoch = epoch
        for voter in voters { follow(voter, name) }
    }

    private mutating func follow(_ name: ServerName, _ leader: ServerName) {
        guard let data = servers[leader]?.data else { return }
        servers[name]?.process?.leader = leader
        servers[name]?.process?.servesSince = now
        let epoch = servers[leader]?.process?.epoch ?? 0
        servers[name]?.process?.epoch = epoch
        servers[name]?.data = data
    }

    /// A write through `leader`, which everybody who follows it gets.
    mutating func commit(_ path: String?, leader: ServerName) -> Zxid {
        let epoch = Epoch(servers[leader]?.process?.epoch ?? 0)
        let last = servers[leader]?.data.last ?? Zxid(0)
        let zxid = last.epoch == epoch ? Zxid(last.rawValue + 1) : Zxid(epoch: epoch, counter: 1)
        for name in [leader] + followers(of: leader) {
            servers[name]?.data.transactions.append(SimulatedTransaction(zxid: zxid, path: path))
        }
        return zxid
    }

    /// As the leader says it: its last transaction, or the beginning of its epoch while there is none.
    func zxid(of name: ServerName) -> Zxid? {
        guard let server = servers[name], let process = server.process, process.leader != nil else { return nil }
        let start = Zxid(epoch: Epoch(process.epoch), counter: 0)
        return process.leader == name ? max(start, server.data.last) : server.data.last
    }
}
