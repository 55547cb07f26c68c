package import Drills
import EnsembleAccess
import EnsembleModel
package import PlanExecution

/// A report as one page that needs no network: it can be mailed, kept beside the ticket, printed.
package struct RunReportHTML: Sendable {
    private let report: RunReport
    private let commands: [LoggedCommand]
    /// The plan as it was previewed, as text; nil where it can't be read any more.
    private let preview: String?
    /// nil where the run was no drill's.
    private let drill: DrillResult?

    package init(
        _ report: RunReport, commands: [LoggedCommand], preview: String?, drill: DrillResult? = nil
    ) {
        self.report = report
        self.drill = drill
        self.commands = commands
        self.preview = preview
    }

    package var page: String {
        let title = HTML.escaped("\(report.summary.ensemble): \(report.summary.plan)")
        let parts: [String] = [
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <link rel="icon" href="data:,">
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            <header>
            <h1>\(title)</h1>
            \(head)
            </header>
            <main>
            """,
            drill.map(DrillView.html) ?? "", timeline, clients, remarks, steps, elections, plan,
            "</main>", "<script>\n\(ReportStyle.script)\n</script>", "</body>", "</html>",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    private var head: String {
        let summary = report.summary
        let paint = summary.outcome == .succeeded ? "good" : "bad"
        var facts: [(String, String)] = [
            ("Outcome", #"<strong class="\#(paint)">\#(HTML.escaped(RunListView.inWords(summary)))</strong>"#),
            ("Run", "<code>\(HTML.escaped(summary.run))</code>"),
            ("Began", Amounts.timestamp(summary.startedAt)),
            ("Took", HTML.escaped(RunReportText.duration(report))),
            ("Without a leader", HTML.escaped(RunReportText.outage(report))),
            ("Digest", "<code>\(HTML.escaped(report.digest))</code>"),
        ]
        if let next = report.next { facts.append(("Next", HTML.escaped(next))) }
        if let step = summary.step, summary.outcome != .succeeded {
            facts.insert(("Last step", "<code>\(HTML.escaped(step))</code>"), at: 1)
        }
        return "<dl>\n" + facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined(separator: "\n") + "\n</dl>"
    }

    private var timeline: String {
        let legend = ReportTimeline.modes.map { mode in
            #"<li><svg width="22" height="12" aria-hidden="true"><rect width="22" height="12" \#(ReportTimeline.fill(mode))/>"#
                + "</svg>\(mode.rawValue)</li>"
        }
        return """
            <h2>Over time</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Timeline">
            \(ReportTimeline(report).svg)
            </div>
            <ul class="legend">
            \(legend.joined(separator: "\n"))
            </ul>
            """
    }

    private var clients: String {
        guard !report.clients.isEmpty else { return "" }
        let items = report.clients.flatMap { CanaryText.lines($0) }.map { "<li>\(HTML.escaped($0))</li>" }
        return "<h2>Clients</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private var remarks: String {
        let told = report.remarks.filter { $0.kind != .note }
        guard !told.isEmpty else { return "" }
        let items = told.map { remark in
            let place = remark.step.map { link(toStep: $0) + ": " } ?? ""
            let remedy = remark.remedy.isEmpty ? "" : "<pre tabindex=\"0\">\(HTML.escaped(remark.remedy))</pre>"
            let paint = remark.kind == .failure ? #" class="bad""# : ""
            return "<li>\(time(remark.at)) \(place)<span\(paint)>\(HTML.escaped(remark.text))</span>\(remedy)</li>"
        }
        return "<h2>Failures and warnings</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private func link(toStep step: String) -> String {
        "<a href=\"#step-\(HTML.anchor(step))\">\(HTML.escaped(step))</a>"
    }

    // MARK: Steps

    private var steps: String {
        let stages = report.stages.isEmpty ? [] : report.stages
        var seen: Set<Int> = []
        let sections = stages.filter { seen.insert($0.number).inserted }.map { stage in
            let steps = report.steps.filter { $0.stage == stage.number }.map(step)
            return """
                <h3 id="stage-\(stage.number)">Stage \(stage.number): \(HTML.escaped(stage.name))</h3>
                \(steps.joined(separator: "\n"))
                """
        }
        let others = report.steps.filter { $0.stage == nil }.map(step)
        return (["<h2>Steps</h2>"] + sections + others).joined(separator: "\n")
    }

    private func step(_ step: RunReport.Step) -> String {
        let took = step.to.map { Amounts.took($0 - step.from) } ?? "no end recorded"
        let outcome = step.outcome?.rawValue ?? "not finished"
        let paint = step.outcome == .failed || step.outcome == nil ? #" class="bad""# : ""
        return """
            <details id="step-\(HTML.anchor(step.id))">
            <summary><span class="took">\(took)</span><span class="id">\(HTML.escaped(step.id))</span> \
            \(HTML.escaped((step.isBeingUndone ? "undo: " : "") + step.title)) <span\(paint)>(\(outcome))</span></summary>
            <p class="faint">began \(Amounts.timestamp(step.from))</p>
            \(actions(step))
            \(commands(of: step))
            </details>
            """
    }

    private func actions(_ step: RunReport.Step) -> String {
        guard !step.actions.isEmpty else { return "" }
        let items = step.actions.map { action in
            let took = action.seconds.map { " (\(Amounts.took($0)))" } ?? " (no end recorded)"
            let already = action.change == .already ? ", so already" : ""
            let waits = action.waits.map { "<li>\(time($0.at)) waiting: \(HTML.escaped($0.forWhat))</li>" }
            let list = waits.isEmpty ? "" : "<ul>\(waits.joined())</ul>"
            return "<li>\(HTML.escaped(action.summary))\(already)\(took)\(list)</li>"
        }
        return "<ol>\n\(items.joined(separator: "\n"))\n</ol>"
    }

    /// What was run while the step was under way, by the time that the hosts' logs have; those of older versions have whole seconds.
    private func commands(of step: RunReport.Step) -> String {
        // Those of the steps inside a rolling one are shown there.
        guard !step.actions.isEmpty else { return "" }
        let run = commands.filter { command in
            let isPrecise = command.at.contains(".")
            let from = Amounts.timestamp(step.from, milliseconds: isPrecise)
            let to = step.to.map { Amounts.timestamp($0, milliseconds: isPrecise) }
            return command.at >= from && to.map { command.at <= $0 } ?? true
        }
        guard !run.isEmpty else { return "" }
        let items = run.map { command in
            let output = command.output.isEmpty ? "" : "\n" + command.output.map { "    \($0)" }.joined(separator: "\n")
            return "\(command.at) \(command.host): \(command.text)\(output)"
        }
        return """
            <details>
            <summary>\(counted(run.count, "command")) on hosts meanwhile</summary>
            <pre tabindex="0">\(HTML.escaped(items.joined(separator: "\n")))</pre>
            </details>
            """
    }

    private var elections: String {
        guard !report.elections.isEmpty else { return "" }
        let items = report.elections.map { "<li>\(time($0.at)) \(HTML.escaped($0.leader.description)) leads</li>" }
        return "<h2>Who led</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private var plan: String {
        guard let preview else { return "" }
        let lines = preview.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let text = HTML.escaped(String(line))
            let bare = line.drop { $0 == " " }
            if bare.hasPrefix("+") { return #"<span class="added">\#(text)</span>"# }
            return bare.hasPrefix("-") && !bare.hasPrefix("- ") ? #"<span class="removed">\#(text)</span>"# : text
        }
        return """
            <h2>The plan</h2>
            <details>
            <summary>Every step and every file, as the plan was previewed</summary>
            <pre tabindex="0">\(lines.joined(separator: "\n"))</pre>
            </details>
            """
    }

    private func time(_ at: Double) -> String {
        #"<time datetime="\#(Amounts.timestamp(at, milliseconds: true))">\#(Amounts.timeOfDay(at))</time>"#
    }
}
