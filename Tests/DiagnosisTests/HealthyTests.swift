import EnsembleModel
import Testing

@testable import Diagnosis

@Suite struct HealthyTests {
    @Test(arguments: ["3.4.14", "3.6.3", "3.8.0", "3.9.3"]) func aHealthyEnsembleHasNoFinding(version: String) {
        #expect(Sample.healthy(version: version).codes == [])
        #expect(Sample.healthy(5, version: version).codes == [])
    }

    @Test func defectsThatNeedNothingMoreAreAllThatIsWrongWith346() {
        let diagnosed = Sample.healthy(version: "3.4.6").diagnosed
        #expect(diagnosed.findings.map(\.code) == ["known-defect"])
        #expect(diagnosed.findings.first?.summary.hasPrefix("ZOOKEEPER-2186") == true)
        #expect(diagnosed.notes.allSatisfy { $0.code == "known-defect" && $0.plan == nil })
        #expect(!diagnosed.notes.isEmpty)
    }

    @Test func aSpareAndAnUnusedInstallationAreNotMissing() {
        var evidence = Sample.healthy()
        var spare = Sample.server(4, .stopped)
        spare.facts?.myid = nil
        var next = Sample.server(1, .stopped, version: "3.9.3")
        next.facts?.snapshot = ServerFacts.Newest.none
        evidence.servers += [spare, next]
        #expect(evidence.codes == [])
    }

    @Test func linesOfAnOrdinaryStartAreNoFinding() {
        let evidence = Sample.healthy().changing(1) { server in
            server.log(
                .smallerIdentifier,
                logLine("11:00:00", "Have smaller server identifier, so dropping the connection: (2, 1)"))
            server.log(
                .smallerIdentifier,
                logLine("11:00:00", "Have smaller server identifier, so dropping the connection: (3, 1)"))
            server.log(.cannotOpen, logLine("11:00:00", "Cannot open channel to 2 at election address /10.0.0.2:3888"))
            server.log(.expiredSession, logLine("11:30:00", "Expiring session 0x1, timeout of 4000ms exceeded"))
        }
        #expect(evidence.codes == [])
    }
}
