import Foundation
import TestSupport
import Testing

@testable import Diagnosis

@Suite struct CatalogueTests {
    @Test(arguments: ReadyPlan.allCases) func everyPlanIsThere(_ plan: ReadyPlan) {
        #expect(FileManager.default.fileExists(atPath: Repository.folder.appendingPathComponent(plan.path).path))
    }

    @Test func codesAreUnique() {
        let codes = IncidentCatalogue.all.map { $0.definition.code }
        #expect(Set(codes).count == codes.count)
    }

    /// docs/incidents.md is made from the definitions; `UPDATE_GOLDEN=1` writes it anew, and that run fails.
    @Test func theCatalogueIsUpToDate() throws {
        try expectGolden(IncidentCatalogue.markdown, at: Repository.folder.appendingPathComponent("docs/incidents.md"))
    }
}
