/// What `conf` answers: the configuration that the process runs with, which may differ from the file.
package struct ConfReply: Sendable, Hashable {
    package var clientPort: Int?
    /// nil where the process has none (`-1`) and before 3.5.
    package var secureClientPort: Int?
    /// Without the `/version-2` that the server appends.
    package var dataDir: String?
    package var dataLogDir: String?
    /// nil on a standalone server of some versions, 0 on others.
    package var serverID: ServerID?
    package var tickTime: Int?
    package var initLimit: Int?
    package var syncLimit: Int?
    package var quorumPort: Int?
    package var electionPort: Int?
    package var maxClientCnxns: Int?
    package var role: MemberRole?
    /// 3.5 and later; nil before, and on a standalone server.
    package var membership: Membership?

    package struct Membership: Sendable, Hashable {
        package var members: [ServerID: MemberAddress]
        /// The zxid of the reconfiguration that made it; 0 for a configuration read from a file.
        package var version: Zxid?
    }

    /// nil where no line is of the form `name=value`.
    package init?(_ text: String) {
        var fields: [String: String] = [:]
        var members: [ServerID: MemberAddress] = [:]
        var hasMembership = false
        for line in lines(of: text) {
            if trimmed(line) == "membership:" { hasMembership = true }
            guard let sign = line.firstIndex(of: "=") else { continue }
            let (name, value) = (trimmed(line[..<sign]), trimmed(line[line.index(after: sign)...]))
            if let id = ZooConfig.serverID(ofKey: name) {
                members[id] = MemberAddress(value)
            } else {
                fields[name] = value
            }
        }
        guard !fields.isEmpty else { return nil }
        func number(_ name: String) -> Int? { fields[name].flatMap { Int(told: $0) } }
        clientPort = number("clientPort")
        secureClientPort = number("secureClientPort").flatMap { $0 > 0 ? $0 : nil }
        dataDir = fields["dataDir"].map(Self.withoutVersion)
        dataLogDir = fields["dataLogDir"].map(Self.withoutVersion)
        serverID = number("serverId").map(ServerID.init)
        tickTime = number("tickTime")
        initLimit = number("initLimit")
        syncLimit = number("syncLimit")
        quorumPort = number("quorumPort")
        electionPort = number("electionPort")
        maxClientCnxns = number("maxClientCnxns")
        role = number("peerType").map { $0 == 1 ? .observer : .participant }
        if hasMembership {
            membership = Membership(members: members, version: fields["version"].flatMap { Zxid(hexadecimal: $0) })
        }
    }

    private static func withoutVersion(_ path: String) -> String {
        path.hasSuffix("/version-2") ? String(path.dropLast("/version-2".count)) : path
    }
}
