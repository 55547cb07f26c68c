import EnsembleModel
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

@Suite struct SearchTests {
    static let small = [
        "cleared-one-by-one", "copied-before-the-stop", "deaf-follower", "deaf-leader", "empty-pair-elects-first",
        "grow-with-one-down", "joiner-not-named", "larger-list-first", "old-ensemble-still-serves",
        "started-side-by-side", "two-restarted-together", "unlisted-follower-counts",
    ]

    struct Verdict: Hashable {
        var code: HazardCode
        var step: String?
    }

    func explore(_ plan: ResolvedPlan, failures: Int = 1, reduces: Bool = true) throws -> Exploration {
        let options = Search.Options(failures: failures, reduces: reduces)
        let facts = try #require(plan.facts)
        let found = try #require(Exploration(plan, facts: facts, options: options))
        #expect(found.search.isComplete)
        return found
    }

    func verdicts(_ found: Exploration) -> Set<Verdict> {
        Set(found.search.violations.map { Verdict(code: $0.what.code, step: $0.place?.top.id) })
    }

    /// What is passed over or taken at once must not change what is found.
    @Test(arguments: small, ["bad", "fixed"]) func theReducedSearchFindsWhatTheFullOneDoes(
        _ example: String, _ kind: String
    ) throws {
        let plan = try HazardExample.named(example).load(kind)
        let (reduced, full) = (try explore(plan), try explore(plan, reduces: false))
        #expect(reduced.states < full.states)
        let errors = { (found: Exploration) in verdicts(found).filter { $0.code != .fragile } }
        #expect(errors(reduced) == errors(full))
        // Who is late to join can find other configurations than who isn't, so that a crash strands it at more places.
        #expect(verdicts(reduced).isSubset(of: verdicts(full)))
    }

    @Test func withoutCrashesThereIsLessToFind() throws {
        let plan = try HazardExample.named("unlisted-follower-counts").load("bad")
        let (none, one) = (try explore(plan, failures: 0), try explore(plan))
        #expect(none.states < one.states)
        #expect(verdicts(none).isSubset(of: verdicts(one)))
    }
}
