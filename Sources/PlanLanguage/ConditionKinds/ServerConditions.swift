import EnsembleModel

/// What one server is.
extension ConditionKind {
    private static let server = KeyRule("server", .server, required: true, "the server")

    static let mode = ConditionKind(
        "mode",
        [server, KeyRule("mode", .oneOrMore(.words(Mode.allCases.map(\.rawValue))), required: true, "one of these")],
        meaning: "the server is in this mode, or in one of these",
        example: "{server: zk10@v3.4.6, mode: leader}"
    ) { keys, reader in
        let name = keys["server"].flatMap { reader.server($0) }
        let values = keys["mode"].flatMap { reader.oneOrMore($0, wanted: "a mode or a list of modes") }
        let modes = reader.each(values) { $0.word($1, as: Mode.self) }
        guard let name, let modes else { return nil }
        return .mode(name, oneOf: modes)
    }

    static let running = ConditionKind(
        "running", [server, KeyRule("running", .boolean, required: true, "whether a process runs")],
        meaning: "a process of the server runs, or none does",
        example: "{server: zk6@v3.4.14, running: false}"
    ) { keys, reader in
        let name = keys["server"].flatMap { reader.server($0) }
        let running = keys["running"].flatMap { reader.boolean($0) }
        guard let name, let running else { return nil }
        return .running(name, running)
    }

    static let version = ConditionKind(
        "version", [server, KeyRule("version", .version, required: true, "the version of the software")],
        meaning: "the server's software is of this version",
        example: "{server: zk6@v3.4.14, version: 3.4.14}"
    ) { keys, reader in
        let name = keys["server"].flatMap { reader.server($0) }
        let version = keys["version"].flatMap { reader.version($0) }
        guard let name, let version else { return nil }
        return .version(name, version)
    }

    static let zxid = ConditionKind(
        "zxid",
        [
            KeyRule("zxid", .server, required: true, "the server that must have come so far"),
            KeyRule("at_least", .server, required: true, "the server that it is compared with"),
        ],
        meaning: "the one server's last zxid is at least the other's",
        example: "{zxid: zk1@v3.4.14, at_least: zk10@v3.4.6}"
    ) { keys, reader in
        let name = keys["zxid"].flatMap { reader.server($0) }
        let other = keys["at_least"].flatMap { reader.server($0) }
        guard let name, let other else { return nil }
        if name == other, let value = keys["at_least"] {
            reader.error(at: value.range, "a server's zxid is compared with its own")
        }
        return .zxid(name, atLeast: other)
    }
}
