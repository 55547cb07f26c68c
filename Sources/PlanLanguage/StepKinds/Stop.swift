import EnsembleModel

struct Stop: StepKind {
    static let verb = "stop"
    static let documentation = ServerAction.documentation(
        "stop servers in the order listed, each until its process is gone",
        example: "- stop: [zk7@v3.4.6, zk9@v3.4.6, zk10@v3.4.6]")

    let action: ServerAction

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let action = ServerAction(value, verb: Self.verb, reader: &reader) else { return nil }
        self.action = action
        guard let settle = action.settle, let place = value.value(of: "settle") else { return }
        switch settle {
        case .none:
            reader.warning(at: place.range, "a stop always waits until the process is gone", hint: "leave `settle` out")
        case .running, .serving:
            reader.error(
                at: place.range, "a stopped server can't be `\(settle.rawValue)`",
                hint: "leave `settle` out, or use `restart`")
        }
    }

    var compensation: Compensation { .automatic }
    var title: String { action.title(Self.verb) }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        action.groups { [.stop($0, limit: scope.limit)] }
    }
}
