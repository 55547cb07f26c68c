import Foundation
import Testing

@testable import Diagnosis

@Suite struct CatalogueTests {
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: ReadyPlan.allCases) func everyPlanIsThere(_ plan: ReadyPlan) {
        #expect(FileManager.default.fileExists(atPath: Self.repository.appendingPathComponent(plan.path).path))
    }

    @Test func codesAreUnique() {
        let codes = IncidentCatalogue.all.map { $0.definition.code }
        #expect(Set(codes).count == codes.count)
    }

    /// docs/incidents.md is made from the definitions; `UPDATE_GOLDEN=1` writes it anew, and that run fails.
    @Test func theCatalogueIsUpToDate() throws {
        let place = Self.repository.appendingPathComponent("docs/incidents.md")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(IncidentCatalogue.markdown.utf8).write(to: place)
            Issue.record("recorded docs/incidents.md; read it, then run again without UPDATE_GOLDEN")
            return
        }
        #expect(try String(contentsOf: place, encoding: .utf8) == IncidentCatalogue.markdown)
    }
}
