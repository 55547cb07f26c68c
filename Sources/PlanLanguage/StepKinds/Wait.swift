/// Conditions that are waited for.
struct Wait: StepKind {
    static let verb = "wait"
    static let documentation = StepDocumentation(
        summary: "wait until all conditions hold, at most `timeout`, which is `settle_timeout` unless given",
        value: .conditions,
        example: "- wait: [{serving: [zk1@v3.4.14, zk6@v3.4.14]}]\n  timeout: 5m")

    let conditions: [Condition]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let conditions = reader.conditions(value) else { return nil }
        self.conditions = conditions
    }

    var compensation: Compensation { .nothingChanges }
    var title: String { conditionsTitle("wait", conditions) }
    func lower(in scope: inout ResolutionScope) -> [[Operation]] { [[.wait(conditions, limit: scope.limit)]] }
}
