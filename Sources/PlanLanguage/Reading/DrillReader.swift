import EnsembleModel

/// Reads a drill.
struct DrillReader {
    static let rules: [KeyRule] = [
        KeyRule("version", .words(["1"]), required: true, "version of the format, 1"),
        KeyRule("drill", .text, required: true, "the drill's name"),
        KeyRule("summary", .text, "a paragraph for those who read the report"),
        KeyRule("world", .keys(worldRules), required: true, "what is rehearsed on: a lab, or a staging ensemble"),
        KeyRule("clients", .keys(clientRules), "sessions that write and read from before the run to its end"),
        KeyRule("plan", .path, required: true, "the plan that is applied"),
        KeyRule("vars", .named(by: .text, .text), "values of the plan's variables"),
        KeyRule("faults", .list(.keys(faultRules)), "what is broken, and when"),
        KeyRule(
            "when_it_fails", .words(Drill.Answer.allCases.map(\.rawValue)),
            "what the operator does when the run fails; stop unless given"),
        KeyRule(
            "expect", .keys(expectationRules),
            "what makes the drill pass; a run that succeeds, every znode and every acknowledged write unless given"),
    ]

    static let worldRules: [KeyRule] = [
        KeyRule("lab", .keys(labRules), "a lab that is raised for the drill and goes away after it"),
        KeyRule("staging", .path, "an inventory that says allow: staging"),
    ]

    static let labRules: [KeyRule] = [
        KeyRule("version", .version, required: true, "the ZooKeeper version that runs"),
        KeyRule("next_version", .version, "a version that is installed beside it and stopped"),
        KeyRule(
            "hosts", .either([.integer(1...200), .list(.text)]),
            "how many (zk1, zk2, …), or their names; the spare zk1 and the ensemble zk6 to zk10 unless given"),
        KeyRule("spare", .oneOrMore(.text), "hosts that are no members and run nothing"),
        KeyRule("observers", .oneOrMore(.text), "hosts whose servers are observers"),
        KeyRule("tick_time", .integer(50...60_000), "milliseconds of a tick; 2000 unless given"),
        KeyRule("init_limit", .integer(1...100_000), "in ticks; 10 unless given"),
        KeyRule("sync_limit", .integer(1...100_000), "in ticks; 5 unless given"),
        KeyRule("shared_data", .boolean, "whether both versions of a host use the same data directories"),
        KeyRule("namespaces", .boolean, "whether each host is a network namespace, so that cut can part them (root)"),
        KeyRule("settings", .named(by: .text, .text), "further lines of every zoo.cfg"),
        KeyRule("znodes", .integer(0...1_000_000), "how many znodes it is loaded with; none unless given"),
        KeyRule("proxies", .integer(0...1000), "how many clients hold an ephemeral znode; none unless given"),
    ]

    static let clientRules: [KeyRule] = [
        KeyRule("sessions", .integer(1...100), "3 unless given"),
        KeyRule("every", .duration, "between two writes of a session; 100ms unless given"),
        KeyRule("session_timeout", .duration, "10s unless given"),
    ]

    static let faultRules: [KeyRule] = [
        KeyRule("break", .words(Drill.Fault.Kind.allCases.map(\.rawValue)), required: true, "what happens"),
        KeyRule(
            "server", .oneOrMore(.text),
            "whom: a host, host@installation, leader, follower, or any, which is one by chance"),
        KeyRule("before", .text, "the step's id; the run waits at its beginning until it has happened"),
        KeyRule("after", .text, "the step's id; the run waits at its end until it has happened"),
        KeyRule("at", .duration, "so long after the run began"),
        KeyRule("between", .list(.duration), "two times after the run began; a moment between them by chance"),
        KeyRule("when", .conditions, "as soon as these hold after the run began"),
        KeyRule("delay", .duration, "between that moment and the deed"),
        KeyRule("for", .duration, "after this it is taken back; for kill, pause, cut and block-port"),
    ]

    static let expectationRules: [KeyRule] = [
        KeyRule("outcome", .words(Drill.outcomes), "how the run ends; succeeded unless given"),
        KeyRule(
            "znodes", .words(Drill.Expectations.Znodes.allCases.map(\.rawValue)),
            "intact, unless given: every znode as it was, in path, data and version"),
        KeyRule("lost_writes", .numberTest, "acknowledged writes that are gone; 0 unless given"),
        KeyRule("longest_write_outage", .duration, "for so long at most no client could write"),
        KeyRule("total_write_outage", .duration, "all of these together"),
        KeyRule("elections", .numberTest, "epochs that began"),
        KeyRule("expired_sessions", .numberTest, "sessions that ended without their client's wish"),
        KeyRule("duration", .duration, "from the run's first attempt to the end of its last"),
        KeyRule("state", .conditions, "what holds in the end, within a minute"),
    ]

    private let source: SourceText
    var reader: PlanReader

    /// - Parameter inventory: in which the servers of faults and conditions are looked up; nil where it is not known yet.
    init(source: SourceText, inventory: Inventory? = nil) {
        self.source = source
        reader = PlanReader(inventory: inventory)
    }

    /// The hosts and installations of the lab that a drill asks for; nil for a staging ensemble, and where that can't be read.
    static func inventory(of root: YAMLValue, in source: SourceText) -> Inventory? {
        var reader = DrillReader(source: source)
        guard let keys = reader.reader.keys(of: root, in: "the drill", rules), let value = keys["world"],
            case .lab(let lab) = reader.world(value), reader.reader.diagnostics.isEmpty
        else { return nil }
        let versions = [lab.version, lab.nextVersion].compactMap(\.self)
        let text =
            "version: 1\nensemble: lab\ninstallations: {"
            + versions.map { "v\($0): {home: /zookeeper-\($0)}" }.joined(separator: ", ") + "}\nhosts: {"
            + lab.hostNames.map { "\"\($0)\": {address: \"\($0)\"}" }.joined(separator: ", ") + "}\n"
        return try? PlanLoader { _ in Array(text.utf8) }.loadInventory("the lab")
    }

    mutating func read(_ root: YAMLValue) -> Drill? {
        guard let keys = reader.keys(of: root, in: "the drill", Self.rules) else { return nil }
        if let version = keys["version"] { reader.formatVersion(version) }
        let name = keys["drill"].flatMap { value in
            reader.line(value, wanted: "the drill's name").flatMap {
                reader.identifier($0, at: value.range, what: "a drill")
            }
        }
        let world = keys["world"].flatMap { self.world($0) }
        let plan = keys["plan"].flatMap { reader.line($0, wanted: "the path of a plan") }
        guard let name, let world, let plan, let planRange = keys["plan"]?.range else { return nil }
        var drill = Drill(
            name: name, summary: keys["summary"].flatMap { reader.text($0) } ?? "", world: world,
            plan: FilePath.relative(plan, to: source.name), planRange: planRange, variables: [:], faults: [],
            source: source)
        for (key, value) in texts(keys["vars"]) { drill.variables[key] = value }
        if let value = keys["clients"] { clients(value, &drill.clients) }
        drill.faults =
            keys["faults"].flatMap { reader.items(of: $0, wanted: "a list of faults") }?.compactMap { fault($0, world) }
            ?? []
        drill.answer = keys["when_it_fails"].flatMap { reader.word($0) } ?? drill.answer
        if let value = keys["expect"] { expect(value, &drill.expectations) }
        return drill
    }

    // MARK: World

    private mutating func world(_ value: YAMLValue) -> Drill.World? {
        guard let keys = reader.keys(of: value, in: "`world`", Self.worldRules) else { return nil }
        switch (keys["lab"], keys["staging"]) {
        case (let lab?, nil): return self.lab(lab).map { .lab($0) }
        case (nil, let staging?):
            return reader.line(staging, wanted: "the path of an inventory").map {
                .staging(inventory: FilePath.relative($0, to: source.name))
            }
        case (nil, nil), (_?, _?):
            reader.error(at: keys.range, "`world` is either `lab` or `staging`", hint: "give one of the two")
            return nil
        }
    }

    private mutating func lab(_ value: YAMLValue) -> Drill.Lab? {
        guard let keys = reader.keys(of: value, in: "`lab`", Self.labRules),
            let version = keys["version"].flatMap({ reader.version($0) })
        else { return nil }
        var lab = Drill.Lab(version: version)
        lab.nextVersion = keys["next_version"].flatMap { reader.version($0) }
        if let hosts = keys["hosts"] {
            if case .list = hosts.content {
                lab.hosts = reader.texts(hosts, wanted: "a host's name").map { .named($0) }
            } else {
                lab.hosts = reader.integer(hosts, in: 1...200).map { .count($0) }
            }
        }
        lab.spare = keys["spare"].flatMap { reader.texts($0, wanted: "a host's name") } ?? []
        lab.observers = keys["observers"].flatMap { reader.texts($0, wanted: "a host's name") } ?? []
        lab.tickTime = keys["tick_time"].flatMap { reader.integer($0, in: 50...60_000) }
        lab.initLimit = keys["init_limit"].flatMap { reader.integer($0, in: 1...100_000) }
        lab.syncLimit = keys["sync_limit"].flatMap { reader.integer($0, in: 1...100_000) }
        lab.sharesData = keys["shared_data"].flatMap { reader.boolean($0) } ?? false
        lab.separatesHosts = keys["namespaces"].flatMap { reader.boolean($0) } ?? false
        lab.settings = texts(keys["settings"])
        lab.znodes = keys["znodes"].flatMap { reader.integer($0, in: 0...1_000_000) } ?? 0
        lab.proxies = keys["proxies"].flatMap { reader.integer($0, in: 0...1000) } ?? 0
        return lab
    }

    private mutating func texts(_ value: YAMLValue?) -> [(key: String, value: String)] {
        guard let value, let entries = reader.entries(of: value, wanted: "a mapping of names and texts") else {
            return []
        }
        return entries.compactMap { entry in
            reader.lineOrEmpty(entry.value, wanted: "a text").map { (entry.key.value, $0) }
        }
    }

    private mutating func clients(_ value: YAMLValue, _ clients: inout Drill.Clients) {
        guard let keys = reader.keys(of: value, in: "`clients`", Self.clientRules) else { return }
        clients.sessions = keys["sessions"].flatMap { reader.integer($0, in: 1...100) } ?? clients.sessions
        clients.interval = keys["every"].flatMap { reader.positiveDuration($0) } ?? clients.interval
        clients.timeout = keys["session_timeout"].flatMap { reader.positiveDuration($0) } ?? clients.timeout
    }

    // MARK: Faults

    private mutating func fault(_ value: YAMLValue, _ world: Drill.World) -> Drill.Fault? {
        guard let keys = reader.keys(of: value, in: "a fault", Self.faultRules),
            let kind = keys["break"].flatMap({ reader.word($0, as: Drill.Fault.Kind.self) }),
            let moment = moment(keys)
        else { return nil }
        if case .staging = world, !kind.isForStaging {
            reader.error(
                at: keys["break"]?.range ?? keys.range, "`\(kind.rawValue)` can be done to a lab only",
                hint: "on a staging ensemble: "
                    + list(Drill.Fault.Kind.allCases.filter(\.isForStaging).map(\.rawValue)))
        }
        var fault = Drill.Fault(kind: kind, victims: victims(keys, kind), moment: moment, range: value.range)
        fault.delay = keys["delay"].flatMap { reader.duration($0) } ?? .zero
        if let lasting = keys["for"] {
            fault.lasting = reader.positiveDuration(lasting)
            if !kind.ends {
                reader.error(
                    at: keys.keyRange("for"), "`\(kind.rawValue)` can't be taken back",
                    hint: "`for` goes with " + list(Drill.Fault.Kind.allCases.filter(\.ends).map(\.rawValue)))
            }
        }
        if kind == .operatorKilled, case .first = moment {
            reader.error(
                at: keys.range, "before the run there is no operator to kill", hint: "say when, by `before` or `after`")
        }
        return fault
    }

    private mutating func victims(_ keys: YAMLKeys, _ kind: Drill.Fault.Kind) -> [Drill.Fault.Victim] {
        let isOptional = kind == .operatorKilled || kind == .listenerDeath
        guard let value = keys["server"] else {
            if !isOptional {
                reader.error(
                    at: keys.range, "`\(kind.rawValue)` needs the key `server`",
                    hint: "a host, leader, follower or any")
            }
            return []
        }
        if kind == .operatorKilled {
            reader.error(at: keys.keyRange("server"), "the operator's machine is no server", hint: "leave it out")
        }
        return (reader.oneOrMore(value, wanted: "a server") ?? []).compactMap { victim($0) }
    }

    private mutating func victim(_ value: YAMLValue) -> Drill.Fault.Victim? {
        switch value.text {
        case "leader": return .leader
        case "follower": return .follower
        case "any": return .any
        case let text? where text.contains("@"): return reader.server(value).map { .named($0.description) }
        default: return reader.host(value).map { .named($0) }
        }
    }

    private mutating func moment(_ keys: YAMLKeys) -> Drill.Fault.Moment? {
        let given = ["before", "after", "at", "between", "when"].filter { keys[$0] != nil }
        guard given.count <= 1 else {
            reader.error(
                at: keys.keyRange(given[1]), "a fault happens once: `\(given[0])` or `\(given[1])`",
                hint: "write two faults")
            return nil
        }
        switch given.first {
        case nil: return .first
        case "before": return keys["before"].flatMap { step($0) }.map { .before(step: $0) }
        case "after": return keys["after"].flatMap { step($0) }.map { .after(step: $0) }
        case "at": return keys["at"].flatMap { reader.duration($0) }.map { .time($0...$0) }
        case "when": return keys["when"].flatMap { reader.conditions($0) }.map { .condition($0) }
        default: return keys["between"].flatMap { range($0) }.map { .time($0) }
        }
    }

    private mutating func step(_ value: YAMLValue) -> String? { reader.line(value, wanted: "a step's id") }

    private mutating func range(_ value: YAMLValue) -> ClosedRange<Duration>? {
        let items = reader.items(of: value, wanted: "two durations such as [5s, 40s]")
        guard let items, let times = reader.each(items, { $0.duration($1) }) else { return nil }
        guard times.count == 2, times[0] <= times[1] else {
            reader.misfit(value, wanted: "two durations, the shorter first, such as [5s, 40s]")
            return nil
        }
        return times[0]...times[1]
    }

    // MARK: Expectations

    private mutating func expect(_ value: YAMLValue, _ wanted: inout Drill.Expectations) {
        guard let keys = reader.keys(of: value, in: "`expect`", Self.expectationRules) else { return }
        wanted.outcome = keys["outcome"].flatMap { reader.word($0, among: Drill.outcomes) } ?? wanted.outcome
        wanted.znodes = keys["znodes"].flatMap { reader.word($0) } ?? wanted.znodes
        wanted.lostWrites = keys["lost_writes"].flatMap { reader.numberTest($0) } ?? wanted.lostWrites
        wanted.longestWriteOutage = keys["longest_write_outage"].flatMap { reader.duration($0) }
        wanted.totalWriteOutage = keys["total_write_outage"].flatMap { reader.duration($0) }
        wanted.elections = keys["elections"].flatMap { reader.numberTest($0) }
        wanted.expiredSessions = keys["expired_sessions"].flatMap { reader.numberTest($0) }
        wanted.duration = keys["duration"].flatMap { reader.positiveDuration($0) }
        wanted.state = keys["state"].flatMap { reader.conditions($0) } ?? []
    }
}
