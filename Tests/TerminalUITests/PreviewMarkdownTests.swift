import EnsembleModel
import Foundation
import PlanLanguage
import PlanVerification
import TestSupport
import Testing

@testable import TerminalUI

/// What a pull request shows: in the order in which a reviewer needs it, within the size of a comment, and never by a guess.
@Suite struct PreviewMarkdownTests {
    private func markdown(_ world: SampleWorld, against old: SampleWorld? = nil) throws -> String {
        func checked(_ world: SampleWorld) throws -> (ResolvedPlan, PlanFindings) {
            let plan = try world.load()
            return (plan, try #require(Verifier.findings(of: plan, explaining: true)))
        }
        let (plan, findings) = try checked(world)
        return PreviewView(plan, findings, against: try old.map(checked)).markdown()
    }

    @Test func whatMattersComesFirst() throws {
        let text = try markdown(SampleWorld())
        let order = [
            "- Verdict: ", "## Hazards", "*acknowledged:*", "## The ensemble over time", "```mermaid", "## Servers",
            "**runs a command** on zk4", "## The way back", "## Unknown before the run", "## Steps",
            "<details><summary>Stage 1: Check", "[!IMPORTANT]", "Digest: `",
        ]
        var rest = text[...]
        for piece in order {
            let found = try #require(rest.range(of: piece), "\(piece) is missing, or comes too early")
            rest = rest[found.upperBound...]
        }
        #expect(text.components(separatedBy: "<details>").count == text.components(separatedBy: "</details>").count)
    }

    @Test func blockingHazardsStandAboveAcknowledgedOnes() throws {
        var world = SampleWorld()
        world.plan = world.plan.replacingOccurrences(of: "- start: zk4@a", with: "- stop: [zk1@a, zk3@a]")
        let text = try markdown(world)
        let blocking = try #require(text.range(of: "- **error** `quorum-loss`"))
        let accepted = try #require(text.range(of: "*acknowledged:*"))
        #expect(blocking.lowerBound < accepted.lowerBound)
    }

    /// The lines of the picture say when who serves; days of the year 2000 are moments.
    @Test func thePictureShowsEveryRestart() throws {
        let text = try markdown(SampleWorld())
        let start = try #require(text.range(of: "```mermaid\n")?.upperBound)
        let chart = text[start...].prefix { $0 != "`" }.split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let sections = chart.filter { $0.hasPrefix("section ") }
        #expect(
            sections == ["stage", "margin", "may lead", "zk1@a", "zk2@a", "zk3@a", "zk4@a"].map { "section \($0)" })
        #expect(chart.count { $0.hasPrefix("↻ :crit, 2000-01-") } == 3)
        #expect(chart.contains { $0.hasPrefix("0 :crit, ") }, "while one of three restarts, none may be lost")
        // A task is a name without a colon, perhaps a tag, a day and a length: Mermaid's grammar.
        let head = chart.firstIndex { $0.hasPrefix("section ") } ?? 0
        for line in chart[head...] where !line.hasPrefix("section ") {
            #expect(line.wholeMatch(of: #/[^:#;]+ :((crit|done|active), )?2000-\d\d-\d\d, \d+d/#) != nil, "\(line)")
        }
    }

    @Test func unknownIsSaid() throws {
        let text = try markdown(SampleWorld())
        #expect(text.contains("conf/log4j.properties` on zk4@a: **unknown**"))
        #expect(text.contains("- 2.9: what its command changes"))
        // Without a search nobody knows who may be elected.
        let plan = try SampleWorld().load()
        let unexplained = PreviewView(plan, try #require(Verifier.findings(of: plan))).markdown()
        #expect(unexplained.contains("    unknown :active, 2000-01-"))
    }

    // MARK: Size

    /// Forty servers' worth of diffs, two hundred stages, and a summary without end.
    @Test func whatIsTooLongIsFoldedAndSaid() throws {
        var world = SampleWorld()
        let stages = (0..<300).map { number in
            """
              - name: Stage number \(number)
                steps:
                  - put_file: {servers: [zk4@a], path: conf/file\(number), content: "\(String(repeating: "line \\n", count: 60))"}

            """
        }
        world.plan =
            world.plan.replacingOccurrences(
                of: "summary: A", with: "summary: \(String(repeating: "so long ", count: 2000))A")
            + "\n" + stages.joined()
        let text = try markdown(world)
        #expect(text.utf8.count <= 65_000)
        #expect(text.utf8.count > 20_000, "no more is left out than has to be")
        #expect(text.contains("*Left out here, to keep within the size of a comment:*\n- diffs: 2."))
        #expect(text.contains("Digest: `"))
        #expect(try markdown(world) == text)
        let opened = text.components(separatedBy: "<details>").count
        #expect(opened == text.components(separatedBy: "</details>").count)
        #expect(!(try markdown(SampleWorld())).contains("Left out here"))
    }

    @Test func theLargestPieceOfTheLeastMissedKindGoesFirst() {
        var text = FoldableText()
        text.add(["head"])
        text.add([String(repeating: "a", count: 2000)], named: "one", [.diffs: ["(a)"], .stages: []])
        text.add([String(repeating: "b", count: 3000)], named: "two", [.diffs: ["(b)"], .stages: []])
        text.add([String(repeating: "c", count: 500)], named: "three", [.steps: []])
        func folded(_ limit: Int) -> String { text.text(limit: limit) { $0 } }
        #expect(folded(9000).hasSuffix("c\n"))
        #expect(folded(8000).hasSuffix("c\ndiffs: two\n"))
        #expect(folded(5000).hasSuffix("c\ndiffs: one, two\n"))
        #expect(folded(3400) == "head\n(a)\n(b)\ndiffs: one, two\nwhat each step does: three\n")
        #expect(folded(3006) == "head\ndiffs: one, two\nwhat each step does: three\nstages: one, two\n")
    }

    // MARK: Against an older plan

    @Test func whatChangedIsToldStepByStep() throws {
        var now = SampleWorld()
        now.plan = now.plan.replacingOccurrences(of: "set: {initLimit: 50}\n", with: "set: {initLimit: 60}\n")
            .replacingOccurrences(of: "      - persist_znodes: {through: zk1@a, from: /jodis/demo/proxy-*}\n", with: "")
            .replacingOccurrences(of: "      - rollback_point: before the change\n", with: "")
            .replacingOccurrences(
                of: "      - set_myid:", with: "      - rollback_point: before the change\n      - set_myid:"
            )
            .replacingOccurrences(of: "one of three is down at a time", with: "announced")
        let text = try markdown(now, against: SampleWorld())
        let start = try #require(text.range(of: "## Changed since the last review\n\n")?.upperBound)
        let end = try #require(text.range(of: "\n## The ensemble over time")?.lowerBound)
        try expectGolden(String(text[start..<end]), "TerminalUI/preview-changes.md")
        #expect(text.contains("-initLimit=50") == false && text.contains("-+initLimit=50"))
        let same = try markdown(SampleWorld(), against: SampleWorld())
        #expect(same.contains("Nothing: every step does the same."))
    }
}
