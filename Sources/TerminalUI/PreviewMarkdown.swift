import EnsembleModel
import PlanLanguage
import PlanVerification

/// A preview for a pull request or a ticket (CommonMark, diffs in fences).
struct PreviewMarkdown {
    let preview: Preview

    var text: String {
        let plan = preview.plan
        var lines = ["# \(escaped(plan.name))", ""]
        if !plan.summary.isEmpty { lines += [escaped(plan.summary), ""] }
        let blocking = preview.findings.blockingHazards.count
        lines += [
            "- Ensemble: \(code(plan.inventory.ensemble))",
            "- Facts: captured \(escaped(plan.facts?.capturedAt ?? "at an unknown time"))",
            "- Settings: \(escaped(plan.settings.words))",
            "- Verdict: **\(blocking == 0 ? "no unacknowledged error" : "unsafe, \(counted(blocking, "unacknowledged error"))")**",
            "- Digest: \(code(plan.digest))", "",
        ]
        lines += hazards
        for stage in preview.stages {
            lines += ["## Stage \(stage.number): \(escaped(stage.name))", ""]
            for step in stage.steps { lines += self.step(step) }
        }
        lines += servers + rollbacks
        return lines.joined(separator: "\n") + "\n"
    }

    private var hazards: [String] {
        var lines = ["## Hazards", ""]
        if preview.findings.hazards.isEmpty { lines.append("None found.") }
        for hazard in preview.findings.hazards {
            lines.append(
                "- **\(hazard.severity.rawValue)** \(code(hazard.code.rawValue)) \(escaped(HazardText.place(hazard))): "
                    + escaped(hazard.message))
            lines += hazard.trace.enumerated().map { "  \($0.offset + 1). \(escaped($0.element))" }
            if let reason = hazard.acknowledgedBecause { lines += ["", "  *acknowledged:* \(escaped(reason))"] }
        }
        if !preview.findings.notExplored.isEmpty { lines += ["", escaped(HazardText.notExplored(preview.findings))] }
        for acknowledgement in preview.findings.acknowledgedUnexplored {
            lines += [
                "", "*acknowledged beforehand:* \(code(acknowledgement.hazard)), \(escaped(acknowledgement.because))",
            ]
        }
        return lines + [""]
    }

    private func step(_ step: Preview.Step) -> [String] {
        let snapshot = step.snapshot
        var lines = [
            "\(snapshot.depth == 0 ? "###" : "####") \(escaped(snapshot.id)) \(escaped(snapshot.step.title))", "",
        ]
        var points: [String] = []
        if let order = snapshot.orderWords { points.append("- order: \(escaped(order))") }
        points += step.actions.map { action in
            let leading = action.prefix { $0 == " " }
            return "\(leading)- \(escaped(String(action.dropFirst(leading.count))))"
        }
        points += step.files.filter { $0.diff == nil || $0.shownIn != nil }.map { "- \(file($0))" }
        if !lines.isEmpty, !points.isEmpty { lines += points + [""] }
        for group in step.files where group.diff != nil && group.shownIn == nil {
            lines += ["\(code(group.path)) on \(escaped(group.names)):", ""] + fenced(group.diff ?? "") + [""]
        }
        var notes: [String] = []
        if snapshot.order.isEmpty { notes += snapshot.quorumWords.map { "quorum: \(escaped($0))" } }
        if let least = snapshot.leastWords { notes.append("quorum: \(least)") }
        if case .none(let reason) = snapshot.step.compensation {
            notes.append("**can't be undone:** \(escaped(reason))")
        }
        if snapshot.step.compensation == .written { notes.append("undone by the command that the plan gives") }
        return lines + notes.map { "- \($0)" } + [""]
    }

    private func file(_ group: Preview.FileGroup) -> String {
        let head = "\(code(group.path)) on \(escaped(group.names))"
        if let step = group.shownIn { return "\(head): the same change as in \(escaped(step))" }
        return switch group.outcome {
        case .unchanged: "\(head): stays as it is"
        case .unknown(let words): "\(head): \(escaped(words))"
        case .refused(let reason): "\(head): **\(escaped(reason))**"
        case .changed, .written: head
        }
    }

    private var servers: [String] {
        let touched = preview.touched.map { "- \(code($0.server.description)): \($0.what.joined(separator: ", "))" }
        let hosts = preview.commandHosts
        let commands = hosts.isEmpty ? [] : ["- commands on \(escaped(hosts.joined(separator: ", ")))"]
        return ["## Servers", ""] + (touched.isEmpty ? ["None is changed."] : touched) + commands + [""]
    }

    private var rollbacks: [String] {
        var lines = ["## Undo", ""]
        for reach in preview.rollbacks {
            let place = reach.point.map { "to \"\($0)\" (\(reach.step ?? ""))" } ?? "to the beginning"
            guard let first = reach.remains.first else {
                lines.append("- \(escaped(place)): every step after it can be undone")
                continue
            }
            lines.append("- \(escaped(place)): whole until \(escaped(first.step)); after that, what stays:")
            lines += reach.remains.map { "  - \(escaped($0.step)): \(escaped($0.reason))" }
        }
        return lines
    }

    // MARK: Marks

    /// A fence longer than any run of backquotes in the text.
    private func fenced(_ text: String) -> [String] {
        var longest = 2
        var run = 0
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let body = safeForTerminal(text.hasSuffix("\n") ? String(text.dropLast()) : text, keepingLines: true)
        return ["\(fence)diff", body, fence]
    }

    private func code(_ text: String) -> String {
        text.contains("`") ? escaped(text) : "`\(safeForTerminal(text))`"
    }

    private func escaped(_ text: String) -> String {
        var escaped = ""
        for character in safeForTerminal(text) {
            if "\\`*_[]<>#|".contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}
