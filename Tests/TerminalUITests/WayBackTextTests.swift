import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanVerification
@testable import TerminalUI

@Suite struct WayBackTextTests {
    private func hazard(
        _ severity: Hazard.Severity, _ step: String?, _ message: String, takesCrash: Bool? = nil
    ) -> Hazard {
        var hazard = Hazard(.quorumLoss, severity, step: step, message)
        hazard.takesCrash = takesCrash
        return hazard
    }

    @Test func whatGoesWrongOnTheWayIsTold() {
        var findings = PlanFindings(
            hazards: [], statesExplored: 1, failures: 1, notExplored: [], acknowledgedUnexplored: [])
        let head = "Looked for from what the hosts say now, in every order of elections and with"
        #expect(WayBackText(findings).lines == ["\(head) any one crash (1 state): nothing goes wrong on the way."])
        findings.hazards = [
            hazard(.error, nil, "it is so already"), hazard(.warning, "3.1.1.1", "one more crash would do it"),
            hazard(.error, "3.2.1.1", "the quorum goes"),
            hazard(.error, "2.5.1.1", "a write is lost", takesCrash: true),
        ]
        (findings.statesExplored, findings.failures) = (640, 0)
        #expect(
            WayBackText(findings).lines == [
                "\(head) no crash (640 states): on the way",
                "  ! 3.2.1.1: the quorum goes",
                "  ! 2.5.1.1, if a server crashes: a write is lost",
            ])
    }
}
