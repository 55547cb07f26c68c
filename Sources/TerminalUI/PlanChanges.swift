import EnsembleModel
import PlanLanguage
import PlanVerification

/// What differs between a plan and the one that was reviewed before, step by step.
package struct PlanChanges: Sendable {
    package enum Change: String, Sendable {
        case added, removed, changed, moved
    }

    package struct Step: Sendable {
        package var change: Change
        /// The id now; nil where the step is gone.
        package var now: String?
        /// The id before; nil where the step is new.
        package var before: String?
        package var stage: String
        package var title: String
        /// What the step does, as the hunks of a unified diff; empty where the step only moved.
        package var diff: String
    }

    package var digestBefore: String
    /// What is said of the whole plan: settings, acknowledgements, inventory, facts, hazards; a sentence each.
    package var remarks: [String]
    package var steps: [Step]

    package var isEmpty: Bool { remarks.isEmpty && steps.isEmpty }

    package init(from old: Preview, to new: Preview) {
        digestBefore = old.plan.digest
        remarks = Self.remarks(old, new)
        steps = Self.steps(Self.outline(old), Self.outline(new))
    }

    // MARK: The whole plan

    private static func remarks(_ old: Preview, _ new: Preview) -> [String] {
        var remarks: [String] = []
        func compare(_ what: String, _ one: String, _ other: String) {
            if one != other {
                remarks.append("\(what): \(one.isEmpty ? "none" : one) → \(other.isEmpty ? "none" : other)")
            }
        }
        compare("name", old.plan.name, new.plan.name)
        compare("settings", old.plan.settings.words, new.plan.settings.words)
        compare("ensemble", old.plan.inventory.ensemble, new.plan.inventory.ensemble)
        let (reasons, otherReasons) = (old.plan.acknowledgements.map(\.words), new.plan.acknowledgements.map(\.words))
        remarks += otherReasons.filter { !reasons.contains($0) }.map { "acknowledged now: \($0)" }
        remarks += reasons.filter { !otherReasons.contains($0) }.map { "no longer acknowledged: \($0)" }
        if old.plan.inventory.source.text != new.plan.inventory.source.text {
            remarks.append("the inventory is another")
        }
        remarks += facts(old.plan, new.plan)
        remarks += new.findings.hazards.filter { !old.has($0) }.map { "new hazard: \(HazardText.line($0))" }
        remarks += old.findings.hazards.filter { !new.has($0) }.map { "no more: \(HazardText.line($0))" }
        return remarks
    }

    private static func facts(_ old: ResolvedPlan, _ new: ResolvedPlan) -> [String] {
        guard let before = old.facts, let now = new.facts else { return [] }
        let differences = FactsDifference.compare(planned: before, observed: now, dependingOn: new)
        let servers = Dictionary(grouping: differences, by: \.server)
        return servers.sorted { $0.key < $1.key }.map { server, found in
            "the facts of \(server) differ: \(found.map(\.what.rawValue).joined(separator: ", "))"
        }
    }

    // MARK: Steps

    private struct Outline: Hashable {
        var id: String
        var stage: String
        var verb: String
        var title: String
        /// All that the step does, a line each.
        var text: String

        func isSame(_ other: Outline) -> Bool { stage == other.stage && title == other.title && text == other.text }
    }

    /// The steps of the stages; those inside a rolling one are part of its text.
    private static func outline(_ preview: Preview) -> [Outline] {
        var outlines: [Outline] = []
        for stage in preview.stages {
            for step in stage.steps {
                let lines = step.everything
                if step.snapshot.depth == 0 {
                    outlines.append(
                        Outline(
                            id: step.snapshot.id, stage: stage.name, verb: step.snapshot.step.verb,
                            title: step.snapshot.step.title, text: ""))
                }
                outlines[outlines.count - 1].text += lines.map { $0 + "\n" }.joined()
            }
        }
        return outlines
    }

    private static func steps(_ old: [Outline], _ new: [Outline]) -> [Step] {
        let difference = new.difference(from: old) { $0.isSame($1) }
        var gone: [Outline] = difference.removals.map(\.value)
        var found: [(place: Int, step: Step)] = []
        for came in difference.insertions.map(\.value) {
            let match =
                gone.firstIndex { $0.text == came.text && $0.title == came.title }
                ?? gone.firstIndex { $0.stage == came.stage && $0.title == came.title }
                ?? gone.firstIndex { $0.stage == came.stage && $0.verb == came.verb }
            let before = match.map { gone.remove(at: $0) }
            let isMoved = before.map { $0.text == came.text && $0.title == came.title } ?? false
            let step = Step(
                change: before == nil ? .added : isMoved ? .moved : .changed, now: came.id, before: before?.id,
                stage: came.stage, title: came.title, diff: isMoved ? "" : diff(before, came))
            found.append((new.firstIndex(of: came) ?? 0, step))
        }
        for outline in gone {
            let step = Step(
                change: .removed, now: nil, before: outline.id, stage: outline.stage, title: outline.title,
                diff: diff(outline, nil))
            // Where it stood: before the first of the new steps that came after it.
            let next = old.firstIndex(of: outline).flatMap { place in
                old[place...].lazy.compactMap { later in new.firstIndex { $0.isSame(later) } }.first
            }
            found.append((next ?? new.count, step))
        }
        return found.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element.step)
    }

    private static func diff(_ old: Outline?, _ new: Outline?) -> String {
        func text(_ outline: Outline?) -> String { outline.map { "\($0.title)\n\($0.text)" } ?? "" }
        let diff = UnifiedDiff.make(old: text(old), new: text(new), oldName: "", newName: "")
        return diff.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).joined(separator: "\n")
    }
}

extension CollectionDifference.Change {
    fileprivate var value: ChangeElement {
        switch self {
        case .insert(_, let element, _), .remove(_, let element, _): element
        }
    }
}

extension Acknowledgement {
    fileprivate var words: String {
        let place = stage.map { " in stage \"\($0)\"" } ?? step.map { " in \($0)" } ?? ""
        return "\(hazard)\(place), because \(because)"
    }
}

extension Preview {
    /// Whether the same is found here, be it in a step of another number.
    fileprivate func has(_ hazard: Hazard) -> Bool {
        findings.hazards.contains { $0.code == hazard.code && $0.stage == hazard.stage && $0.message == hazard.message }
    }
}

extension Preview.Step {
    /// All that the step does, a line each; the title only of a step inside a rolling one.
    fileprivate var everything: [String] {
        var lines: [String] = []
        if snapshot.depth > 0 { lines.append("\(snapshot.id.drop { $0 != "[" }) \(snapshot.step.title)") }
        if let order = snapshot.orderWords { lines.append("order: \(order)") }
        lines += actions
        for group in files {
            lines.append("\(group.path) on \(group.names): \(group.words ?? "changed")")
            lines += (group.diff ?? "").split(separator: "\n").map(String.init)
        }
        for command in snapshot.step.commands {
            lines += ["on \(command.host) run: \(command.script)"]
            lines += [command.check.map { "check: \($0)" }, command.undo.map { "undo: \($0)" }].compactMap(\.self)
        }
        if let onFailure = snapshot.step.onFailure { lines.append("on failure: \(onFailure.rawValue)") }
        return lines
    }
}
