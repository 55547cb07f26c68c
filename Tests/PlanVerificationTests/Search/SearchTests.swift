import EnsembleModel
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

@Suite struct SearchTests {
    @Test func withoutCrashesThereIsLessToFind() throws {
        let plan = try HazardExample.named("unlisted-follower-counts").load("bad")
        let (none, one) = (try explore(plan, failures: 0), try explore(plan, failures: 1))
        #expect(none.states < one.states)
        #expect(Set(codes(none)).isSubset(of: codes(one)))
    }

    private func explore(_ plan: ResolvedPlan, failures: Int) throws -> Exploration {
        let facts = try #require(plan.facts)
        let found = try #require(Exploration(plan, facts: facts, options: Search.Options(failures: failures)))
        #expect(found.search.isComplete)
        return found
    }

    private func codes(_ found: Exploration) -> [String] {
        found.search.violations.map { "\($0.what.code.rawValue) \($0.place?.top.id ?? "-")" }
    }
}
