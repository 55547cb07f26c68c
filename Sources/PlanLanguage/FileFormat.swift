/// A kind of file that an operator writes.
package enum FileFormat: String, Sendable, CaseIterable {
    case plan, inventory, facts, drill

    /// The keys of the file; those below stand in the rules' shapes.
    package var rules: [KeyRule] {
        switch self {
        case .plan: PlanRules.plan
        case .inventory: InventoryReader.rules
        case .facts: FactsReader.rules
        case .drill: DrillReader.rules
        }
    }

    /// The keys that may stand beside a step's verb.
    package static let stepRules = ParsedStep.rules
}
