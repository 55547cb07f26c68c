/// A question to the operator.
struct Confirm: StepKind {
    static let verb = "confirm"
    static let documentation = StepDocumentation(
        summary: "ask the operator; `--yes` answers yes; without a terminal and without it, stop", value: .text,
        example: "- confirm: Have the proxies reconnected?")

    let question: String

    init?(_ value: YAMLValue, reader: inout PlanReader) {
        guard let question = reader.text(value, wanted: "a question") else { return nil }
        self.question = question
    }

    var compensation: Compensation { .nothingChanges }
    var title: String { "confirm: \(shortened(question))" }
    func lower(in scope: inout ResolutionScope) -> [[Operation]] { [[.confirm(question)]] }
}
