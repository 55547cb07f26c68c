package import EnsembleModel

/// Where a member of `edit_config`'s `members` stands: a host, with ports of its own where the author gives them.
package struct MemberPlace: Sendable {
    package var id: ServerID
    package var host: String
    package var quorumPort: Int?
    package var electionPort: Int?
    package var role: MemberRole?
    package var clientPort: Int?
    package var range: SourceRange
}

extension MemberPlace {
    static let rules: [KeyRule] = [
        KeyRule("host", .host, required: true, "a host of the inventory"),
        KeyRule("quorum", .integer(1...65535), "the quorum port, where no known configuration has it"),
        KeyRule("election", .integer(1...65535), "the election port, where no known configuration has it"),
        KeyRule("role", .words(MemberRole.allCases.map(\.rawValue)), "the role, where it is to be another than now"),
        KeyRule("client", .integer(1...65535), "the client port, for the part after the `;` (3.5 and later)"),
    ]

    /// Reads `{1: zk1, 2: {host: zk6, quorum: 2888, election: 3888}}`.
    static func read(_ value: YAMLValue, reader: inout PlanReader) -> [MemberPlace]? {
        let wanted = "a mapping of myids and hosts such as `{1: zk1}`"
        guard let entries = reader.entries(of: value, wanted: wanted) else { return nil }
        var places: [MemberPlace] = []
        for entry in entries {
            let key = YAMLValue(.scalar(entry.key.value, plain: false), range: entry.key.range)
            let id = reader.serverID(key)
            guard let place = read(entry, id: id ?? ServerID(0), reader: &reader) else { continue }
            if let other = places.first(where: { $0.host == place.host }) {
                reader.error(
                    at: place.range, "the host `\(place.host)` is member \(other.id) already",
                    hint: "one server of a host takes part at a time")
            }
            if id != nil { places.append(place) }
        }
        return places.count == entries.count ? places : nil
    }

    private static func read(_ entry: YAMLValue.Entry, id: ServerID, reader: inout PlanReader) -> MemberPlace? {
        guard case .mapping = entry.value.content else {
            return reader.host(entry.value).map { MemberPlace(id: id, host: $0, range: entry.value.range) }
        }
        guard let keys = reader.keys(of: entry.value, in: "the member `\(entry.key.value)`", rules) else { return nil }
        let host = keys["host"].flatMap { reader.host($0) }
        let quorum = keys["quorum"].map { reader.integer($0, in: 1...65535) }
        let election = keys["election"].map { reader.integer($0, in: 1...65535) }
        let role = keys["role"].map { reader.word($0, as: MemberRole.self) }
        let client = keys["client"].map { reader.integer($0, in: 1...65535) }
        if quorum == nil, election != nil {
            reader.error(at: keys.keyRange("election"), "`election` needs `quorum` beside it")
        }
        if quorum != nil, election == nil {
            reader.error(at: keys.keyRange("quorum"), "`quorum` needs `election` beside it")
        }
        guard let host else { return nil }
        if case .some(.none) = quorum { return nil }
        if case .some(.none) = election { return nil }
        return MemberPlace(
            id: id, host: host, quorumPort: quorum ?? nil, electionPort: election ?? nil, role: role ?? nil,
            clientPort: client ?? nil, range: entry.value.range)
    }
}

/// Makes server lines of members: each host's ports are looked up in the configurations that the facts hold.
struct MemberLines {
    private let inventory: Inventory
    /// All server lines of the facts, by the server whose configuration they stand in.
    private let known: [ServerName: [MemberAddress]]

    init(inventory: Inventory, facts: EnsembleFacts) {
        self.inventory = inventory
        known = facts.servers.compactMapValues { facts in
            let texts = [facts.config, facts.loadedConfig].compactMap(\.self)
            let lines = texts.flatMap { ZooConfig($0).members.sorted { $0.key < $1.key }.map(\.value) }
            return lines.isEmpty ? nil : lines
        }
    }

    enum Failure: Error {
        /// No configuration names the host, and those that name others don't agree on ports.
        case unknownPorts
        /// Configurations name the host with different ports: these, with the servers that hold them.
        case differentPorts([String])
    }

    /// The line of `place` in the configuration of `server`: that configuration's own line of the host comes first, then other
    /// servers' lines, and for a host that none names, the ports that all known lines agree on.
    func address(of place: MemberPlace, in server: ServerName) throws(Failure) -> MemberAddress {
        guard let host = inventory.host(place.host) else { throw .unknownPorts }
        let own = (known[server] ?? []).filter { names(host, $0) }
        let others = known.sorted { $0.key < $1.key }.filter { $0.key != server }
        let lines = own.isEmpty ? others.flatMap { $0.value.filter { names(host, $0) } } : own
        var address: MemberAddress
        if let quorum = place.quorumPort, let election = place.electionPort {
            address = MemberAddress(host: host.quorumAddress, quorumPort: quorum, electionPort: election)
            if let line = lines.first { keep(line, in: &address, host: host) }
        } else if let line = lines.first {
            guard lines.allSatisfy({ samePorts($0, line) }) else { throw .differentPorts(holders(of: host)) }
            address = MemberAddress(
                host: host.quorumAddress, quorumPort: line.quorumPort, electionPort: line.electionPort)
            keep(line, in: &address, host: host)
        } else {
            let all = (known[server] ?? []) + others.flatMap(\.value)
            guard let line = all.first, all.allSatisfy({ samePorts($0, line) }) else { throw .unknownPorts }
            address = MemberAddress(
                host: host.quorumAddress, quorumPort: line.quorumPort, electionPort: line.electionPort)
            if line.clientAddress == nil,
                all.allSatisfy({ $0.clientPort == line.clientPort && $0.clientAddress == nil })
            {
                address.clientPort = line.clientPort
            }
        }
        if let role = place.role { address.role = role }
        if let client = place.clientPort { address.clientPort = client }
        return address
    }

    private func names(_ host: Inventory.Host, _ line: MemberAddress) -> Bool {
        [host.quorumAddress, host.address, host.name].contains(line.host)
    }

    private func samePorts(_ one: MemberAddress, _ other: MemberAddress) -> Bool {
        (one.quorumPort, one.electionPort) == (other.quorumPort, other.electionPort)
    }

    /// Takes over the role and the client's part. A configuration that names hosts by name goes on doing so, unless the inventory
    /// says which address to use.
    private func keep(_ line: MemberAddress, in address: inout MemberAddress, host: Inventory.Host) {
        address.role = line.role
        address.clientAddress = line.clientAddress
        address.clientPort = line.clientPort
        if line.host == host.name, host.quorumAddress == host.address { address.host = line.host }
    }

    private func holders(of host: Inventory.Host) -> [String] {
        known.sorted { $0.key < $1.key }.flatMap { server, lines in
            var seen: Set<MemberAddress> = []
            return lines.filter { names(host, $0) && seen.insert($0).inserted }.map { "\($0.text) in \(server)" }
        }
    }
}

extension ResolutionScope {
    /// The members of one server's configuration; what can't be known is reported. Without facts there is nothing to look in: then those
    /// whose ports the plan gives itself are the result, and nothing can be applied before facts are there anyway.
    package mutating func members(_ places: [MemberPlace], in server: ServerName) -> [ServerID: MemberAddress] {
        let lines = MemberLines(inventory: inventory, facts: facts ?? EnsembleFacts(servers: [:]))
        var members: [ServerID: MemberAddress] = [:]
        for place in places {
            do throws(MemberLines.Failure) {
                members[place.id] = try lines.address(of: place, in: server)
            } catch {
                report(error, for: place)
            }
        }
        return members
    }

    private mutating func report(_ failure: MemberLines.Failure, for place: MemberPlace) {
        let remedy = "{host: \(place.host), quorum: 2888, election: 3888}"
        switch failure {
        case .unknownPorts where facts == nil:
            warning(
                at: place.range, "the ports of `\(place.host)` are not known without facts",
                hint: "name facts in the plan, or give the ports: \(remedy)")
        case .unknownPorts:
            error(
                at: place.range,
                "no known configuration has the ports of `\(place.host)`, and the others don't agree on any",
                hint: "give them: \(place.id): \(remedy)")
        case .differentPorts(let holders):
            error(
                at: place.range,
                "configurations have different ports of `\(place.host)`: \(holders.prefix(4).joined(separator: "; "))",
                hint: "give the right ones: \(place.id): \(remedy)")
        }
    }
}
