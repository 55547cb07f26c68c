import Foundation
import PlanLanguage
import TestSupport
import Testing

@testable import PlanVerification

/// Each bad plan of `examples/hazards/` shows its hazard and its fixed twin doesn't; the README lists them.
@Suite struct HazardExamplesTests {
    @Test(arguments: try HazardExample.all()) func theBadPlanShowsItsHazard(_ example: HazardExample) throws {
        let plan = try example.load("bad")
        #expect(plan.warnings == [])
        #expect(plan.name == example.name)
        let expected = example.expectation
        let code = try #require(HazardCode(rawValue: expected.hazard))
        let findings = try #require(Verifier.findings(of: plan))
        let found = findings.hazards.contains { hazard in
            hazard.code == code && hazard.step == expected.step && hazard.severity.rawValue == expected.severity
                && hazard.acknowledgedBecause == nil
        }
        // What nothing looks for yet must be said not to have been looked for.
        let list = findings.hazards.map { "\($0.code.rawValue) \($0.severity.rawValue) \($0.step ?? "-")" }
        #expect(
            found || findings.notExplored.contains(code),
            "\(code.rawValue) \(expected.severity) \(expected.step) is not among \(list)")
    }

    @Test(arguments: try HazardExample.all()) func theFixedTwinIsClean(_ example: HazardExample) throws {
        let plan = try example.load("fixed")
        #expect(plan.warnings == [])
        #expect(plan.name == example.name)
        let findings = try #require(Verifier.findings(of: plan))
        #expect(findings.blockingHazards.map { "\($0.code.rawValue) \($0.step ?? "-"): \($0.message)" } == [])
        let expected = example.expectation
        let same = findings.hazards.filter {
            $0.code.rawValue == expected.hazard && $0.severity.rawValue == expected.severity
        }
        #expect(same.map { "\($0.step ?? "-"): \($0.message)" } == [])
    }

    @Test func everyCodeHasAnExample() throws {
        let shown = Set(try HazardExample.all().map(\.expectation.hazard))
        let wanted = Set(HazardCode.allCases.map(\.rawValue)).subtracting(["refused", "acknowledgement"])
        #expect(wanted.subtracting(shown).sorted() == [])
    }

    @Test func theReadmeListsThem() throws {
        let rows = try Self.inOrder().map { example in
            let expected = example.expectation
            return
                "| [`\(example.name)`](\(example.name)/bad.yaml) | `\(expected.hazard)` | `\(expected.step)` | \(expected.shows) |"
        }
        try expectGoldenPart(
            Self.table(["example", "hazard", "step", "what the bad plan does"], rows), after: "<!-- table -->\n",
            of: HazardExample.folder.appendingPathComponent("README.md"))
    }

    /// What stands in `expect.yaml`, where the tests that drive the servers stand beside it (Tests/EndToEndTests/Truth).
    @Test func theSafetyModelTellsWhatServersDid() throws {
        let rows = try Self.inOrder().map { example in
            let expected = example.expectation
            let seen =
                expected.realServers.map { "\($0.version) | \($0.bad) | \($0.fixed)" }
                ?? "- | not staged: \(expected.notStaged ?? "") | -"
            return "| `\(example.name)` | `\(expected.hazard)` | \(seen) |"
        }
        try expectGoldenPart(
            Self.table(["plan", "verdict", "version", "the servers under `bad.yaml`", "under `fixed.yaml`"], rows),
            after: "<!-- what real servers did -->\n",
            of: Repository.folder.appendingPathComponent("docs/safety-model.md"))
    }

    private static func inOrder() throws -> [HazardExample] {
        let codes = HazardCode.allCases.map(\.rawValue)
        let place = { (example: HazardExample) in codes.firstIndex(of: example.expectation.hazard) ?? codes.count }
        return try HazardExample.all().sorted { (place($0), $0.name) < (place($1), $1.name) }
    }

    private static func table(_ columns: [String], _ rows: [String]) -> String {
        let head = ["| \(columns.joined(separator: " | ")) |", "|\(String(repeating: " --- |", count: columns.count))"]
        return (head + rows).joined(separator: "\n") + "\n"
    }
}
