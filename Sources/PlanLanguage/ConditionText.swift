extension PlanLoader {
    /// Conditions as plans write them, given in one text: `synced_followers: 4`, or a list of such mappings.
    /// - Parameter name: what the text is called where something is wrong with it.
    package static func conditions(
        _ text: String, named name: String, inventory: Inventory
    ) throws(InvalidInput) -> [Condition] {
        let source = SourceText(name: name, text: text)
        var diagnostics: [Diagnostic] = []
        var reader = PlanReader(inventory: inventory)
        let conditions = YAMLComposer.compose(source, diagnostics: &diagnostics).flatMap { reader.conditions($0) }
        diagnostics += reader.diagnostics
        if let conditions, !diagnostics.contains(where: { $0.severity == .error }) {
            guard let copied = conditions.first(where: \.countsFromACopy) else { return conditions }
            diagnostics.append(
                Diagnostic(
                    .error, at: copied.range, "`lost_writes` counts from a copy that a run made, and there is no run"))
        }
        throw InvalidInput(diagnostics, sources: [source])
    }
}

extension Condition {
    fileprivate var countsFromACopy: Bool {
        if case .lostWrites = kind { true } else { false }
    }
}
