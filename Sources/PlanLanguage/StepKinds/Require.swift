/// Conditions that must hold now, before anything changes.
struct Require: StepKind {
    static let verb = "require"
    static let documentation = StepDocumentation(
        summary: "every condition must hold now, else stop before anything changes", value: .conditions,
        example: "- require: [{leader: zk10@v3.4.6}, {synced_followers: 2}]")

    let conditions: [Condition]

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let conditions = reader.conditions(value) else { return nil }
        self.conditions = conditions
    }

    var compensation: Compensation { .nothingChanges }
    var title: String { conditionsTitle("require", conditions) }
    func lower(in scope: inout ResolutionScope) -> [[Operation]] { [[.require(conditions)]] }
}

func conditionsTitle(_ verb: String, _ conditions: [Condition]) -> String {
    let more = conditions.count > 1 ? ", and \(conditions.count - 1) more" : ""
    return "\(verb): \(conditions.first?.description ?? "nothing")\(more)"
}
