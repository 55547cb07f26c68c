import EnsembleAccess
import EnsembleModel
import PlanExecution

/// A report as Markdown for a post-mortem, and as JSON for programs.
package struct RunReportText: Sendable {
    private let report: RunReport

    package init(_ report: RunReport) { self.report = report }

    static func duration(_ report: RunReport) -> String {
        let attempts = report.attempts.count > 1 ? ", in \(report.attempts.count) attempts" : ""
        return Amounts.took(report.duration) + attempts
    }

    static func outage(_ report: RunReport) -> String {
        let gaps = report.withoutLeader
        let longest = gaps.map { $0.to - $0.from }.max() ?? 0
        guard longest > 0 else { return "never, as far as the run saw" }
        let all = gaps.map { $0.to - $0.from }.reduce(0, +)
        return gaps.count == 1
            ? Amounts.took(all) : "\(Amounts.took(all)) in \(gaps.count) parts, the longest \(Amounts.took(longest))"
    }

    package var markdown: String {
        let summary = report.summary
        var lines = [
            "# \(Markdown.escaped(summary.ensemble)): \(Markdown.escaped(summary.plan))", "",
            "- Outcome: **\(Markdown.escaped(RunListView.inWords(summary)))**",
            "- Run: `\(Markdown.escaped(summary.run))`",
            "- Began: \(Amounts.timestamp(summary.startedAt))",
            "- Took: \(Self.duration(report))",
            "- Without a leader: \(Self.outage(report))",
            "- Digest: `\(Markdown.escaped(report.digest))`", "",
        ]
        if let next = report.next { lines += [Markdown.escaped(next), ""] }
        let told = report.remarks.filter { $0.kind != .note }
        if !told.isEmpty { lines += ["## Failures and warnings", ""] }
        for remark in told {
            let place = remark.step.map { "step \(Markdown.escaped($0)): " } ?? ""
            lines.append(
                "- \(Amounts.timeOfDay(remark.at)) \(remark.kind.rawValue): \(place)\(Markdown.escaped(remark.text))")
            lines += remark.remedy.split(separator: "\n").map { "  - \(Markdown.escaped(String($0)))" }
        }
        if !told.isEmpty { lines.append("") }
        lines += ["## What was done", ""] + table.markdown
        if !report.clients.isEmpty { lines += ["", "## Clients", ""] }
        lines += report.clients.flatMap { CanaryText.lines($0) }.map { "- \(Markdown.escaped($0))" }
        lines += ["", "## Who led", ""]
        let led = report.elections.map { (at: $0.at, text: "\(Markdown.escaped($0.leader.description)) leads") }
        let vacant = report.withoutLeader.map {
            (at: $0.from, text: "nobody leads, for \(Amounts.took($0.to - $0.from))")
        }
        lines += (led + vacant).sorted { $0.at < $1.at }.map { "- \(Amounts.timeOfDay($0.at)) \($0.text)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private var table: TextTable {
        TextTable(
            columns: ["began", "step", "title", "outcome", "took"],
            rows: report.steps.map { step in
                [
                    Amounts.timeOfDay(step.from), step.id, step.title, step.outcome?.rawValue ?? "not finished",
                    step.to.map { Amounts.took($0 - step.from) } ?? "",
                ].map { TextTable.Cell($0) }
            })
    }

    /// The stable interface of `run report --format json`, version 1. Times are RFC 3339.
    package var json: String {
        let summary = report.summary
        let document = JSONText.object([
            "version": .integer(1), "run": .string(summary.run), "ensemble": .string(summary.ensemble),
            "plan": .string(summary.plan), "digest": .string(report.digest),
            "outcome": .string(summary.outcome.rawValue), "duration_s": .number(report.duration),
            "unavailable_s": .number(report.unavailable),
            "attempts": .array(report.attempts.map(attempt)),
            "steps": .array(report.steps.map(step)),
            "elections": .array(
                report.elections.map {
                    .object(["at": time($0.at), "leader": .string($0.leader.description)])
                }),
            "without_leader": .array(
                report.withoutLeader.map { .object(["from": time($0.from), "to": time($0.to)]) }),
            "servers": .array(report.lanes.map(lane)),
            "clients": .array(report.clients.map(CanaryText.json)),
            "remarks": .array(report.remarks.map(remark)), "next": .described(report.next),
        ])
        return document.line + "\n"
    }

    private func attempt(_ attempt: RunReport.Attempt) -> JSONText {
        .object([
            "kind": .string(attempt.kind.rawValue), "from": time(attempt.from), "to": time(attempt.to),
            "outcome": .described(attempt.outcome?.rawValue),
        ])
    }

    private func step(_ step: RunReport.Step) -> JSONText {
        .object([
            "step": .string(step.id), "title": .string(step.title), "from": time(step.from),
            "to": .optional(step.to, time), "outcome": .described(step.outcome?.rawValue),
            "actions": .array(
                step.actions.map { action in
                    .object([
                        "action": .string(action.id), "summary": .string(action.summary),
                        "from": time(action.startedAt),
                        "duration_s": .optional(action.seconds, JSONText.number),
                        "change": .described(action.change.map { $0 == .already ? "already" : "changed" }),
                    ])
                }),
        ])
    }

    private func lane(_ lane: RunReport.Lane) -> JSONText {
        .object([
            "server": .string(lane.server.description),
            "spans": .array(
                lane.spans.map {
                    .object(["mode": .string($0.mode.rawValue), "from": time($0.from), "to": time($0.to)])
                }),
            "restarts": .array(lane.restarts.map(time)),
        ])
    }

    private func remark(_ remark: RunReport.Remark) -> JSONText {
        .object([
            "at": time(remark.at), "kind": .string(remark.kind.rawValue), "step": .described(remark.step),
            "message": .string(remark.text), "remedy": .string(remark.remedy),
        ])
    }

    private func time(_ at: Double) -> JSONText { .string(Amounts.timestamp(at, milliseconds: true)) }
}
