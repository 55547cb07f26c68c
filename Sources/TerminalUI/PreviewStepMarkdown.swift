import PlanLanguage
import PlanVerification

/// A step in a pull request.
struct PreviewStepMarkdown {
    let step: Preview.Step

    private var snapshot: StepSnapshot { step.snapshot }

    var title: [String] {
        [
            "\(snapshot.depth == 0 ? "###" : "####") \(Markdown.escaped(snapshot.id)) \(Markdown.escaped(snapshot.step.title))",
            "",
        ]
    }

    /// - Parameter diffs: whether files are shown, or only named.
    func lines(diffs: Bool) -> [String] {
        var points: [String] = []
        if let order = snapshot.orderWords { points.append("- order: \(Markdown.escaped(order))") }
        points += step.actions.map { action in
            let leading = action.prefix { $0 == " " }
            return "\(leading)- \(Markdown.escaped(String(action.dropFirst(leading.count))))"
        }
        let shown = step.files.filter { $0.diff != nil && $0.shownIn == nil }
        points += step.files.filter { $0.diff == nil || $0.shownIn != nil }.map { "- \(named($0))" }
        if !diffs {
            points += shown.map { group in
                let count = (group.diff ?? "").split(separator: "\n", omittingEmptySubsequences: false).count
                return "- \(head(group)): a diff of \(counted(count, "line")), left out here"
            }
        }
        var lines = title
        if !points.isEmpty { lines += points + [""] }
        for group in shown where diffs {
            lines += ["\(head(group)):", ""] + Markdown.fenced(group.diff ?? "", "diff") + [""]
        }
        return lines + (snapshot.order.isEmpty ? commands : []) + notes.map { "- \($0)" } + [""]
    }

    /// Called out, since zkops can't tell what they do.
    private var commands: [String] {
        snapshot.step.commands.flatMap { command -> [String] in
            let undo = command.undo.map { ["Undone by:"] + Markdown.fenced($0, "sh") } ?? ["Nothing undoes it."]
            let check =
                command.check.map { ["Done already where this ends with 0:"] + Markdown.fenced($0, "sh") }
                ?? ["Nothing tells whether it is done already, so `run resume` may run it again."]
            let body =
                ["**Runs on \(Markdown.escaped(command.host)):**"] + Markdown.fenced(command.script, "sh") + undo
                + check
            let quoted = body.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }.map { "> \($0)" }
            return ["> [!IMPORTANT]"] + quoted + [""]
        }
    }

    private var notes: [String] {
        var notes: [String] = []
        if snapshot.order.isEmpty { notes += snapshot.quorumWords.map { "quorum: \(Markdown.escaped($0))" } }
        if let least = snapshot.leastWords { notes.append("quorum: \(least)") }
        if case .none(let reason) = snapshot.step.compensation {
            notes.append("**can't be undone:** \(Markdown.escaped(reason))")
        }
        if snapshot.step.compensation == .written { notes.append("undone by the command that the plan gives") }
        return notes
    }

    private func head(_ group: Preview.FileGroup) -> String {
        "\(Markdown.code(group.path)) on \(Markdown.escaped(group.names))"
    }

    private func named(_ group: Preview.FileGroup) -> String {
        if let step = group.shownIn { return "\(head(group)): the same change as in \(Markdown.escaped(step))" }
        guard let words = group.words else { return head(group) }
        switch group.outcome {
        case .refused: return "\(head(group)): **\(Markdown.escaped(words))**"
        case .unknown(let change): return "\(head(group)): **unknown**, \(Markdown.escaped(change))"
        default: return "\(head(group)): \(Markdown.escaped(words))"
        }
    }
}
