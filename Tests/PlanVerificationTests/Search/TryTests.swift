import EnsembleModel
import Foundation
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

@Suite(.serialized) struct TryTests {
    @Test(arguments: try HazardExample.all(), ["bad", "fixed"]) func look(_ example: HazardExample, _ kind: String) throws {
        let plan = try example.load(kind)
        let clock = ContinuousClock()
        let start = clock.now
        let found = try #require(Exploration(plan, facts: plan.facts!, options: Search.Options()))
        print("\(example.name)/\(kind): \(found.states) states \(found.search.program.nodes.count) nodes \(clock.now - start) expects \(example.expectation.hazard) \(example.expectation.step)")
        for h in found.hazards { print("    \(h.code.rawValue) \(h.step ?? "-") len \(h.trace.count)") }
    }
    @Test(arguments: ["staged-recovery-3-to-5", "staged-recovery-no-lost-writes"]) func recovery(_ name: String) throws {
        let plan = try ShippedPlansTests().load(name)
        look(plan)
    }
    func look(_ plan: ResolvedPlan) {
        let clock = ContinuousClock()
        let start = clock.now
        let found = Exploration(plan, facts: plan.facts!, options: Search.Options())!
        print("\(plan.name): \(found.states) states \(found.search.program.nodes.count) nodes \(clock.now - start) \(found.memory)")
        for h in found.hazards { print("    \(h.code.rawValue) \(h.step ?? "-") \(h.stage ?? "") len \(h.trace.count)") }
    }
    @Test(arguments: try Repository.planNames().filter { !$0.hasPrefix("staged-recovery") })
    func everyday(_ name: String) throws { look(try ShippedPlansTests().load(name)) }
}
