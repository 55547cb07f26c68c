import EnsembleModel

struct PersistZnodes: StepKind {
    static let verb = "persist_znodes"
    static let documentation = StepDocumentation(
        summary: "for every ephemeral znode that matches a glob, write a persistent one of the same data; idempotent",
        keys: [
            KeyRule("through", .server, required: true, "the server that is asked and written to"),
            KeyRule("from", .text, required: true, "a path in which * stands for any text without /"),
            KeyRule(
                "under", .text,
                "another parent, the same one unless given; what stands there already with other data is refused"),
        ],
        example: "- persist_znodes: {through: zk10@v3.4.6, from: /jodis/demo/proxy-*}")

    let server: ServerName
    let from: String
    let under: String?

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`persist_znodes`", Self.documentation.keys) else { return nil }
        let server = keys["through"].flatMap { reader.server($0) }
        let from = keys["from"].flatMap { reader.znode($0) }
        let under = keys["under"].map { reader.znode($0) }
        if case .some(.none) = under { return nil }
        guard let server, let from else { return nil }
        self.server = server
        self.from = from
        self.under = under ?? nil
    }

    var compensation: Compensation { .automatic }

    var title: String { "write persistent copies of \(from)\(under.map { " under \($0)" } ?? "")" }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        [[.persistZnodes(through: server, from: from, under: under)]]
    }
}
