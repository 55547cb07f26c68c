import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

/// What is said of each file in `Tests/Fixtures/PlanLanguage/bad`, in full: every error, its line, caret and hint.
@Suite struct BadFilesTests {
    static let names =
        ((try? FileManager.default.contentsOfDirectory(
            atPath: Repository.fixtures.appendingPathComponent("PlanLanguage/bad").path))
        ?? [])
        .filter { $0.hasSuffix(".yaml") && !["inventory.yaml", "facts.yaml"].contains($0) }.sorted()

    @Test func theCorpusIsThere() { #expect(Self.names.count >= 19) }

    @Test(arguments: names) func everyErrorIsSaid(_ name: String) throws {
        let loader = Inputs.fixtures("bad")
        do {
            switch name {
            case "bad-inventory.yaml": _ = try loader.loadInventory(name)
            case "bad-facts.yaml": _ = try loader.loadFacts(name, inventory: loader.loadInventory("inventory.yaml"))
            default: _ = try loader.load(plan: name)
            }
            Issue.record("\(name) was accepted")
        } catch {
            try expectGolden(error.rendered, "PlanLanguage/bad/\(name.dropLast(5)).txt")
            for diagnostic in error.diagnostics { #expect(diagnostic.range != nil) }
            #expect(error.diagnostics == error.diagnostics.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
        }
    }
}
