import EnsembleModel
import TestSupport
import Testing

@testable import PlanVerification

/// Who may lead after a restart, as `plan check --explain` tells it.
@Suite struct LeadersAfterTests {
    private func leaders(_ plan: String, failures: Int = 1) throws -> [LeadersAfter] {
        let plan = try Example.of(plan: plan).load()
        return try #require(Verifier.findings(of: plan, failures: failures, explaining: true)).leaders
    }

    @Test func followersMoveNothingAndTheLeaderIsElectedAnew() throws {
        let found = try leaders("rolling-restart")
        #expect(found.map(\.step) == (1...3).map { "2.1[zk\($0)@v3.8.0].1" })
        let keeps = ["zk3@v3.8.0: it leads already and keeps its quorum"]
        #expect(lines(found[0]) == keeps && lines(found[1]) == keeps)
        #expect(
            lines(found[2]) == [
                "zk3@v3.8.0: of zk1 and zk3, whose data are alike, it has the largest myid (3)",
                "zk2@v3.8.0: of zk1 and zk2, whose data are alike, it has the largest myid (2)",
            ])
    }

    @Test func theSeededServerLeadsForItsDataAndNotForItsMyid() throws {
        let found = try leaders("staged-recovery-no-lost-writes")
        let seeded = try #require(found.first { $0.title.contains("seeded server") || $0.step == "5.2" })
        #expect(found.contains { lines($0).contains("zk1@v3.4.14: of zk1 and zk6@v3.4.14, it has the newest data") })
        // The empty one has the larger myid, and leads in no state.
        #expect(!seeded.candidates.contains { $0.server == ServerName(host: "zk6", installation: "v3.4.14") })
    }

    /// What happens after a crash is no part of it.
    @Test func crashesChangeNothing() throws {
        #expect(try leaders("rolling-restart") == (try leaders("rolling-restart", failures: 0)))
    }

    @Test func nothingIsToldUnasked() throws {
        let plan = try Example.of(plan: "rolling-restart").load()
        #expect(try #require(Verifier.findings(of: plan)).leaders == [])
    }

    private func lines(_ after: LeadersAfter) -> [String] { after.candidates.map { "\($0.server): \($0.why)" } }
}
