import EnsembleModel

/// A kind of step, defined in one file: its verb, its keys, and the operations that it lowers to. What the operations do
/// to the planned state, in the preview, on the hosts and in a rollback follows from `Operation`.
///
/// To add one: a file in `StepKinds/`, a line in `StepKinds.all`, an example; CONTRIBUTING.md has the list.
package protocol StepKind: Sendable {
    static var verb: String { get }
    /// What the verb's value may hold; the reader, the reference and the schema go by it.
    static var documentation: StepDocumentation { get }

    /// Reads the verb's value. Everything wrong is reported to `reader`, all of it; nil where the value can't be used.
    init?(_ value: YAMLValue, reader: inout PlanReader)

    var compensation: Compensation { get }
    /// What the step does, in a few words, such as `restart zk2@v3.4.14, zk3@v3.4.14`.
    var title: String { get }
    /// Lowers to operations: groups one after the other, the operations of a group side by side. What turns out to be impossible only
    /// with the facts in hand is reported to `scope`.
    func lower(in scope: inout ResolutionScope) -> [[Operation]]
    /// `rolling` alone has another body than operations.
    func body(in scope: inout ResolutionScope) -> ResolvedStep.Body
}

extension StepKind {
    package func body(in scope: inout ResolutionScope) -> ResolvedStep.Body { .operations(lower(in: &scope)) }
}

extension [ServerName] {
    /// One operation for each server: side by side, unless two of them may touch the same file, being on one host.
    func groups(_ make: (ServerName) -> Operation) -> [[Operation]] {
        Set(map(\.host)).count == count ? [map(make)] : map { [make($0)] }
    }
}

package struct StepDocumentation: Sendable {
    package var summary: String
    package var value: ValueShape
    /// A step as it stands in a plan.
    package var example: String

    package init(summary: String, value: ValueShape, example: String) {
        self.summary = summary
        self.value = value
        self.example = example
    }

    package init(summary: String, keys: [KeyRule], example: String) {
        self.init(summary: summary, value: .keys(keys), example: example)
    }

    /// The keys of the verb's mapping; empty where the value is no mapping.
    package var keys: [KeyRule] {
        switch value {
        case .keys(let rules): rules
        case .either(let shapes):
            shapes.lazy.compactMap { if case .keys(let rules) = $0 { rules } else { nil } }.first ?? []
        default: []
        }
    }
}
