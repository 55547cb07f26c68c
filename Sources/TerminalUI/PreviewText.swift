import EnsembleModel
import PlanLanguage
import PlanVerification

/// A preview as text, with hanging indentation and diffs in colour.
struct PreviewText {
    let preview: Preview
    let width: Int
    let palette: Palette

    var text: String {
        var page = TextPage(width: width, palette: palette)
        heading(&page)
        HazardText.add(preview.findings, to: &page)
        if let changes = preview.changes { PlanChangesText(changes: changes).add(to: &page) }
        for stage in preview.stages { add(stage, to: &page) }
        servers(&page)
        rollbacks(&page)
        page.blank()
        page.add("digest ", .faint, then: preview.plan.digest, .strong)
        return page.text
    }

    private func heading(_ page: inout TextPage) {
        let plan = preview.plan
        page.add(plan.name, .strong)
        if !plan.summary.isEmpty { page.paragraph(plan.summary, indent: 2) }
        page.blank()
        page.labelled("ensemble", plan.inventory.ensemble)
        page.labelled("facts", "captured \(plan.facts?.capturedAt ?? "at an unknown time")")
        page.labelled("settings", plan.settings.words)
        let blocking = preview.findings.blockingHazards.count
        page.labelled(
            "verdict",
            blocking == 0 ? "no unacknowledged error" : "unsafe: \(counted(blocking, "unacknowledged error"))",
            blocking == 0 ? .good : .bad)
    }

    // MARK: Steps

    private func add(_ stage: Preview.Stage, to page: inout TextPage) {
        page.blank()
        page.add("Stage \(stage.number)  ", .faint, then: stage.name, .strong)
        for step in stage.steps { add(step, to: &page) }
    }

    private func add(_ step: Preview.Step, to page: inout TextPage) {
        let snapshot = step.snapshot
        let margin = 2 + 4 * snapshot.depth
        page.blank()
        page.hanging(snapshot.id, snapshot.step.title, indent: margin, paint: .active)
        let inner = margin + 4
        if let order = snapshot.orderWords { page.hanging("order", order, indent: inner) }
        for action in step.actions { page.hanging("-", action, indent: inner) }
        for group in step.files { add(group, to: &page, indent: inner) }
        if !snapshot.order.isEmpty {
            if let least = snapshot.leastWords { page.hanging("quorum", least, indent: inner, label: .faint) }
        } else if step.keepsQuorums, snapshot.leastWords == nil {
            page.hanging("quorum", snapshot.unchangedQuorumWords, indent: inner, label: .faint, paint: .faint)
        } else {
            for words in snapshot.quorumWords { page.hanging("quorum", words, indent: inner, label: .faint) }
            if let least = snapshot.leastWords {
                page.hanging("quorum", least, indent: inner, label: .faint, paint: .caution)
            }
        }
        switch snapshot.step.compensation {
        case .none(let reason):
            page.hanging("can't be undone:", reason, indent: inner, label: .caution)
        case .written: page.hanging("undo", "by the command that the plan gives", indent: inner, label: .faint)
        case .automatic, .nothingChanges: break
        }
        for hazard in preview.findings.hazards where hazard.step == snapshot.id {
            page.hanging(
                "!", "\(hazard.code.rawValue)\(hazard.acknowledgedBecause == nil ? "" : " (acknowledged)")",
                indent: inner,
                label: HazardText.paint(hazard), paint: HazardText.paint(hazard))
        }
    }

    private func add(_ group: Preview.FileGroup, to page: inout TextPage, indent: Int) {
        let head = "\(group.path) on \(group.names)"
        if let step = group.shownIn {
            page.hanging("file", "\(head): the same change as in \(step)", indent: indent, label: .faint)
            return
        }
        let paint: Paint =
            switch group.outcome {
            case .unknown: .caution
            case .refused: .bad
            case .changed, .written, .unchanged: .plain
            }
        let words = group.words.map { ": \($0)" } ?? ""
        page.hanging("file", head + words, indent: indent, label: .faint, paint: paint)
        if let diff = group.diff { page.diff(diff, indent: indent + 2) }
    }

    // MARK: What comes after

    private func servers(_ page: inout TextPage) {
        page.blank()
        page.add("Servers", .strong)
        let touched = preview.touched
        if touched.isEmpty { page.paragraph("none is changed", indent: 2) }
        for (server, what) in touched { page.hanging(server.description, what.joined(separator: ", "), indent: 2) }
        let hosts = preview.commandHosts
        if !hosts.isEmpty { page.hanging("commands on", hosts.joined(separator: ", "), indent: 2) }
    }

    private func rollbacks(_ page: inout TextPage) {
        page.blank()
        page.add("Undo", .strong)
        for reach in preview.rollbacks {
            let place = reach.point.map { "to \"\($0)\" (\(reach.step ?? ""))" } ?? "to the beginning"
            guard let first = reach.remains.first else {
                page.hanging(place, "every step after it can be undone", indent: 2)
                continue
            }
            page.hanging(place, "whole until \(first.step); after that, what stays:", indent: 2)
            for remainder in reach.remains {
                page.hanging(remainder.step, remainder.reason, indent: 6, label: .caution)
            }
        }
    }
}
