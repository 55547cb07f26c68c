import EnsembleModel

struct ClearData: StepKind {
    static let verb = "clear_data"
    static let documentation = StepDocumentation(
        summary: "move `version-2` of dataDir and dataLogDir aside into the run's backup; only of a stopped server",
        value: .oneOrMore(.server), example: "- clear_data: [zk6@v3.4.14, zk8@v3.4.14]")

    let servers: [ServerName]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let servers = reader.servers(value) else { return nil }
        self.servers = servers
    }

    var compensation: Compensation { .automatic }
    var title: String { titled("clear the data of", servers.map(\.description)) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] { servers.map { [.clearData($0)] } }
}
