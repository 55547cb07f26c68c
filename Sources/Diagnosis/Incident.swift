import EnsembleModel

/// A known way in which ensembles fail: how it shows itself, and how it is recognised.
///
/// Recognising is a pure function of evidence, so that every incident is tested from values and recorded logs.
package protocol Incident: Sendable {
    static var definition: IncidentDefinition { get }
    static func findings(in evidence: EnsembleEvidence) -> [Finding]
}

/// What the catalogue says of an incident.
package struct IncidentDefinition: Sendable {
    /// Stable, in kebab case: programs match on it.
    package var code: String
    package var title: String
    /// What an operator notices.
    package var symptoms: String
    /// What is looked at.
    package var recognised: String
    /// Why it matters.
    package var why: String
    package var remedy: String
    package var plans: [ReadyPlan]
    /// Issues, and the releases that are free of it.
    package var source: String?

    package init(
        code: String, title: String, symptoms: String, recognised: String, why: String, remedy: String,
        plans: [ReadyPlan] = [], source: String? = nil
    ) {
        self.code = code
        self.title = title
        self.symptoms = symptoms
        self.recognised = recognised
        self.why = why
        self.remedy = remedy
        self.plans = plans
        self.source = source
    }

    /// A finding of this incident; the remedy is the catalogue's unless the case at hand wants another.
    func finding(
        _ severity: Finding.Severity, _ servers: [ServerName], _ summary: String, evidence: [String],
        remedy: String? = nil, plan: ReadyPlan? = nil, command: PlanCommand? = nil
    ) -> Finding {
        Finding(
            code: code, severity: severity, servers: servers.sorted(), summary: summary, evidence: evidence, why: why,
            remedy: remedy ?? self.remedy, plan: plan, command: command)
    }
}
