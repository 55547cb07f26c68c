import EnsembleModel
package import PlanLanguage

/// Looks for what can go wrong in a plan, from its facts alone.
///
/// The static part: the plan is walked once, all going well, and every moment is checked for what is certain or can be
/// counted. Each rolling step that looks for the leader is also walked with every other leader that it may find. The search
/// (``Search``) then explores every order of elections, writes and crashes.
package enum Verifier {
    /// - Parameter failures: how many servers may crash at every point.
    package static func verify(_ plan: ResolvedPlan, failures: Int = 1) -> VerificationResult {
        guard let findings = findings(of: plan, failures: failures) else { return .needsFacts }
        guard findings.blockingHazards.isEmpty else { return .unsafe(findings.hazards) }
        return .verified(VerifiedPlan(plan: plan, findings: findings))
    }

    /// nil where the plan has no facts.
    ///
    /// - Parameters:
    ///   - explaining: whether to tell who may lead after each restart.
    ///   - reductions: none makes the search long, and finds the same.
    package static func findings(
        of plan: ResolvedPlan, failures: Int = 1, explaining: Bool = false, reductions: Reductions = .all
    ) -> PlanFindings? {
        guard let facts = plan.facts else { return nil }
        let walk = PlanWalk(plan, from: EnsembleState(facts: facts, inventory: plan.inventory))
        let knowledge = Knowledge(plan: plan, facts: facts)
        var found = hazards(in: walk.course, knowledge)
        for course in [walk.course] + walk.otherCourses {
            found += QuorumCheck.hazards(in: course, failures: failures) + RestartOrderCheck.hazards(in: course)
        }
        found += RollbackCheck.hazards(in: walk.course) + DataCheck.hazards(in: walk.course)
        let places = walk.places
        let options = Search.Options(failures: failures, reductions: reductions)
        let exploration = Exploration(plan, facts: facts, options: options)
        let listed = adding(exploration?.hazards ?? [], to: merged(found)).sorted { left, right in
            let (one, other) = (left.step.flatMap { places[$0] } ?? -1, right.step.flatMap { places[$0] } ?? -1)
            return (one, left.code, left.takesCrash == true ? 1 : 0) < (
                other, right.code, right.takesCrash == true ? 1 : 0
            )
        }
        var findings = Acknowledging(plan: plan, explored: exploration?.explored ?? [])
            .apply(to: listed, failures: failures)
        findings.hazards = saidOnce(findings.hazards)
        for index in findings.hazards.indices {
            findings.hazards[index].range = findings.hazards[index].step.flatMap { plan.step(id: $0)?.range }
        }
        findings.statesExplored = exploration?.states ?? 0
        findings.memory = exploration?.memory ?? 0
        if explaining, let exploration {
            findings.leaders = LeaderTeller(search: exploration.search).leaders()
                .sorted { (places[$0.step] ?? -1) < (places[$1.step] ?? -1) }
        }
        return findings
    }

    /// What lasts is said at the step of a stage at which it becomes so, and again where it then needs no crash any more; a warning
    /// isn't said in the same words again. What is acknowledged hides nothing that isn't.
    private static func saidOnce(_ hazards: [Hazard]) -> [Hazard] {
        hazards.enumerated().filter { index, hazard in
            guard let takesCrash = hazard.takesCrash else { return true }
            return !hazards[..<index].contains { earlier in
                let isSame =
                    earlier.stage == hazard.stage || hazard.severity == .warning && earlier.message == hazard.message
                return earlier.code == hazard.code && isSame && earlier.takesCrash != nil
                    && (takesCrash || earlier.takesCrash == false)
                    && (earlier.acknowledgedBecause == nil) == (hazard.acknowledgedBecause == nil)
            }
        }
        .map(\.element)
    }

    /// What was found by counting already isn't said again: for one step one hazard of a code is enough.
    private static func adding(_ explored: [Hazard], to counted: [Hazard]) -> [Hazard] {
        counted
            + explored.filter { hazard in
                !counted.contains { $0.code == hazard.code && topStep($0) == topStep(hazard) }
            }
    }

    /// `2.3` of `2.3[zk1@v3.8.0].1`
    private static func topStep(_ hazard: Hazard) -> Substring? { hazard.step.map { $0.prefix { $0 != "[" } } }

    /// What doesn't depend on who leads when a rolling step begins, and needs all that went before.
    private static func hazards(in course: [Moment], _ knowledge: Knowledge) -> [Hazard] {
        MyidCheck.hazards(in: course, knowledge) + PortClashCheck.hazards(in: course)
            + RefusalCheck.hazards(in: course, knowledge) + VersionCheck.hazards(in: course, knowledge)
    }

    /// Each hazard once: other orders of the same rolling step find most of them again.
    private static func merged(_ hazards: [Hazard]) -> [Hazard] {
        struct Key: Hashable {
            var code: HazardCode
            var step: String?
            var message: String
        }
        var seen: Set<Key> = []
        return hazards.filter { hazard in
            // Where it is fragile, one warning a step is enough, whichever server it was.
            let message = hazard.code == .fragile ? "" : hazard.message
            return seen.insert(Key(code: hazard.code, step: hazard.step, message: message)).inserted
        }
    }
}
