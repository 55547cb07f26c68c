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
        ],
        example: "- run: {hosts: [zk6], command: mkdir -p /data/zk, undo: rmdir /data/zk, check: test -d /data/zk}")

    let hosts: [String]
    let command: String
    let undo: String?
    let check: String?

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`run`", Self.documentation.keys) else { return nil }
        let hosts = keys["hosts"].flatMap { reader.hosts($0) }
        let command = keys["command"].flatMap { reader.text($0, wanted: "a shell command") }
        undo = keys["undo"].flatMap { reader.text($0, wanted: "a shell command") }
        check = keys["check"].flatMap { reader.text($0, wanted: "a shell command") }
        guard let hosts, let command else { return nil }
        self.hosts = hosts
        self.command = command
    }

    var compensation: Compensation { undo == nil ? .none(reason: "its author gave no `undo`") : .written }
    var title: String { titled("run `\(shortened(command))` on", hosts) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        hosts.map { host in
            [.command(.init(host: host, title: "run \(shortened(command))", script: command, check: check, undo: undo))]
        }
    }
}
