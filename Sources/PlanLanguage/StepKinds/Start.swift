import EnsembleModel

struct Start: StepKind {
    static let verb = "start"
    static let documentation = ServerAction.documentation(
        "start servers in the order listed, each until it has settled",
        example: "- start: {servers: [zk1@v3.4.14, zk6@v3.4.14], settle: running}\n  timeout: 5m")

    let action: ServerAction

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let action = ServerAction(value, verb: Self.verb, reader: &reader) else { return nil }
        self.action = action
    }

    var compensation: Compensation { .automatic }
    var title: String { action.title(Self.verb) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        action.groups { [.start($0, settle: action.settle ?? .serving, limit: scope.limit)] }
    }
}
