/// A server's configuration, zoo.cfg: its text, edited without loss, and what ZooKeeper reads from it.
///
/// Values are trimmed, as `QuorumPeerConfig.parseProperties` does. What is missing or unreadable is nil, or ZooKeeper's default
/// where the type says no nil; `problems(version:)` says what is wrong.
package struct ZooConfig: Sendable, Hashable {
    package var properties: PropertiesText

    package init(_ text: String) { properties = PropertiesText(text) }

    package var text: String { properties.text }

    /// The effective value, trimmed.
    package subscript(key: String) -> String? { properties[key].map { trimmed($0) } }

    /// Like ``PropertiesText/set(_:_:)``, but a line whose value differs only in the blanks at its end is already right.
    package mutating func set(_ key: String, _ value: String) {
        if self[key]?.isIdentical(to: trimmed(value)) == true { return }
        properties.set(key, value)
    }

    // MARK: Members

    /// By the effective `server.N` lines; lines that can't be read are left out. Empty where the lines stand in a dynamic
    /// configuration file.
    package var members: [ServerID: MemberAddress] {
        var members: [ServerID: MemberAddress] = [:]
        for assignment in properties.assignments {
            guard let id = Self.serverID(ofKey: assignment.key) else { continue }
            members[id] = MemberAddress(trimmed(assignment.value))
        }
        return members
    }

    /// Reads the N of `server.N`; `server.01` names server 1.
    static func serverID(ofKey key: String) -> ServerID? {
        guard trimmed(key).hasPrefix("server.") else { return nil }
        return Int(told: trimmed(key).dropFirst("server.".count)).map(ServerID.init)
    }

    package var quorumRule: QuorumRule {
        let members = members
        let observers = Set(members.filter { $0.value.role == .observer }.keys)
        let voters = Set(members.keys).subtracting(observers)
        let groups = groups
        guard !groups.isEmpty else { return .majority(voters: voters, observers: observers) }
        return .weighted(
            groups: groups.mapValues { $0.intersection(voters) }, weights: weights, observers: observers)
    }

    /// `group.N=1:2:3`
    var groups: [Int: Set<ServerID>] {
        var groups: [Int: Set<ServerID>] = [:]
        for assignment in properties.effectiveAssignments where assignment.key.hasPrefix("group.") {
            guard let number = Int(assignment.key.dropFirst("group.".count)) else { continue }
            let ids = trimmed(assignment.value).split(separator: ":")
            groups[number] = Set(ids.compactMap { Int(trimmed($0)).map(ServerID.init) })
        }
        return groups
    }

    /// `weight.N=3`
    var weights: [ServerID: Int] {
        var weights: [ServerID: Int] = [:]
        for assignment in properties.effectiveAssignments where assignment.key.hasPrefix("weight.") {
            guard let id = Int(assignment.key.dropFirst("weight.".count)),
                let weight = Int32(trimmed(assignment.value)), weight >= 0
            else { continue }
            weights[ServerID(id)] = Int(weight)
        }
        return weights
    }

    // MARK: Places and ports

    package var clientPort: Int? { number("clientPort") }
    package var secureClientPort: Int? { number("secureClientPort") }
    package var clientPortAddress: String? { self["clientPortAddress"] }
    package var dataDir: String? { self["dataDir"] }
    package var dataLogDir: String? { self["dataLogDir"] }
    /// Where the transaction logs lie: dataLogDir, or else dataDir.
    package var transactionLogDir: String? { dataLogDir ?? dataDir }
    package var dynamicConfigFile: String? { self["dynamicConfigFile"] }

    /// The client port of a server with this myid: `clientPort`, or else what its own server line says after the `;` (3.5).
    package func clientPort(of id: ServerID?) -> Int? { clientPort ?? id.flatMap { members[$0]?.clientPort } }

    // MARK: Timing and limits

    /// Milliseconds; 3000 where it isn't set (`ZooKeeperServer.DEFAULT_TICK_TIME`).
    package var tickTime: Int { number("tickTime") ?? 3000 }
    /// Ticks.
    package var initLimit: Int? { number("initLimit") }
    /// Ticks.
    package var syncLimit: Int? { number("syncLimit") }
    /// Connections of one address; 0 is no limit.
    package var maxClientCnxns: Int { number("maxClientCnxns") ?? 60 }

    /// The least deadline for a server that joins again: elections back off up to 60 s (`maxNotificationInterval`), then
    /// connecting and synchronizing may take initLimit ticks.
    package var joinLimit: Duration { .seconds(60) + .milliseconds((initLimit ?? 0) * tickTime) }

    // MARK: Behaviour

    package var peerType: MemberRole {
        self["peerType"].flatMap { MemberRole(rawValue: $0.lowercased()) } ?? .participant
    }
    /// `4lw.commands.whitelist`; nil is the version's default. See ``isAllowed(_:version:)``.
    package var allowedFourLetterWords: Set<String>? {
        self["4lw.commands.whitelist"].map { Set($0.split(separator: ",").map(trimmed)) }
    }
    package var reconfigEnabled: Bool { flag("reconfigEnabled") ?? false }
    package var standaloneEnabled: Bool { flag("standaloneEnabled") ?? true }
    /// Whether a leader answers clients and four letter words.
    package var leaderServes: Bool { self["leaderServes"].map { $0 == "yes" } ?? true }

    /// Whether a server of this version answers the word, by the table of commands and their defaults: all before 3.4.10;
    /// then all but wchc and wchp; srvr alone from 3.5.3 (ZOOKEEPER-2693). srvr is always allowed.
    package func isAllowed(_ word: String, version: Version) -> Bool {
        let isLimited = version >= Version(3, 5, 3) || (version.minor == 4 && version >= Version(3, 4, 10))
        if word == "srvr" || !isLimited { return true }
        if word == "isro", flag("readonlymode.enabled") == true { return true }
        guard let allowed = allowedFourLetterWords else {
            return version < Version(3, 5, 0) && word != "wchc" && word != "wchp"
        }
        return allowed.contains("*") || allowed.contains(word)
    }

    package var adminServer: AdminServerSettings {
        AdminServerSettings(
            isEnabled: flag("admin.enableServer") ?? true,
            address: self["admin.serverAddress"] ?? "0.0.0.0",
            port: number("admin.serverPort") ?? 8080,
            commandURL: self["admin.commandURL"] ?? "/commands")
    }

    // MARK: Reading

    /// As `Integer.parseInt` reads.
    func number(_ key: String) -> Int? { self[key].flatMap { Int32($0) }.map(Int.init) }

    func flag(_ key: String) -> Bool? { self[key].flatMap { Bool($0.lowercased()) } }
}

/// Where the AdminServer (3.5 and later) listens.
package struct AdminServerSettings: Sendable, Hashable, Codable {
    package var isEnabled: Bool
    package var address: String
    package var port: Int
    package var commandURL: String

    package init(
        isEnabled: Bool = true, address: String = "0.0.0.0", port: Int = 8080, commandURL: String = "/commands"
    ) {
        self.isEnabled = isEnabled
        self.address = address
        self.port = port
        self.commandURL = commandURL
    }

    /// Whether it listens on every address of its host.
    package var isOnAllAddresses: Bool { address == "0.0.0.0" || address == "::" }

    /// The path of a command, such as `/commands/srvr`.
    package func path(_ command: String) -> String { commandURL + "/" + command }

    /// - Parameter host: the host's own address, used where the server listens on all.
    package func url(_ command: String, host: String) -> String {
        let place = isOnAllAddresses ? host : address
        return "http://\(place.contains(":") ? "[\(place)]" : place):\(port)\(path(command))"
    }
}
