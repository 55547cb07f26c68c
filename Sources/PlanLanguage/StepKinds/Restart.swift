import EnsembleModel

struct Restart: StepKind {
    static let verb = "restart"
    static let documentation = ServerAction.documentation(
        "stop and start servers in the order listed, each until it has settled",
        example: "- restart: [zk2@v3.4.14, zk3@v3.4.14, zk1@v3.4.14]")

    let action: ServerAction

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let action = ServerAction(value, verb: Self.verb, reader: &reader) else { return nil }
        self.action = action
    }

    var compensation: Compensation { .automatic }
    var title: String { action.title(Self.verb) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        action.groups { server in
            [
                .stop(server, limit: scope.limit),
                .start(server, settle: action.settle ?? .serving, limit: scope.limit),
            ]
        }
    }
}
