import EnsembleModel

struct Reconfig: StepKind {
    static let verb = "reconfig"
    static let documentation = StepDocumentation(
        summary: "dynamic reconfiguration, 3.5 and later",
        keys: [
            KeyRule("through", .server, required: true, "the server that is asked"),
            KeyRule("add", .oneOrMore(.text), "server lines such as server.4=10.0.0.7:2888:3888:participant;2181"),
            KeyRule("remove", .oneOrMore(.integer(1...255)), "myids"),
        ],
        example: "- reconfig: {through: zk1@v3.6.3, add: [\"server.4=10.0.0.7:2888:3888;2181\"], remove: [3]}")

    /// ZOOKEEPER-107, first released in 3.5.0.
    private static let firstVersion = Version(3, 5, 0)

    let server: ServerName
    let add: [String]
    let remove: [ServerID]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`reconfig`", Self.documentation.keys) else { return nil }
        let server = keys["through"].flatMap { reader.server($0) }
        let addValues = keys["add"].map { reader.oneOrMore($0, wanted: "a server line or a list of them") } ?? []
        let add = reader.each(addValues) { Self.line($1, reader: &$0) }
        let removeValues = keys["remove"].map { reader.oneOrMore($0, wanted: "a myid or a list of myids") } ?? []
        let remove = reader.each(removeValues) { $0.serverID($1) }
        if keys["add"] == nil, keys["remove"] == nil {
            reader.error(at: keys.range, "`reconfig` changes nothing", hint: "give `add` or `remove`")
        }
        guard let server, let add, let remove else { return nil }
        self.server = server
        self.add = add
        self.remove = remove
    }

    private static func line(_ value: YAMLValue, reader: inout PlanReader) -> String? {
        guard let text = reader.line(value, wanted: "a server line") else { return nil }
        let members = ZooConfig(text).members
        guard members.count == 1, let (id, address) = members.first, text.hasPrefix("server.\(id)=") else {
            reader.misfit(value, wanted: "a server line such as `server.4=10.0.0.7:2888:3888;2181`")
            return nil
        }
        if address.clientPort == nil {
            reader.warning(
                at: value.range,
                "the server line has no client port: clients that follow the configuration won't learn of it",
                hint: "\(text);2181")
        }
        return text
    }

    var compensation: Compensation { .automatic }

    var title: String {
        let changes =
            (add.isEmpty ? [] : ["add \(add.joined(separator: ", "))"])
            + (remove.isEmpty ? [] : ["remove \(remove.map(\.description).joined(separator: ", "))"])
        return "reconfigure: \(changes.joined(separator: "; "))"
    }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        if let version = scope.facts?.servers[server]?.version, version < Self.firstVersion {
            scope.error(
                "`reconfig` needs 3.5 or later, and \(server) is version \(version)",
                hint: "use edit_config and restarts")
        }
        return [[.reconfig(through: server, add: add, remove: remove)]]
    }
}
