package import EnsembleModel
package import PlanLanguage
package import PlanVerification

/// A plan as reviewers see it, in pieces; text, Markdown and JSON are made from it. The same plan, facts and hazards give the
/// same preview, byte for byte.
package struct Preview: Sendable {
    package struct Stage: Sendable {
        package var name: String
        package var number: Int
        package var steps: [Step]
    }

    package struct Step: Sendable {
        package var snapshot: StepSnapshot
        /// What is done, one a line; empty where the title says it all.
        package var actions: [String]
        package var files: [FileGroup]
        /// Whether the ensembles are the same as after the step before.
        package var keepsQuorums: Bool
    }

    /// The same change of the same file on several servers.
    package struct FileGroup: Sendable {
        package var path: String
        package var servers: [ServerName]
        package var outcome: FileChange.Outcome
        /// The step that shows the same hunks already.
        package var shownIn: String?
    }

    package var plan: ResolvedPlan
    package var findings: PlanFindings
    package var stages: [Stage]
    package var rollbacks: [RollbackReach]
    /// What differs from a plan that was reviewed before.
    package var changes: PlanChanges?

    package init(_ verified: VerifiedPlan) { self.init(verified.plan, verified.findings) }

    /// - Parameter findings: of this plan; there may be errors among them, which a preview shows as well.
    package init(_ plan: ResolvedPlan, _ findings: PlanFindings) {
        self.plan = plan
        self.findings = findings
        rollbacks = RollbackReach.all(in: plan)
        stages = plan.stages.enumerated().map { Stage(name: $0.element.name, number: $0.offset + 1, steps: []) }
        var shown: [FileChange.Outcome: String] = [:]
        var ensembles: [RunningEnsemble]?
        for snapshot in PlanTimeline.make(plan) {
            let step = Step(
                snapshot: snapshot, actions: Self.actions(snapshot), files: Self.groups(snapshot, &shown),
                keepsQuorums: snapshot.ensembles == ensembles)
            stages[snapshot.stageNumber - 1].steps.append(step)
            if snapshot.order.isEmpty { ensembles = snapshot.ensembles }
        }
    }

    package var isSafe: Bool { findings.blockingHazards.isEmpty }

    private static func actions(_ snapshot: StepSnapshot) -> [String] {
        guard case .operations(let groups) = snapshot.step.body else { return [] }
        let lines = groups.flatMap { group in
            let summaries = group.flatMap(summaries)
            return summaries.count > 1 && group.count > 1
                ? ["side by side:"] + summaries.map { "  " + $0 } : summaries
        }
        return lines == [snapshot.step.title] ? [] : lines
    }

    /// Conditions stand each on a line of its own. What changes a file is told by the file.
    private static func summaries(_ operation: PlanLanguage.Operation) -> [String] {
        switch operation {
        case .require(let conditions): conditions.map { "require: \($0.description)" }
        case .wait(let conditions, let limit):
            conditions.map { "wait until: \($0.description)" } + ["wait at most \(limit.inWords)"]
        case .editFile, .putFile, .setMyid, .rollbackPoint: []
        default: [operation.summary]
        }
    }

    private static func groups(_ snapshot: StepSnapshot, _ shown: inout [FileChange.Outcome: String]) -> [FileGroup] {
        var groups: [FileGroup] = []
        for change in snapshot.files {
            if let index = groups.firstIndex(where: { $0.path == change.path && $0.outcome == change.outcome }) {
                groups[index].servers.append(change.server)
                continue
            }
            var group = FileGroup(path: change.path, servers: [change.server], outcome: change.outcome)
            if case .changed = change.outcome {
                group.shownIn = shown[change.outcome]
                shown[change.outcome] = shown[change.outcome] ?? snapshot.id
            }
            groups.append(group)
        }
        return groups
    }
}

extension Preview.FileGroup {
    /// The unified diff with names, or nil where there is none to show.
    package var diff: String? {
        switch outcome {
        case .changed(let hunks): "--- \(path) (now)\n+++ \(path) (then)\n\(hunks)"
        case .written(let text):
            "--- \(path) (unknown)\n+++ \(path) (then)\n"
                + UnifiedDiff.make(old: "", new: text, oldName: "", newName: "").dropFirstLines(2)
        case .unchanged, .unknown, .refused: nil
        }
    }

    /// What is said where there is no diff to show; nil where there is one.
    package var words: String? {
        switch outcome {
        case .changed, .written: nil
        case .unchanged: "stays as it is"
        case .unknown(let change): "unknown now; \(change)"
        case .refused(let words): words
        }
    }

    package var names: String { servers.map(\.description).joined(separator: ", ") }
}

extension String {
    fileprivate func dropFirstLines(_ count: Int) -> String {
        split(separator: "\n", maxSplits: count, omittingEmptySubsequences: false).dropFirst(count).joined(
            separator: "\n")
    }
}

extension RunningEnsemble {
    /// `3 of 5 serve, margin 0 (zk7@v3.4.6, zk9@v3.4.6, zk10@v3.4.6)`
    package var marginWords: String {
        guard let quorum else {
            return "unknown, since no loaded configuration is known (\(Self.list(servers)))"
        }
        let others = servers.filter { !quorum.serving.contains($0) }
        let names =
            Self.list(quorum.serving)
            + (others.isEmpty ? "" : "\(quorum.serving.isEmpty ? "" : "; ")also \(Self.list(others))")
        let count = "\(quorum.serving.count) of \(quorum.participants) serve"
        guard quorum.margin >= 0 else { return "\(count), \(quorum.size) needed: no quorum (\(names))" }
        return "\(count), margin \(quorum.margin) (\(names))"
    }

    private static func list(_ servers: [ServerName]) -> String {
        servers.map(\.description).joined(separator: ", ")
    }
}

extension StepSnapshot {
    /// What the ensembles can still lose, for a line that begins with `quorum`.
    package var quorumWords: [String] {
        guard !ensembles.isEmpty else { return ["no server runs"] }
        return ensembles.map(\.marginWords)
    }

    /// Where nothing has changed since the step before.
    package var unchangedQuorumWords: String {
        let margins = ensembles.map { ensemble in
            guard let margin = ensemble.quorum?.margin else { return "margin unknown" }
            return margin < 0 ? "no quorum" : "margin \(margin)"
        }
        return "as before" + margins.map { ", \($0)" }.joined()
    }

    /// Said only where it was less in between than it is after.
    package var leastWords: String? {
        let after = ensembles.filter { $0.serves == true }.compactMap { $0.quorum?.margin }.min()
        guard let leastMargin, after.map({ leastMargin < $0 }) ?? (leastMargin >= 0) else { return nil }
        return leastMargin < 0 ? "no quorum in between" : "margin \(leastMargin) in between"
    }

    /// How a rolling step goes, for a line that begins with `rolling`.
    package var orderWords: String? {
        guard case .rolling(let rolling) = step.body else { return nil }
        let list = order.map(\.description).joined(separator: ", ")
        switch rolling.order {
        case .listed: return "in the order listed: \(list)"
        case .ascendingMyid: return "by ascending myid: \(list)"
        case .leaderLast:
            return "the leader last, looked up again before each server; shown as \(list)"
        }
    }
}

extension ResolvedStep {
    /// The commands of a `run` step; those that other kinds are made of are zkops' own.
    var commands: [CommandOperation] {
        guard verb == "run" else { return [] }
        return operations.compactMap { if case .command(let command) = $0 { command } else { nil } }
    }
}

extension PlanSettings {
    /// `on failure stop, settle timeout 2m, at most 1 server down`
    package var words: String {
        var parts = [
            "on failure \(onFailure.rawValue)", "settle timeout \(settleTimeout.inWords)",
            "at most \(counted(maxUnavailable, "server")) down",
        ]
        if let window {
            parts.append("only from \(Self.time(window.from)) to \(Self.time(window.to)) \(window.timezone)")
        }
        return parts.joined(separator: ", ")
    }

    private static func time(_ minutes: Int) -> String {
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
