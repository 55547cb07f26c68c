import EnsembleModel
import PlanLanguage

/// Violations in the words of operators.
struct HazardStory {
    let search: Search

    init(_ search: Search) { self.search = search }

    func hazard(_ violation: Violation) -> Hazard {
        Hazard(
            violation.what.code, violation.what.code == .fragile ? .warning : .error, step: violation.place?.step.id,
            stage: violation.place?.stage, "\(violation.what)", trace: trace(to: violation.state))
    }

    func trace(to number: Int) -> [String] {
        var path: [Int] = []
        var next: Int? = number
        while let current = next {
            path.append(current)
            next = search.store.parent(current)
        }
        return path.reversed().dropFirst().map { "\(search.store.event($0))" }
    }
}
