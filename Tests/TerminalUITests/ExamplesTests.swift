import PlanLanguage
import PlanVerification
import TestSupport
import Testing

@testable import TerminalUI

/// Each world of `examples/` is read, checked, and previewed as its files show. `UPDATE_GOLDEN=1` renews the previews,
/// `scripts/record-examples.sh` the worlds.
@Suite struct ExamplesTests {
    @Test func everyPlanHasOne() throws {
        #expect(try Example.all().map { try $0.planName() }.sorted() == Repository.planNames())
    }

    @Test(arguments: try Example.all()) func isPreviewedAsShown(_ example: Example) throws {
        let plan = try example.load()
        #expect(plan.warnings == [])
        let findings = try #require(Verifier.findings(of: plan, explaining: true))
        #expect(findings.blockingHazards.map(\.message) == [])
        let view = PreviewView(plan, findings)
        try expectGolden(view.text(), at: example.file("preview.txt"))
        try expectGolden(view.markdown(), at: example.file("preview.md"))
    }
}
