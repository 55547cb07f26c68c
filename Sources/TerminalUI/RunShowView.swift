import EnsembleModel
import PlanExecution

/// One run: what it was, how far it came, and what it said, as text or JSON.
package struct RunShowView: Sendable {
    private let report: RunReport
    private let folder: String

    package init(_ report: RunReport, folder: String) {
        self.report = report
        self.folder = folder
    }

    private var summary: RunSummary { report.summary }
    private var warnings: [String] { report.remarks.filter { $0.kind == .warning }.map(\.text) }

    package func text(_ palette: Palette) -> String {
        let ended = summary.endedAt.map { Amounts.timestamp($0) } ?? "-"
        var lines = [
            field("run", summary.run, .strong), field("ensemble", summary.ensemble), field("plan", summary.plan),
            field("digest", report.digest, .faint),
            field("outcome", RunListView.inWords(summary), RunListView.paint(summary.outcome)),
            field("started", Amounts.timestamp(summary.startedAt)), field("ended", ended),
            field("folder", folder, .faint),
        ]
        if !report.steps.isEmpty { lines.append(StyledLine()) }
        lines += report.steps.map { line(of: $0, palette) }
        if !warnings.isEmpty { lines.append(StyledLine()) }
        lines += warnings.map { StyledLine("\(palette.warning) \(safeForTerminal($0))", .caution) }
        if let failure = report.failure {
            let place = failure.step.map { "\($0): " } ?? ""
            let (mark, paint): (String, Paint) =
                failure.kind == .stop ? (palette.warning, .caution) : (palette.failed, .bad)
            let text = (place + failure.text).split(separator: "\n", omittingEmptySubsequences: false)
            lines.append(StyledLine())
            lines += text.enumerated().map {
                StyledLine("\($0 == 0 ? mark : " ") \(safeForTerminal(String($1)))", paint)
            }
            lines += failure.remedy.split(separator: "\n").map { StyledLine("  " + safeForTerminal($0)) }
        }
        if let next = report.next { lines += [StyledLine(), StyledLine(safeForTerminal(next))] }
        return lines.map { $0.rendered(palette) + "\n" }.joined()
    }

    private func field(_ name: String, _ value: String, _ paint: Paint = .plain) -> StyledLine {
        var line = StyledLine(padded(name, to: 10), .faint)
        line.add(safeForTerminal(value), paint)
        return line
    }

    private func line(of step: RunReport.Step, _ palette: Palette) -> StyledLine {
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
        line.add(safeForTerminal((step.isBeingUndone ? "undo: " : "") + step.title))
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
        let steps = report.steps.map { step in
            JSONText.object([
                "step": .string(step.id), "title": .string(step.title),
                "outcome": .optional(step.outcome) { .string($0.rawValue) }, "undoing": .bool(step.isBeingUndone),
                "duration_s": .optional(step.seconds, JSONText.number),
            ])
        }
        let failure = JSONText.optional(report.failure) { failure in
            .object([
                "step": .described(failure.step), "message": .string(failure.text),
                "remedy": .string(failure.remedy),
            ])
        }
        members.insert(.init(name: "version", value: .integer(1)), at: 0)
        members += [
            .init(name: "digest", value: .string(report.digest)), .init(name: "folder", value: .string(folder)),
            .init(name: "steps", value: .array(steps)),
            .init(name: "warnings", value: .array(warnings.map(JSONText.string))),
            .init(name: "failure", value: failure), .init(name: "next", value: .described(report.next)),
        ]
        return JSONText.object(members).document
    }
}
