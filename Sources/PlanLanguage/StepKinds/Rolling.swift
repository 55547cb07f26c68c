import EnsembleModel

/// The same steps for one server after the other.
struct Rolling: StepKind {
    typealias Order = ResolvedStep.Rolling.Order

    static let verb = "rolling"
    static let documentation = StepDocumentation(
        summary:
            "for each server in turn, run `steps` with `$server` and `$host`; who leads is looked up again before each server",
        keys: [
            KeyRule("servers", .oneOrMore(.server), required: true, "the servers"),
            KeyRule("order", .words(Order.allCases.map(\.rawValue)), "listed unless given"),
            KeyRule("steps", .steps, required: true, "the steps; $server and $host stand for the server in turn"),
        ],
        example: """
            - rolling:
                servers: [zk6@v3.4.14, zk8@v3.4.14, zk1@v3.4.14]
                order: leader_last
                steps:
                  - restart: $server
            """)

    let servers: [ServerName]
    let order: Order
    let steps: [ServerName: [(number: Int, step: ParsedStep)]]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let keys = reader.keys(of: value, in: "`rolling`", Self.documentation.keys) else { return nil }
        let servers = keys["servers"].flatMap { reader.servers($0) }
        let order = keys["order"].map { reader.word($0, as: Order.self) } ?? .listed
        guard let stepsValue = keys["steps"] else { return nil }
        guard stepsValue.weight * (servers?.count ?? 1) <= YAMLComposer.weightLimit else {
            reader.error(
                at: stepsValue.range, "for all servers together, these are more than \(YAMLComposer.weightLimit) values"
            )
            return nil
        }
        // Without servers the steps are read all the same, for what is wrong with them.
        let place =
            (reader.inventory?.servers.keys).flatMap { $0.min() }
            ?? ServerName(host: "host", installation: "installation")
        var steps: [ServerName: [(number: Int, step: ParsedStep)]] = [:]
        var reported: Set<SourceRange> = []
        for server in servers ?? [place] {
            var inner = PlanReader(inventory: reader.inventory)
            inner.isInsideRolling = true
            let filled = stepsValue.mapScalars { text, _ in RollingNames.filled(text, with: server) }
            steps[server] = inner.steps(filled)
            // What is wrong for the first server mostly is for the others; once is enough.
            let new = inner.diagnostics.filter { $0.range.map { !reported.contains($0) } ?? true }
            reader.diagnostics += new
            reported.formUnion(new.compactMap(\.range))
        }
        guard let servers, let order, steps.count == servers.count else { return nil }
        self.servers = servers
        self.order = order
        self.steps = steps
    }

    /// That of its worst step is shown with the step itself.
    var compensation: Compensation {
        let all = (servers.first.flatMap { steps[$0] } ?? []).map(\.step.kind.compensation)
        if let none = all.first(where: { if case .none = $0 { true } else { false } }) { return none }
        if all.contains(.written) { return .written }
        return all.contains(.automatic) ? .automatic : .nothingChanges
    }

    var title: String {
        let order =
            switch order {
            case .listed: ""
            case .leaderLast: ", the leader last"
            case .ascendingMyid: ", by ascending myid"
            }
        return titled("rolling over", servers.map(\.description)) + order
    }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] { [] }

    func body(in scope: inout ResolutionScope) -> ResolvedStep.Body {
        let id = scope.stepID
        let outer = (timeout: scope.timeout, onFailure: scope.onFailure)
        var resolved: [ServerName: [ResolvedStep]] = [:]
        for server in servers {
            resolved[server] = (steps[server] ?? []).map { number, step in
                step.resolved(id: "\(id)[\(server)].\(number)", in: &scope, outer: outer)
            }
        }
        return .rolling(.init(servers: servers, order: order, steps: resolved))
    }
}
