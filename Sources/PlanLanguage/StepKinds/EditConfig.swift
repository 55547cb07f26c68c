import EnsembleModel

/// A lossless edit of zoo.cfg.
struct EditConfig: StepKind {
    static let verb = "edit_config"
    static let documentation = StepDocumentation(
        summary:
            "edit zoo.cfg: comments, order and untouched lines stay byte for byte; a value that ZooKeeper refuses is an error, a name that is "
            + "nearly one of its own a warning",
        keys: [KeyRule("servers", .oneOrMore(.server), required: true, "whose configuration")] + TextEditKeys.rules + [
            KeyRule(
                "members", .named(by: .integer(1...255), .either([.host, .keys(MemberPlace.rules)])),
                "the server.N lines become exactly this set; each host's known ports are used again"),
            KeyRule(
                "dropped", .words(["remove", "comment"]),
                "what becomes of server lines that members doesn't name; remove unless given"),
        ],
        example: """
            - edit_config:
                servers: [zk1@v3.4.14, zk6@v3.4.14]
                set: {initLimit: 20}
                members: {1: zk1, 2: zk6, 3: zk8}
                dropped: comment
            """)

    let servers: [ServerName]
    let edit: TextEdit
    let members: [MemberPlace]?

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`edit_config`", Self.documentation.keys) else { return nil }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        var edit = TextEdit()
        TextEditKeys.read(keys, into: &edit, reader: &reader)
        if case .mapping(let settings) = keys["set"]?.content {
            for setting in settings { Self.check(setting, reader: &reader) }
        }
        members = keys["members"].flatMap { MemberPlace.read($0, reader: &reader) }
        if let word = keys["dropped"].flatMap({ reader.word($0, among: ["remove", "comment"]) }) {
            edit.dropped = TextEdit.Dropped(rawValue: word) ?? .remove
        }
        if keys["dropped"] != nil, keys["members"] == nil {
            reader.error(at: keys.keyRange("dropped"), "`dropped` has a meaning beside `members` only")
        }
        if keys["members"] != nil {
            for (name, patterns) in [("set", edit.set.map(\.key)), ("remove", edit.remove), ("comment", edit.comment)] {
                for pattern in patterns where pattern.hasPrefix("server.") {
                    reader.error(
                        at: keys.keyRange(name),
                        "`members` and `\(shortened(pattern))` both say what the server lines are",
                        hint: "`members` makes them exactly its set; leave the other out")
                }
            }
        }
        if ["set", "remove", "comment", "members"].allSatisfy({ keys[$0] == nil }) {
            reader.error(
                at: keys.range, "`edit_config` changes nothing", hint: "give `set`, `remove`, `comment` or `members`")
        }
        guard let servers else { return nil }
        self.servers = servers
        self.edit = edit
    }

    /// ZooKeeper takes any key as a system property, so that a misspelt one is set without effect, and nobody is told.
    private static func check(_ setting: YAMLValue.Entry, reader: inout PlanReader) {
        let name = setting.key.value
        guard let value = setting.value.text, !setting.value.isUnknown, !Variables.isUnknown(name) else { return }
        if let wanted = ConfigSetting.wanted(of: name, insteadOf: value) {
            reader.misfit(setting.value, wanted: "\(wanted), for `\(name)`,")
        } else if name.hasPrefix("server."), MemberAddress(value) == nil {
            reader.misfit(setting.value, wanted: "host:quorumPort:electionPort")
        } else if !ConfigSetting.names.contains(name), let near = nearest(name, among: ConfigSetting.names, atMost: 2) {
            reader.warning(
                at: setting.key.range, "`\(shortened(name))` is no setting that ZooKeeper knows",
                hint: "did you mean `\(near)`?")
        }
    }

    var compensation: Compensation { .automatic }
    var title: String { titled("edit the configuration of", servers.map(\.description)) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        servers.groups { server in
            var edit = edit
            if let members { edit.members = scope.members(members, in: server) }
            return .editFile(.config(server), edit)
        }
    }
}
