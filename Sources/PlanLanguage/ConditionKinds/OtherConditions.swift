import EnsembleModel

/// What can be reached, what znodes there are, what a command says.
extension ConditionKind {
    static let reachable = ConditionKind(
        "reachable",
        [KeyRule("reachable", .keys(reachableRules), required: true, "from where, to what")],
        meaning: "a live acceptor answers on these ports, not only the kernel",
        example: "{reachable: {from: [zk1, zk6], to: [zk8@v3.4.14], ports: [election]}}"
    ) { keys, reader in
        guard let value = keys["reachable"], let inner = reader.keys(of: value, in: "`reachable`", reachableRules)
        else {
            return nil
        }
        let from = inner["from"].flatMap { reader.hosts($0) }
        let to = inner["to"].flatMap { reader.servers($0) }
        let values = inner["ports"].flatMap { reader.oneOrMore($0, wanted: "a port or a list of ports") }
        let ports = reader.each(values) { $0.word($1, as: PortKind.self) }
        guard let from, let to, let ports else { return nil }
        return .reachable(from: from, to: to, ports: ports)
    }

    private static let reachableRules: [KeyRule] = [
        KeyRule("from", .oneOrMore(.host), required: true, "the hosts that try"),
        KeyRule("to", .oneOrMore(.server), required: true, "the servers that are tried"),
        KeyRule("ports", .oneOrMore(.words(PortKind.allCases.map(\.rawValue))), required: true, "their ports"),
    ]

    static let znode = ConditionKind(
        "znode",
        [
            KeyRule("znode", .text, required: true, "the path"),
            KeyRule("through", .server, required: true, "the server that is asked"),
            KeyRule("exists", .boolean, "whether it exists; true unless given"),
            KeyRule("children", .numberTest, "how many children it has"),
        ],
        meaning: "a znode exists, or not, and has so many children",
        example: "{znode: /jodis/demo, through: zk6@v3.4.14, exists: true, children: \">= 3\"}"
    ) { keys, reader in
        let path = keys["znode"].flatMap { reader.znode($0) }
        let server = keys["through"].flatMap { reader.server($0) }
        let exists = keys["exists"].map { reader.boolean($0) } ?? true
        let children = keys["children"].flatMap { reader.numberTest($0) }
        if exists == false, keys["children"] != nil {
            reader.error(at: keys.keyRange("children"), "a znode that must not exist has no children to count")
        }
        guard let path, let server, let exists else { return nil }
        return .znode(path: path, through: server, exists: exists, children: children)
    }

    static let command = ConditionKind(
        "command",
        [
            KeyRule("command", .text, required: true, "a shell command"),
            KeyRule("host", .host, required: true, "the host that it runs on"),
            KeyRule("succeeds", .boolean, "whether it must end with 0; true unless given"),
        ],
        meaning: "a command, which must not change anything, succeeds, or fails",
        example: "{command: \"test -d /data\", host: zk6, succeeds: true}"
    ) { keys, reader in
        let command = keys["command"].flatMap { reader.text($0, wanted: "a shell command") }
        let host = keys["host"].flatMap { reader.host($0) }
        let succeeds = keys["succeeds"].map { reader.boolean($0) } ?? true
        guard let command, let host, let succeeds else { return nil }
        return .command(command, host: host, succeeds: succeeds)
    }
}
