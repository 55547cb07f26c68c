import EnsembleModel
import PlanLanguage
import PlanVerification

/// A preview for a pull request: what a reviewer must know first, a picture, then every stage folded. It keeps within what a comment
/// on GitHub may hold, by leaving out what is said to be left out.
struct PreviewMarkdown {
    /// GitHub refuses a comment of more than 65,536 characters; the difference is for what a workflow puts above.
    static let limit = 65_000

    let preview: Preview
    private var document = FoldableText()

    init(preview: Preview) { self.preview = preview }

    var text: String {
        var copy = self
        copy.add()
        let plan = preview.plan
        return copy.document.text(limit: Self.limit) { folded in
            let note =
                folded.isEmpty
                ? []
                : ["*Left out here, to keep within the size of a comment:*"]
                    + folded.map { "- \(Markdown.escaped($0))" }
                    + ["", "`zkops plan preview` shows all of it.", ""]
            return note + ["Digest: \(Markdown.code(plan.digest)), for `zkops plan apply --reviewed`"]
        }
    }

    private mutating func add() {
        heading()
        hazards()
        changes()
        course()
        document.add(["## Servers", ""])
        document.add(servers, named: "servers", [.lists: ["\(counted(preview.touched.count, "server")) changed."]])
        document.add(["", "## The way back", ""])
        document.add(rollbacks, named: "the way back", [.lists: ["Too long for here."]])
        document.add([""])
        if !unknowns.isEmpty {
            document.add(["## Unknown before the run", ""])
            document.add(
                unknowns.map { "- \($0)" }, named: "what is unknown", [.lists: ["\(counted(unknowns.count, "thing"))."]]
            )
            document.add([""])
        }
        document.add(["## Steps", ""])
        for stage in preview.stages { add(stage) }
    }

    private mutating func heading() {
        let plan = preview.plan
        let blocking = preview.findings.blockingHazards.count
        document.add(["# \(Markdown.escaped(shortened(plan.name, to: 200)))", ""])
        if !plan.summary.isEmpty { document.add([Markdown.escaped(shortened(plan.summary, to: 4000)), ""]) }
        document.add([
            "- Verdict: **\(blocking == 0 ? "no unacknowledged error" : "unsafe, \(counted(blocking, "unacknowledged error"))")**",
            "- Ensemble: \(Markdown.code(shortened(plan.inventory.ensemble, to: 200)))",
            "- Facts: captured \(Markdown.escaped(plan.facts?.capturedAt ?? "at an unknown time"))",
            "- Settings: \(Markdown.escaped(plan.settings.words))", "",
        ])
    }

    // MARK: Hazards

    /// Those that block first, then other warnings, then what is acknowledged.
    private mutating func hazards() {
        let findings = preview.findings
        document.add(["## Hazards", ""])
        if findings.hazards.isEmpty { document.add(["None found."]) }
        let order = { (hazard: Hazard) in hazard.acknowledgedBecause != nil ? 2 : hazard.blocks ? 0 : 1 }
        for hazard in findings.hazards.enumerated().sorted(by: {
            (order($0.element), $0.offset) < (order($1.element), $1.offset)
        }) {
            add(hazard.element)
        }
        if !findings.notExplored.isEmpty { document.add(["", Markdown.escaped(HazardText.notExplored(findings))]) }
        for acknowledgement in findings.acknowledgedUnexplored {
            document.add(
                [
                    "",
                    "*acknowledged beforehand:* \(Markdown.code(acknowledgement.hazard)), \(Markdown.escaped(acknowledgement.because))",
                ],
                named: acknowledgement.hazard, [.hazards: []])
        }
        document.add([""])
    }

    private mutating func add(_ hazard: Hazard) {
        let head =
            "- **\(hazard.severity.rawValue)** \(Markdown.code(hazard.code.rawValue)) \(Markdown.escaped(HazardText.place(hazard))): "
            + Markdown.escaped(hazard.message)
        let reason = hazard.acknowledgedBecause.map { ["", "  *acknowledged:* \(Markdown.escaped($0))"] } ?? []
        let events = hazard.trace.enumerated().map { "  \($0.offset + 1). \(Markdown.escaped($0.element))" }
        let name = "\(hazard.code.rawValue)\(hazard.step.map { " in \($0)" } ?? "")"
        guard hazard.acknowledgedBecause != nil, !events.isEmpty else {
            document.add([head] + events + reason, named: name, [.traces: [head] + reason, .hazards: []])
            return
        }
        let trace = ["", "  \(Markdown.opened("How"))", ""] + events + ["", "  \(Markdown.closed)"]
        document.add([head] + reason + trace, named: name, [.acknowledgedTraces: [head] + reason, .hazards: []])
    }

    private mutating func changes() {
        guard let changes = preview.changes else { return }
        document.add(["## Changed since the last review", ""])
        let whole = PlanChangesText(changes: changes)
        document.add(whole.markdown, named: "changes", [.changes: whole.shortMarkdown, .lists: ["Too long for here."]])
        document.add([""])
    }

    // MARK: Picture

    private mutating func course() {
        let picture = EnsemblePicture(course: EnsembleCourse(preview))
        guard !picture.course.moments.isEmpty else { return }
        document.add(["## The ensemble over time", ""])
        if picture.isDrawable {
            document.add(
                Markdown.fenced(picture.mermaid, "mermaid") + ["", EnsemblePicture.legend, ""], named: "",
                [.picture: []])
        }
        document.add(
            Markdown.folded("\(counted(picture.course.moments.count, "moment")) in words", picture.table) + [""],
            named: "",
            [.moments: []])
    }

    // MARK: Lists

    private var servers: [String] {
        let touched = preview.touched.map {
            "- \(Markdown.code($0.server.description)): \($0.what.joined(separator: ", "))"
        }
        let commands = preview.stages.flatMap(\.steps).filter {
            !$0.snapshot.step.commands.isEmpty && $0.snapshot.order.isEmpty
        }.map { step in
            let hosts = Set(step.snapshot.step.commands.map(\.host)).sorted().joined(separator: ", ")
            return "- **runs a command** on \(Markdown.escaped(hosts)) in \(Markdown.escaped(step.snapshot.id))"
        }
        return (touched.isEmpty ? ["None is changed."] : touched) + commands
    }

    private var rollbacks: [String] {
        preview.rollbacks.flatMap { reach -> [String] in
            let place = reach.point.map { "to \"\($0)\" (\(reach.step ?? ""))" } ?? "to the beginning"
            guard let first = reach.remains.first else {
                return ["- \(Markdown.escaped(place)): every step after it can be undone"]
            }
            return [
                "- \(Markdown.escaped(place)): whole until \(Markdown.escaped(first.step)); after that, what stays:"
            ]
                + reach.remains.map { "  - \(Markdown.escaped($0.step)): \(Markdown.escaped($0.reason))" }
        }
    }

    /// What no look at facts can tell.
    private var unknowns: [String] {
        var unknowns: [String] = []
        for step in preview.stages.flatMap(\.steps) {
            let id = Markdown.escaped(step.snapshot.id)
            for group in step.files {
                guard case .unknown = group.outcome else { continue }
                unknowns.append("\(id): what \(Markdown.code(group.path)) on \(Markdown.escaped(group.names)) holds")
            }
            guard step.snapshot.order.isEmpty else {
                if case .rolling(let rolling) = step.snapshot.step.body, rolling.order == .leaderLast {
                    unknowns.append("\(id): who leads by then, and so who is last")
                }
                continue
            }
            if !step.snapshot.step.commands.isEmpty { unknowns.append("\(id): what its command changes") }
            if step.snapshot.ensembles.contains(where: { $0.quorum == nil }) {
                unknowns.append("\(id): the margin, since no loaded configuration is known")
            }
        }
        return unknowns
    }

    // MARK: Stages

    private mutating func add(_ stage: Preview.Stage) {
        let count = counted(stage.steps.count { $0.snapshot.depth == 0 }, "step")
        let name = "stage \(stage.number)"
        document.add(
            [Markdown.opened("Stage \(stage.number): \(shortened(stage.name, to: 200)) (\(count))"), ""], named: name,
            [.stages: []])
        for step in stage.steps {
            let markdown = PreviewStepMarkdown(step: step)
            document.add(
                markdown.lines(diffs: true), named: step.snapshot.id,
                [.diffs: markdown.lines(diffs: false), .steps: markdown.title, .stages: []])
        }
        document.add([Markdown.closed, ""], named: "", [.stages: []])
    }
}
