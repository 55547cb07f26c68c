import EnsembleModel
import Foundation
import PlanLanguage
import PlanVerification
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct CheckViewTests {
    func checked(_ world: SampleWorld = SampleWorld()) throws -> CheckView {
        let plan = try world.load()
        return CheckView(.checked(plan, try #require(Verifier.findings(of: plan))))
    }

    func invalid() -> CheckView {
        var world = SampleWorld()
        world.plan = world.plan.replacingOccurrences(of: "- confirm:", with: "- comfirm:")
        do {
            _ = try world.load()
            Issue.record("an unknown verb was read")
            return CheckView(.invalid(InvalidInput([])))
        } catch {
            return CheckView(.invalid(error as? InvalidInput ?? InvalidInput([])))
        }
    }

    func object(_ view: CheckView) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(view.json.utf8)) as? [String: Any])
    }

    @Test func text() throws {
        try expectGolden(try checked().text(), "TerminalUI/check.txt")
        try expectGolden(invalid().text(), "TerminalUI/check-invalid.txt")
    }

    @Test func explained() throws {
        let plan = try Example.of(plan: "rolling-restart").load()
        let view = CheckView(.checked(plan, try #require(Verifier.findings(of: plan, explaining: true))))
        try expectGolden(view.text(), "TerminalUI/check-explained.txt")
        let told = try #require(try object(view)["leaders"] as? [[String: Any]])
        #expect(told.last?["step"] as? String == "2.1[zk3@v3.8.0].1")
        #expect((told.last?["candidates"] as? [[String: String]])?.first?["server"] == "zk3@v3.8.0")
    }

    @Test func json() throws {
        try expectGolden(try checked().json, "TerminalUI/check.json")
        let found = try object(try checked())
        #expect(found["verdict"] as? String == "safe")
        #expect(found["failures"] as? Int == 1)
        #expect((found["hazards"] as? [[String: Any]])?.first?["acknowledged"] as? Bool == true)
    }

    @Test func jsonOfAnInvalidPlan() throws {
        let found = try object(invalid())
        #expect(found["verdict"] as? String == "invalid")
        let errors = try #require(found["errors"] as? [[String: Any]])
        #expect(errors.first?["file"] as? String == "plan.yaml")
        #expect(errors.first?["line"] as? Int == 16)
        #expect((errors.first?["message"] as? String)?.contains("comfirm") == true)
    }

    @Test func asksForFacts() throws {
        var world = SampleWorld()
        world.plan = world.plan.replacingOccurrences(of: "facts: facts.yaml\n", with: "")
        let view = CheckView(.needsFacts(try world.load()), failures: 2)
        #expect(view.text().contains("--live"))
        let found = try object(view)
        #expect(found["verdict"] as? String == "invalid")
        #expect(found["failures"] as? Int == 2)
        #expect((found["errors"] as? [[String: Any]])?.count == 1)
    }
}
