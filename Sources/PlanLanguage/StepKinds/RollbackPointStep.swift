/// A place that `run rollback --to` can return to.
struct RollbackPointStep: StepKind {
    static let verb = "rollback_point"
    static let documentation = StepDocumentation(
        summary: "a place that `rollback --to` can return to", value: .text, example: "- rollback_point: trio prepared")

    let name: Located<String>

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let name = reader.line(value, wanted: "the name of the rollback point") else { return nil }
        self.name = Located(name, value.range)
    }

    var compensation: Compensation { .nothingChanges }
    var title: String { "rollback point \(name.value)" }

    func lower(in scope: inout ResolutionScope) -> [[Operation]] {
        if let before = scope.rollbackPoints.updateValue(name.range, forKey: name.value) {
            scope.error(
                at: name.range, "a rollback point `\(shortened(name.value))` stands in line \(before.line) already",
                hint: before == name.range
                    ? "in a rolling step, put $server into the name" : "give each a name of its own")
        }
        return [[.rollbackPoint(name.value)]]
    }
}
