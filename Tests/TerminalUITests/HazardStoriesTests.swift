import Foundation
import PlanLanguage
import PlanVerification
import TerminalUI
import TestSupport
import Testing

/// What `plan check` prints of each plan of `examples/hazards/` that goes wrong: the line that is meant, what helps, and the events in
/// their order with the servers after each.
@Suite struct HazardStoriesTests {
    @Test(arguments: try HazardExample.all()) func isToldAsShown(_ example: HazardExample) throws {
        let plan = try example.load("bad")
        let findings = try #require(Verifier.findings(of: plan))
        let text = CheckView(.checked(plan, findings)).text()
        // How many states it took is no part of the story.
        let end = try #require(text.range(of: "\n\n  any one server may crash"))
        let story = text[..<end.lowerBound].replacing(HazardExample.folder.path + "/", with: "")
        try expectGolden(story + "\n", "TerminalUI/hazards/\(example.name).txt")
    }
}
