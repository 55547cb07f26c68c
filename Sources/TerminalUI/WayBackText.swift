package import PlanVerification

/// What was looked for on a way back before it is gone, and what was found.
package struct WayBackText: Sendable {
    private let findings: PlanFindings

    package init(_ findings: PlanFindings) { self.findings = findings }

    /// Warnings are left out, and so is what is wrong already: both were there before the way back.
    package var lines: [String] {
        let found = findings.hazards.filter { $0.severity == .error && $0.step != nil }
        let crashes =
            switch findings.failures {
            case 0: "no crash"
            case 1: "any one crash"
            default: "any \(findings.failures) crashes"
            }
        let states = counted(findings.statesExplored, "state")
        let head =
            "Looked for from what the hosts say now, in every order of elections and with \(crashes) (\(states)):"
        guard !found.isEmpty else { return ["\(head) nothing goes wrong on the way."] }
        return ["\(head) on the way"]
            + found.map { hazard in
                let crash = hazard.takesCrash == true ? ", if a server crashes" : ""
                return "  ! \(hazard.step ?? "")\(crash): \(hazard.message)"
            }
    }
}
