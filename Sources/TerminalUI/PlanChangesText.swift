/// What changed in a plan since it was reviewed, as Markdown, text and JSON.
struct PlanChangesText {
    let changes: PlanChanges

    // MARK: Markdown

    var markdown: [String] { lines(diffs: true) }

    /// Without what exactly changed in each step.
    var shortMarkdown: [String] { lines(diffs: false) }

    private func lines(diffs: Bool) -> [String] {
        guard !changes.isEmpty else {
            return ["Nothing: every step does the same. Digest then: \(Markdown.code(changes.digestBefore))"]
        }
        var lines = changes.remarks.map { "- \(Markdown.escaped($0))" }
        for step in changes.steps {
            let head = "- **\(step.change.rawValue)** \(Markdown.escaped(place(step))) \(Markdown.escaped(step.title))"
            lines.append(head)
            guard diffs, !step.diff.isEmpty else { continue }
            lines +=
                [""]
                + Markdown.folded("What changed", Markdown.fenced(step.diff, "diff")).map {
                    $0.isEmpty ? "" : indented($0)
                } + [""]
        }
        return lines + ["", "Digest then: \(Markdown.code(changes.digestBefore))"]
    }

    /// Inside the item of the list.
    private func indented(_ lines: String) -> String {
        lines.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }

    /// `2.3 (was 2.2), stage "Grow":`
    private func place(_ step: PlanChanges.Step) -> String {
        let id =
            switch (step.now, step.before) {
            case (let now?, let before?) where now != before: "\(now) (was \(before))"
            case (let now?, _): now
            case (nil, let before?): "what was \(before)"
            case (nil, nil): ""
            }
        return "\(id), stage \"\(step.stage)\":"
    }

    // MARK: Text

    func add(to page: inout TextPage) {
        page.blank()
        page.add("Changed since the last review", .strong)
        if changes.isEmpty { page.paragraph("nothing: every step does the same", indent: 2) }
        for remark in changes.remarks { page.hanging("-", remark, indent: 2) }
        for step in changes.steps {
            page.hanging(step.change.rawValue, "\(place(step)) \(step.title)", indent: 2, label: .caution)
            if !step.diff.isEmpty { page.diff(step.diff, indent: 6) }
        }
        page.hanging("digest then", changes.digestBefore, indent: 2, label: .faint)
    }

    // MARK: JSON

    var json: JSONText {
        .object([
            "digest": .string(changes.digestBefore), "remarks": .array(changes.remarks.map { .string($0) }),
            "steps": .array(
                changes.steps.map { step in
                    .object([
                        "change": .string(step.change.rawValue), "step": .described(step.now),
                        "was": .described(step.before), "stage": .string(step.stage), "title": .string(step.title),
                        "diff": .string(step.diff),
                    ])
                }),
        ])
    }
}
