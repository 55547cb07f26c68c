import EnsembleModel

/// The escape hatch.
struct Run: StepKind {
    static let verb = "run"
    static let documentation = StepDocumentation(
        summary: "the escape hatch: a shell command, how to undo it, and a check that says it is already done",
        keys: [
            KeyRule("hosts", .oneOrMore(.host), required: true, "where, in this order"),
            KeyRule("command", .text, required: true, "a shell command"),
            KeyRule("undo", .text, "a shell command that undoes it"),
            KeyRule("check", .text, "a shell command that ends with 0 where nothing remains to be done"),
            KeyRule(
                "environment", .named(by: .text, .either([.text, .keys(secretRules)])),
                "variables of all three; `{secret: NAME}` takes the value from the operator's variable NAME, and neither the run's files "
                    + "nor any list of processes shows it"),
        ],
        example: "- run: {hosts: [zk6], command: mkdir -p /data/zk, undo: rmdir /data/zk, check: test -d /data/zk}")

    private static let secretRules = [
        KeyRule("secret", .text, required: true, "the name of a variable of the operator's environment")
    ]

    let hosts: [String]
    let command: String
    let undo: String?
    let check: String?
    let environment: [String: EnvironmentValue]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`run`", Self.documentation.keys) else { return nil }
        let hosts = keys["hosts"].flatMap { reader.hosts($0) }
        let command = keys["command"].flatMap { reader.text($0, wanted: "a shell command") }
        undo = keys["undo"].flatMap { reader.text($0, wanted: "a shell command") }
        check = keys["check"].flatMap { reader.text($0, wanted: "a shell command") }
        environment = keys["environment"].map { Self.environment($0, &reader) } ?? [:]
        guard let hosts, let command else { return nil }
        self.hosts = hosts
        self.command = command
    }

    var compensation: Compensation { undo == nil ? .none(reason: "its author gave no `undo`") : .written }
    var title: String { titled("run `\(shortened(command))` on", hosts) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        hosts.map { host in
            var operation = CommandOperation(
                host: host, title: "run \(shortened(command))", script: command, check: check, undo: undo)
            operation.environment = environment
            return [.command(operation)]
        }
    }

    private static func environment(_ value: YAMLValue, _ reader: inout PlanReader) -> [String: EnvironmentValue] {
        var environment: [String: EnvironmentValue] = [:]
        for entry in reader.entries(of: value, wanted: "a mapping of variables") ?? [] {
            guard let name = variable(entry.key.value, at: entry.key.range, &reader) else { continue }
            if case .scalar = entry.value.content {
                environment[name] = reader.anyText(entry.value, wanted: "the variable's value").map { .text($0) }
            } else if let secret = reader.keys(of: entry.value, in: "`\(name)`", secretRules)?["secret"],
                let text = reader.text(secret, wanted: "the name of a variable")
            {
                environment[name] = variable(text, at: secret.range, &reader).map { .secret(variable: $0) }
            }
        }
        return environment
    }

    /// A name that shells can set (POSIX.1-2017, XBD 3.235).
    private static func variable(_ name: String, at range: SourceRange, _ reader: inout PlanReader) -> String? {
        let isName = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard isName, let first = name.first, !first.isNumber else {
            reader.error(
                at: range, "`\(shortened(name))` can't be the name of a variable",
                hint: "letters, digits and `_` are allowed, and the first must not be a digit")
            return nil
        }
        return name
    }
}
