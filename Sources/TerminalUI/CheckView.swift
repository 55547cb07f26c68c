import EnsembleModel
package import PlanLanguage
package import PlanVerification

/// What `plan check` found, as text or JSON.
package struct CheckView: Sendable {
    package enum Outcome: Sendable {
        case checked(ResolvedPlan, PlanFindings)
        case invalid(InvalidInput)
        /// The plan is well-formed, and there are no facts to verify it from.
        case needsFacts(ResolvedPlan)
    }

    private let outcome: Outcome
    private let failures: Int

    /// - Parameter failures: what was asked for; written where nothing could be verified.
    package init(_ outcome: Outcome, failures: Int = 1) {
        self.outcome = outcome
        self.failures = failures
    }

    // MARK: Text

    package func text(width: Int = 100, palette: Palette = Palette(colour: false)) -> String {
        switch outcome {
        case .invalid(let input): return DiagnosticsView(input).text(palette: palette)
        case .needsFacts(let plan):
            var page = TextPage(width: width, palette: palette)
            page.add("\(plan.source.name): ", .plain, then: "not verified", .bad)
            page.paragraph(Self.factsNeeded, indent: 2)
            return page.text
        case .checked(let plan, let findings): return text(plan, findings, width, palette)
        }
    }

    private func text(_ plan: ResolvedPlan, _ findings: PlanFindings, _ width: Int, _ palette: Palette) -> String {
        var page = TextPage(width: width, palette: palette)
        let blocking = findings.blockingHazards.count
        page.add(
            "\(plan.source.name): ", .plain, then: blocking == 0 ? "safe" : "unsafe, \(counted(blocking, "error"))",
            blocking == 0 ? .good : .bad)
        HazardText.add(findings, in: plan.source, to: &page)
        explain(findings.leaders, &page)
        page.blank()
        let states =
            findings.statesExplored > 0
            ? ", \(counted(findings.statesExplored, "state")) explored in \(megabytes(findings.memory))" : ""
        let crashes = "\(findings.failures == 1 ? "any one server" : "any \(findings.failures) servers") may crash"
        page.paragraph("\(crashes)\(states); digest \(plan.digest)", indent: 2, paint: .faint)
        let warnings =
            plan.warnings.isEmpty
            ? ""
            : DiagnosticsView(InvalidInput(plan.warnings, sources: [plan.source])).text(
                palette: palette)
        return warnings + page.text
    }

    private func explain(_ leaders: [LeadersAfter], _ page: inout TextPage) {
        guard !leaders.isEmpty else { return }
        page.blank()
        page.add("Who may lead after each restart, where nothing crashes", .strong)
        for after in leaders {
            page.blank()
            page.paragraph("\(after.step) \(after.title)", indent: 2)
            for candidate in after.candidates {
                page.paragraph("\(candidate.server): \(candidate.why)", indent: 6)
            }
            if after.candidates.isEmpty { page.paragraph("nobody", indent: 6) }
        }
    }

    private func megabytes(_ bytes: Int) -> String { "\(max(1, (bytes + 500_000) / 1_000_000)) MB" }

    static let factsNeeded =
        "Without facts nothing can be verified: name them under `facts:` in the plan "
        + "(`zkops ensemble facts -i INVENTORY -o facts.yaml` captures them). `zkops plan preview --live` and `zkops plan apply` look at the hosts for them."

    // MARK: JSON

    /// The stable interface of `plan check --format json`, version 1, with `memory_bytes`, `warnings`, `not_explored` and `leaders`
    /// added. `memory_bytes` is what the search held for its states, the same each time; 0 where there was no search.
    package var json: String {
        switch outcome {
        case .checked(let plan, let findings):
            document(
                verdict: findings.blockingHazards.isEmpty ? "safe" : "unsafe", findings.hazards,
                findings.statesExplored, findings.failures, memory: findings.memory, diagnostics: plan.warnings,
                notExplored: findings.notExplored, leaders: findings.leaders)
        case .invalid(let input): document(verdict: "invalid", [], 0, failures, diagnostics: input.diagnostics)
        case .needsFacts(let plan):
            document(
                verdict: "invalid", [], 0, failures,
                diagnostics: plan.warnings + [
                    Diagnostic(
                        .error, at: SourceRange(file: plan.source.name, line: 1, column: 1), Self.factsNeeded)
                ])
        }
    }

    private static func json(_ after: LeadersAfter) -> JSONText {
        .object([
            "step": .string(after.step), "title": .string(after.title),
            "candidates": .array(
                after.candidates.map {
                    .object(["server": .string($0.server.description), "why": .string($0.why)])
                }),
        ])
    }

    private func document(
        verdict: String, _ hazards: [Hazard], _ states: Int, _ failures: Int, memory: Int = 0,
        diagnostics: [Diagnostic],
        notExplored: Set<HazardCode> = [], leaders: [LeadersAfter] = []
    ) -> String {
        JSONText.object([
            "version": .integer(1), "verdict": .string(verdict), "hazards": .array(hazards.map(HazardJSON.value)),
            "states_explored": .integer(states), "memory_bytes": .integer(memory), "failures": .integer(failures),
            "errors": DiagnosticsView.json(diagnostics.filter { $0.severity == .error }),
            "warnings": DiagnosticsView.json(diagnostics.filter { $0.severity == .warning }),
            "not_explored": .array(notExplored.sorted().map { .string($0.rawValue) }),
            "leaders": .array(leaders.map(Self.json)),
        ]).document
    }
}
