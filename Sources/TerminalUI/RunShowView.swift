import EnsembleModel
package import PlanExecution

/// One run: what it was, how far it came, and what it said, as text or JSON.
package struct RunShowView: Sendable {
    private struct Step {
        var id: String
        var title: String
        var outcome: StepOutcome?
        var seconds: Double?
    }

    private let summary: RunSummary
    /// What the plan, inventory and facts were reviewed by.
    private let digest: String
    private let folder: String
    private var steps: [Step] = []
    /// Of the last attempt, if that failed.
    private var failure: RunViewState.Failure?
    private var warnings: [String] = []

    /// - Parameter events: all that were sent, of every attempt.
    package init(_ summary: RunSummary, digest: String, folder: String, events: [RunEvent]) {
        self.summary = summary
        self.digest = digest
        self.folder = folder
        for event in events { apply(event) }
    }

    private mutating func apply(_ event: RunEvent) {
        switch event.kind {
        case .runStarted: failure = nil
        case .stepStarted(let id, let title):
            // A step that is begun again after a resume stands where it stood.
            if let index = steps.firstIndex(where: { $0.id == id }) {
                steps[index] = Step(id: id, title: title)
            } else {
                steps.append(Step(id: id, title: title))
            }
        case .stepFinished(let id, let outcome, let seconds):
            guard let index = steps.firstIndex(where: { $0.id == id }) else { return }
            steps[index].outcome = outcome
            steps[index].seconds = seconds
        case .warning(let text): warnings.append(text)
        case .failure(let step, let message, let remedy):
            failure = RunViewState.Failure(step: step, message: message, remedy: remedy)
        default: break
        }
    }

    package func text(_ palette: Palette) -> String {
        let ended = summary.endedAt.map { Amounts.timestamp($0) } ?? "-"
        var lines = [
            field("run", summary.run, .strong), field("ensemble", summary.ensemble), field("plan", summary.plan),
            field("digest", digest, .faint),
            field("outcome", summary.outcome.rawValue, RunListView.paint(summary.outcome)),
            field("started", Amounts.timestamp(summary.startedAt)), field("ended", ended),
            field("folder", folder, .faint),
        ]
        if !steps.isEmpty { lines.append(StyledLine()) }
        lines += steps.map { line(of: $0, palette) }
        if !warnings.isEmpty { lines.append(StyledLine()) }
        lines += warnings.map { StyledLine("\(palette.warning) \(safeForTerminal($0))", .caution) }
        if let failure {
            let place = failure.step.map { "\($0): " } ?? ""
            lines += [StyledLine(), StyledLine("\(palette.failed) \(safeForTerminal(place + failure.message))", .bad)]
            lines += failure.remedy.split(separator: "\n").map { StyledLine("  " + safeForTerminal($0)) }
        }
        return lines.map { $0.rendered(palette) + "\n" }.joined()
    }

    private func field(_ name: String, _ value: String, _ paint: Paint = .plain) -> StyledLine {
        var line = StyledLine(padded(name, to: 10), .faint)
        line.add(safeForTerminal(value), paint)
        return line
    }

    private func line(of step: Step, _ palette: Palette) -> StyledLine {
        let (mark, paint): (String, Paint) =
            switch step.outcome {
            case .done, .already: (palette.done, .good)
            case .failed: (palette.failed, .bad)
            case .skipped, .undone: ("-", .faint)
            case nil: (palette.current, .active)
            }
        let margin = step.id.contains("[") ? "  " : ""
        var line = StyledLine("\(margin)\(mark) ", paint)
        line.add(safeForTerminal(step.id) + " ", .faint)
        line.add(safeForTerminal(step.title))
        switch step.outcome {
        case .already: line.add("  already so", .faint)
        case .undone: line.add("  undone", .faint)
        case .skipped: line.add("  not finished", .faint)
        default: break
        }
        if let seconds = step.seconds { line.add("  " + Amounts.took(seconds), .faint) }
        return line
    }

    package var json: String {
        guard case .object(var members) = RunListView.json(summary) else { return "" }
        let steps = steps.map { step in
            JSONText.object([
                "step": .string(step.id), "title": .string(step.title),
                "outcome": .optional(step.outcome) { .string($0.rawValue) },
                "duration_s": .optional(step.seconds, JSONText.number),
            ])
        }
        let failure = JSONText.optional(failure) { failure in
            .object([
                "step": .described(failure.step), "message": .string(failure.message),
                "remedy": .string(failure.remedy),
            ])
        }
        members.insert(.init(name: "version", value: .integer(1)), at: 0)
        members += [
            .init(name: "digest", value: .string(digest)), .init(name: "folder", value: .string(folder)),
            .init(name: "steps", value: .array(steps)),
            .init(name: "warnings", value: .array(warnings.map(JSONText.string))),
            .init(name: "failure", value: failure),
        ]
        return JSONText.object(members).document
    }
}
