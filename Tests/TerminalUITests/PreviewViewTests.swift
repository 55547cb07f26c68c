import EnsembleModel
import Foundation
import PlanLanguage
import PlanVerification
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct PreviewViewTests {
    @Test func text() throws {
        try expectGolden(try SampleWorld().preview().text(width: 100), "TerminalUI/preview.txt")
    }

    @Test func textInColours() throws {
        let text = try SampleWorld().preview().text(width: 60, palette: Palette(colour: true))
        try expectGolden(text, "TerminalUI/preview-colours.txt")
        #expect(text.contains("\u{1b}[32m+server.4=10.0.0.4:2888:3888\u{1b}[0m"))
    }

    @Test func markdown() throws {
        try expectGolden(try SampleWorld().preview().markdown(), "TerminalUI/preview.md")
    }

    @Test func json() throws {
        let document = try SampleWorld().preview().json()
        try expectGolden(document, "TerminalUI/preview.json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any])
        #expect(object["version"] as? Int == 1)
    }

    @Test func sameInputSameBytes() throws {
        #expect(try SampleWorld().preview().text() == (try SampleWorld().preview().text()))
        #expect(try SampleWorld().preview().json() == (try SampleWorld().preview().json()))
    }

    @Test func linesKeepToTheWidthExceptInDiffs() throws {
        let lines = try SampleWorld().preview().text(width: 60).split(separator: "\n")
        let long = lines.filter { displayWidth($0) > 60 }
        // The digest is one word, and paths and texts of files aren't broken.
        #expect(long.allSatisfy { $0.hasPrefix("digest") || $0.contains("/opt/zookeeper/") })
    }

    /// What a plan or a host says can't steer the terminal.
    @Test func nothingSteersTheTerminal() throws {
        var world = SampleWorld()
        world.plan = world.plan.replacingOccurrences(of: "Is the change announced?", with: #""ok\e[2J\u202e?""#)
        let view = try world.preview()
        for text in [view.text(), view.markdown(), view.json()] {
            #expect(!text.unicodeScalars.contains { $0.value == 0x1b })
        }
        #expect(!view.text().unicodeScalars.contains { $0.value == 0x202e })
    }

    @Test func anUnsafePlanShowsWhatBlocksIt() throws {
        var world = SampleWorld()
        world.plan = world.plan.replacingOccurrences(of: "- start: zk4@a", with: "- stop: [zk1@a, zk3@a]")
        let text = try world.preview().text()
        #expect(text.contains("verdict   unsafe: "))
        #expect(text.contains("error quorum-loss in 2.6, stage \"Grow\""))
        #expect(text.contains("no quorum"))
    }
}
