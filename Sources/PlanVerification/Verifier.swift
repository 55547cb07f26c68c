import EnsembleModel
package import PlanLanguage

/// Looks for what can go wrong in a plan, from its facts alone.
///
/// The static part: the plan is walked once, all going well, and every moment is checked for what is certain or can be
/// counted. Each rolling step that looks for the leader is also walked with every other leader that it may find.
package enum Verifier {
    /// - Parameter failures: how many servers may crash at every point.
    package static func verify(_ plan: ResolvedPlan, failures: Int = 1) -> VerificationResult {
        guard let findings = findings(of: plan, failures: failures) else { return .needsFacts }
        guard findings.blockingHazards.isEmpty else { return .unsafe(findings.hazards) }
        return .verified(VerifiedPlan(plan: plan, findings: findings))
    }

    /// nil where the plan has no facts.
    package static func findings(of plan: ResolvedPlan, failures: Int = 1) -> PlanFindings? {
        guard let facts = plan.facts else { return nil }
        let walk = PlanWalk(plan, from: EnsembleState(facts: facts, inventory: plan.inventory))
        var found: [Hazard] = []
        for course in [walk.course] + walk.otherCourses { found += hazards(in: course, of: plan, facts, failures) }
        let places = walk.places
        let listed = merged(found).sorted { left, right in
            let (one, other) = (left.step.flatMap { places[$0] } ?? -1, right.step.flatMap { places[$0] } ?? -1)
            return (one, left.code) < (other, right.code)
        }
        let explored: Set<HazardCode> = []
        return Acknowledging(plan: plan, explored: explored).apply(to: listed, failures: failures)
    }

    private static func hazards(
        in course: [Moment], of plan: ResolvedPlan, _ facts: EnsembleFacts, _ failures: Int
    ) -> [Hazard] {
        let knowledge = Knowledge(plan: plan, facts: facts)
        return MyidCheck.hazards(in: course, knowledge) + PortClashCheck.hazards(in: course)
            + RefusalCheck.hazards(in: course, knowledge) + VersionCheck.hazards(in: course, knowledge)
            + QuorumCheck.hazards(in: course, failures: failures) + RestartOrderCheck.hazards(in: course)
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
