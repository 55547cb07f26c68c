import EnsembleModel

struct CopyData: StepKind {
    static let verb = "copy_data"
    static let documentation = StepDocumentation(
        summary:
            "copy `version-2` of dataDir and dataLogDir, not myid, checksummed end to end, onto a stopped, empty server",
        keys: [
            KeyRule("from", .server, required: true, "the source, which may run"),
            KeyRule("to", .server, required: true, "the target, stopped and empty"),
        ],
        example: "- copy_data: {from: zk10@v3.4.6, to: zk1@v3.4.14}")

    let source: ServerName
    let target: ServerName

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`copy_data`", Self.documentation.keys) else { return nil }
        let source = keys["from"].flatMap { reader.server($0) }
        let target = keys["to"].flatMap { reader.server($0) }
        guard let source, let target else { return nil }
        if source == target, let value = keys["to"] {
            reader.error(at: value.range, "`from` and `to` are the same server")
        }
        self.source = source
        self.target = target
    }

    var compensation: Compensation { .automatic }
    var title: String { "copy the data of \(source) to \(target)" }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] { [[.copyData(from: source, to: target)]] }
}
