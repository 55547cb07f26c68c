package import PlanLanguage

/// A plan without an unacknowledged error. Only ``Verifier`` makes one, and a run begins with nothing else; a resumed run goes on with
/// the bytes that it began with, told by their sums.
package struct VerifiedPlan: Sendable {
    package let plan: ResolvedPlan
    package let findings: PlanFindings

    package var hazards: [Hazard] { findings.hazards }
    package var statesExplored: Int { findings.statesExplored }
    package var failures: Int { findings.failures }
    /// Always empty.
    package var blockingHazards: [Hazard] { findings.blockingHazards }

    init(plan: ResolvedPlan, findings: PlanFindings) {
        self.plan = plan
        self.findings = findings
    }
}

package enum VerificationResult: Sendable {
    case verified(VerifiedPlan)
    /// All hazards found, those among them that block and those that don't.
    case unsafe([Hazard])
    /// The plan has no facts: nothing is assumed.
    case needsFacts
}

/// What was looked for in a plan, and what was found.
package struct PlanFindings: Sendable, Hashable {
    /// In the order of the steps.
    package var hazards: [Hazard]
    /// States that the search has seen; 0 while there was none.
    package var statesExplored: Int
    /// Bytes that the search held.
    package var memory = 0
    /// How many servers may crash at every point.
    package var failures: Int
    /// Codes that nothing has looked for in every order of elections and crashes. That none of their hazards is listed
    /// means nothing.
    package var notExplored: Set<HazardCode>
    /// Acknowledgements of such codes, which neither hide a hazard nor are called unmatched.
    package var acknowledgedUnexplored: [Acknowledgement]

    /// Where it was asked for: who may lead after each restart, in the order of the steps.
    package var leaders: [LeadersAfter] = []

    package var blockingHazards: [Hazard] { hazards.filter(\.blocks) }
}
