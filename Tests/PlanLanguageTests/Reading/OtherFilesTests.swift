import EnsembleModel
import Testing

@testable import PlanLanguage

/// An inventory and facts in the place of those that the plan names.
@Suite struct OtherFilesTests {
    private let step = "- stop: zk9@old"
    private let inventory = """
        version: 1
        ensemble: other
        installations: {old: {home: /opt/old}}
        hosts: {zk9: {address: 10.0.0.9}}
        """
    private let facts = "version: 1\nservers:\n  zk9@old: {running: true, mode: leader, myid: 9, version: 3.4.6}\n"

    @Test func theyAreReadInsteadOfThePlansOwn() throws {
        // The plan's own inventory and facts are not even there.
        let loader = PlanLoader { [self] path in
            switch path {
            case "plans/plan.yaml": Array(Inputs.plan(step).utf8)
            case "../other.yaml": Array(inventory.utf8)
            case "seen.yaml": Array(facts.utf8)
            default: throw Inputs.Missing()
            }
        }
        let plan = try loader.load(
            plan: "plans/plan.yaml", inventoryFile: "../other.yaml", factsFile: "seen.yaml")
        #expect(plan.inventory.ensemble == "other")
        #expect(plan.facts?.servers.keys.map(\.description) == ["zk9@old"])
        #expect(throws: InvalidInput.self) { try loader.load(plan: "plans/plan.yaml", inventoryFile: "../other.yaml") }
    }

    @Test func theyCountInTheDigest() throws {
        let inputs = Inputs(["plan.yaml": Inputs.plan("- stop: zk1@old"), "seen.yaml": Inputs.facts + "\n"])
        let same = Inputs(["plan.yaml": Inputs.plan("- stop: zk1@old"), "copy.yaml": Inputs.facts])
        let own = try inputs.loader.load(plan: "plan.yaml").digest
        #expect(try inputs.loader.load(plan: "plan.yaml", factsFile: "seen.yaml").digest != own)
        #expect(try same.loader.load(plan: "plan.yaml", factsFile: "copy.yaml").digest == own)
    }

    @Test func whatIsWrongWithThemNamesThem() {
        let inputs = Inputs([
            "plan.yaml": Inputs.plan("- stop: zk1@old"), "bad.yaml": "version: 1\nservers: {zk1@gone: {}}\n",
        ])
        let error = #expect(throws: InvalidInput.self) {
            try inputs.loader.load(plan: "plan.yaml", factsFile: "bad.yaml")
        }
        #expect(error?.diagnostics.first?.range?.file == "bad.yaml")
    }
}
