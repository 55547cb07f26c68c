package import PlanExecution

/// All runs, newest first, as text or JSON.
package struct RunListView: Sendable {
    private let runs: [RunSummary]

    package init(_ runs: [RunSummary]) { self.runs = runs }

    package func text(_ palette: Palette) -> String {
        guard !runs.isEmpty else { return "no runs yet\n" }
        var table = TextTable(columns: ["run", "ensemble", "plan", "outcome", "step", "started", "took"])
        table.rows = runs.map { run in
            [
                .init(run.run, .strong), .init(run.ensemble), .init(run.plan),
                .init(Self.inWords(run), Self.paint(run.outcome)), .init(run.step ?? "-"),
                .init(Amounts.timestamp(run.startedAt), .faint),
                .init(run.endedAt.map { Amounts.elapsed($0 - run.startedAt) } ?? "-", .faint),
            ]
        }
        return table.text(palette).joined(separator: "\n") + "\n"
    }

    package var json: String {
        JSONText.object(["version": .integer(1), "runs": .array(runs.map(Self.json))]).document
    }

    static func json(_ run: RunSummary) -> JSONText {
        .object([
            "run": .string(run.run), "ensemble": .string(run.ensemble), "plan": .string(run.plan),
            "outcome": .string(run.outcome.rawValue),
            "rolled_back_to": .optional(run.rolledBackTo) { .string($0.argument) },
            "going_back": .bool(run.isGoingBack), "step": .described(run.step),
            "started_at": .string(Amounts.timestamp(run.startedAt)),
            "ended_at": .optional(run.endedAt) { .string(Amounts.timestamp($0)) },
        ])
    }

    /// Such as `rolled-back to "before the trio"`.
    static func inWords(_ run: RunSummary) -> String {
        guard case .point(let name)? = run.rolledBackTo else {
            return run.outcome.rawValue + (run.isGoingBack ? ", going back" : "")
        }
        return "\(run.outcome.rawValue) to \"\(name)\""
    }

    static func paint(_ outcome: RunOutcome) -> Paint {
        switch outcome {
        case .succeeded, .rolledBack: .good
        case .failed, .interrupted: .bad
        case .stopped: .caution
        case .running: .active
        }
    }
}
