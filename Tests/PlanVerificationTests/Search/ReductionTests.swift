import EnsembleModel
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

/// What is passed over, taken at once or not followed any longer must not change what is found.
@Suite struct ReductionTests {
    struct Found: Hashable, CustomStringConvertible {
        var code: HazardCode
        var severity: Hazard.Severity
        var step: String?

        var description: String { "\(severity.rawValue) \(code.rawValue) \(step ?? "-")" }
    }

    private func found(
        _ plan: ResolvedPlan, failures: Int, _ reductions: Reductions
    ) throws -> (hazards: Set<Found>, states: Int) {
        let findings = try #require(Verifier.findings(of: plan, failures: failures, reductions: reductions))
        #expect(findings.notExplored == [])
        let hazards = findings.hazards.map { Found(code: $0.code, severity: $0.severity, step: $0.step) }
        return (Set(hazards), findings.statesExplored)
    }

    private func expectSame(_ plan: ResolvedPlan, failures: Int) throws {
        let (reduced, full) = (try found(plan, failures: failures, .all), try found(plan, failures: failures, []))
        #expect(reduced.states < full.states)
        #expect(
            reduced.hazards == full.hazards,
            "\(reduced.hazards.symmetricDifference(full.hazards).map(\.description).sorted())")
    }

    /// With a crash these have up to a million states, which the benchmark of the search looks at (SearchBenchmark.swift).
    static let large = ["staged-recovery-3-to-5", "staged-recovery-no-lost-writes", "two-at-once"]

    @Test(arguments: try HazardExample.all(), ["bad", "fixed"]) func theFullSearchFindsNothingElseInAHazard(
        _ example: HazardExample, _ kind: String
    ) throws {
        try expectSame(try example.load(kind), failures: Self.large.contains(example.name) ? 0 : 1)
    }

    @Test(arguments: try Example.all()) func theFullSearchFindsNothingElseInAnExample(_ example: Example) throws {
        try expectSame(try example.load(), failures: Self.large.contains(try example.planName()) ? 0 : 1)
    }

    /// Which example shows what a reduction is good for. Elections among servers that are alike save no states, only time.
    static let shown: [(Reductions, String, Int)] = [
        (.joins, "rolling-restart", 1), (.quietSteps, "set-jvm-flags", 1), (.forgetting, "rolling-restart", 1),
        (.crashes, "rolling-restart", 2),
    ]

    @Test(arguments: shown) func eachReductionSavesStatesAndLosesNothing(
        _ reduction: Reductions, _ name: String, _ failures: Int
    ) throws {
        let plan = try Example.of(plan: name).load()
        let all = try found(plan, failures: failures, .all)
        let without = try found(plan, failures: failures, Reductions.all.subtracting(reduction))
        #expect(all.states < without.states)
        #expect(all.hazards == without.hazards)
    }

    /// Three servers vote, two follow what they decide, and one voter is restarted.
    @Test func observersThatAreAlikeCrashOnce() throws {
        let voters = SamplePlan.config(1...3)
        let members = voters + "server.4=zk4:2888:3888:observer\nserver.5=zk5:2888:3888:observer\n"
        let explored = { (reductions: Reductions) in
            try Electorate(3, failures: 2, reductions: reductions) { plan in
                for host in 1...5 {
                    plan[host].config = members
                    guard host > 3 else { continue }
                    plan[host] = ServerFacts(
                        running: true, mode: .observer, myid: ServerID(host), version: Version(3, 8, 0),
                        snapshot: .at(Zxid(1)), config: members)
                }
                plan.stage("restart", restart(old(1)))
            }.explored()
        }
        let (all, without) = (try explored(.all), try explored(Reductions.all.subtracting(.observers)))
        #expect(all.count < without.count)
        // Whichever of the two it is, one of them down and both of them down are among what is seen.
        for down in [1, 2] {
            #expect(all.contains { step in [3, 4].count { step.state[$0].isCrashed } == down })
        }
        #expect(!all.contains { $0.event.kind == .crash && $0.event.server == 4 && $0.state.crashes == 1 })
    }
}
