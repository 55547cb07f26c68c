import EnsembleModel

struct SetMyid: StepKind {
    static let verb = "set_myid"
    static let documentation = StepDocumentation(
        summary: "write dataDir/myid", value: .named(by: .server, .integer(1...255)),
        example: "- set_myid: {zk6@v3.4.14: 2, zk8@v3.4.14: 3}")

    let myids: [(server: ServerName, id: ServerID)]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let entries = reader.entries(of: value, wanted: "a mapping of servers and myids") else { return nil }
        var myids: [(server: ServerName, id: ServerID)] = []
        for entry in entries {
            let server = reader.server(YAMLValue(.scalar(entry.key.value, plain: false), range: entry.key.range))
            let id = reader.serverID(entry.value)
            if let server, let id { myids.append((server, id)) }
        }
        guard myids.count == entries.count else { return nil }
        self.myids = myids
    }

    var compensation: Compensation { .automatic }
    var title: String { titled("set myid of", myids.map { "\($0.server) to \($0.id)" }) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] { myids.map { [.setMyid($0.server, $0.id)] } }
}
