import EnsembleModel

/// Reads facts, from a file of their own or from a plan's `facts:` mapping.
struct FactsReader {
    static let rules: [KeyRule] = [
        KeyRule("version", .words(["1"]), required: true, "version of the format, 1"),
        KeyRule("ensemble", .text, "the inventory's name for the ensemble, to tell facts of another one"),
        KeyRule("captured_at", .timestamp, "when the hosts were observed"),
        KeyRule(
            "servers", .named(by: .server, .keys(serverRules)), required: true,
            "a server left out exists, is stopped, and holds no myid, configuration or data"),
    ]

    /// In a plan, which has said its version already.
    static let inlineRules: [KeyRule] = rules.map { rule in
        rule.name == "version" ? KeyRule(rule.name, rule.shape, rule.meaning) : rule
    }

    static let serverRules: [KeyRule] = [
        KeyRule("running", .boolean, "whether a process runs; taken from mode unless given"),
        KeyRule("mode", .words(modes), "stopped unless given; wanted where the server runs"),
        KeyRule("myid", .integer(0...Int.max), "the number in the myid file"),
        KeyRule("loaded_myid", .integer(0...Int.max), "what the process runs with, where it differs from the file"),
        KeyRule("version", .version, "the version of the software"),
        KeyRule("zxid", .zxid(orNone: false), "the last transaction"),
        KeyRule("epochs", .keys(epochRules), "the two epoch files"),
        KeyRule("snapshot", .zxid(orNone: true), "the newest snapshot on disk, none where there is none"),
        KeyRule("log", .zxid(orNone: true), "the newest transaction log on disk, none where there is none"),
        KeyRule("election_listener", .words(["alive", "dead"]), "dead: the port is open and nobody accepts"),
        KeyRule("config", .text, "the text of the configuration file"),
        KeyRule("loaded_config", .text, "what the process runs with, where it is known to differ from the file"),
        KeyRule("data_size", .integer(0...Int.max), "bytes of version-2 in dataDir"),
        KeyRule("log_size", .integer(0...Int.max), "bytes of version-2 in dataLogDir"),
        KeyRule("data_room", .integer(0...Int.max), "free bytes on the file system of dataDir"),
        KeyRule("log_room", .integer(0...Int.max), "free bytes on the file system of dataLogDir"),
        KeyRule("files", .named(by: .text, .text), "other files that plans edit, by the path that plans give"),
    ]

    static let epochRules: [KeyRule] = [
        KeyRule("accepted", .integer(0...Int(UInt32.max)), required: true, "acceptedEpoch"),
        KeyRule("current", .integer(0...Int(UInt32.max)), required: true, "currentEpoch"),
    ]

    private static let modes = Mode.allCases.map(\.rawValue)

    var reader: PlanReader

    init(inventory: Inventory?) { reader = PlanReader(inventory: inventory) }

    /// - Parameter isInline: whether they stand in a plan.
    mutating func read(_ root: YAMLValue, isInline: Bool = false) -> EnsembleFacts? {
        guard let keys = reader.keys(of: root, in: "the facts", isInline ? Self.inlineRules : Self.rules) else {
            return nil
        }
        if let version = keys["version"] { reader.formatVersion(version) }
        if let value = keys["ensemble"], let name = reader.line(value), let inventory = reader.inventory,
            !inventory.ensemble.isEmpty, name != inventory.ensemble
        {
            reader.error(
                at: value.range, "these are facts of `\(shortened(name))`; the inventory is of `\(inventory.ensemble)`")
        }
        var facts = EnsembleFacts(capturedAt: keys["captured_at"].flatMap { reader.timestamp($0) }, servers: [:])
        guard let value = keys["servers"] else { return facts }
        // No server at all is a fact too: nothing exists yet.
        if case .mapping(let entries) = value.content, entries.isEmpty { return facts }
        guard let entries = reader.entries(of: value, wanted: "a mapping of servers") else { return nil }
        for entry in entries {
            let name = reader.server(YAMLValue(.scalar(entry.key.value, plain: false), range: entry.key.range))
            let server = readServer(entry.value, named: entry.key.value)
            if let name, let server { facts.servers[name] = server }
        }
        return facts
    }

    private mutating func readServer(_ value: YAMLValue, named name: String) -> ServerFacts? {
        guard let keys = reader.keys(of: value, in: "the facts of `\(shortened(name))`", Self.serverRules) else {
            return nil
        }
        var facts = ServerFacts()
        readState(keys, into: &facts)
        facts.myid = number(keys["myid"]).map(ServerID.init)
        facts.loadedMyid = number(keys["loaded_myid"]).map(ServerID.init)
        facts.version = keys["version"].flatMap { reader.version($0) }
        facts.zxid = keys["zxid"].flatMap { reader.zxid($0) }
        facts.epochs = keys["epochs"].flatMap { epochs($0) }
        facts.snapshot = keys["snapshot"].flatMap { newest($0) }
        facts.log = keys["log"].flatMap { newest($0) }
        facts.electionListener = keys["election_listener"].flatMap {
            reader.word($0, among: ["alive", "dead"]).flatMap(ListenerState.init(rawValue:))
        }
        facts.config = keys["config"].flatMap { reader.anyText($0, wanted: "the text of a configuration file") }
        facts.loadedConfig = keys["loaded_config"].flatMap { reader.anyText($0, wanted: "the text of a configuration") }
        facts.dataSize = number(keys["data_size"])
        facts.logSize = number(keys["log_size"])
        facts.dataRoom = number(keys["data_room"])
        facts.logRoom = number(keys["log_room"])
        if let value = keys["files"], let entries = reader.entries(of: value, wanted: "a mapping of paths and texts") {
            for entry in entries {
                facts.files[entry.key.value] = reader.anyText(entry.value, wanted: "the text of a file")
            }
        }
        return facts
    }

    private mutating func readState(_ keys: YAMLKeys, into facts: inout ServerFacts) {
        let running = keys["running"].flatMap { reader.boolean($0) }
        let mode = keys["mode"].flatMap { reader.word($0, as: Mode.self) }
        facts.running = running ?? mode.map { $0 != .stopped } ?? false
        facts.mode = mode ?? .stopped
        switch (running, mode) {
        case (true, nil) where keys["mode"] == nil:
            reader.error(
                at: keys.keyRange("running"), "the server runs, and its `mode` is missing",
                hint: "mode: \(Self.modes.filter { $0 != "stopped" }.joined(separator: " | "))")
        case (true, .stopped), (false, .leader?), (false, .follower?), (false, .observer?), (false, .standalone?),
            (false, .looking?), (false, .readOnly?):
            reader.error(
                at: keys["mode"]?.range ?? keys.range,
                "`running: \(running == true)` and `mode: \(facts.mode.rawValue)` contradict each other")
        default: break
        }
    }

    private mutating func number(_ value: YAMLValue?) -> Int? { value.flatMap { reader.integer($0, in: 0...Int.max) } }

    private mutating func epochs(_ value: YAMLValue) -> ServerFacts.Epochs? {
        guard let keys = reader.keys(of: value, in: "`epochs`", Self.epochRules) else { return nil }
        let accepted = keys["accepted"].flatMap { reader.integer($0, in: 0...Int(UInt32.max)) }
        let current = keys["current"].flatMap { reader.integer($0, in: 0...Int(UInt32.max)) }
        guard let accepted, let current else { return nil }
        return .init(accepted: Epoch(UInt32(accepted)), current: Epoch(UInt32(current)))
    }

    private mutating func newest(_ value: YAMLValue) -> ServerFacts.Newest? {
        value.text == "none" ? ServerFacts.Newest.none : reader.zxid(value).map { .at($0) }
    }
}

extension PlanReader {
    /// Text of any length, an empty one included if it is quoted or a block.
    mutating func anyText(_ value: YAMLValue, wanted: String) -> String? {
        if let text = value.text, !value.isNothing { return text }
        misfit(value, wanted: wanted)
        return nil
    }

    /// RFC 3339, kept as it stands.
    mutating func timestamp(_ value: YAMLValue) -> String? {
        let pattern = #/\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})/#
        if let text = value.text, text.wholeMatch(of: pattern) != nil { return text }
        misfit(value, wanted: "a time such as `2026-01-11T18:02:11Z`")
        return nil
    }
}
