import TestSupport
import Testing

@testable import PlanExecution
@testable import TerminalUI

@Suite struct RunListViewTests {
    private let runs = [
        RunSummary(
            run: SampleRun.run, ensemble: "codis", plan: "staged-recovery-3-to-5", outcome: .failed, step: "3.2",
            startedAt: SampleRun.start, endedAt: SampleRun.start + 160),
        RunSummary(
            run: "codis-20260110-090000-0001", ensemble: "codis", plan: "rolling-restart", outcome: .interrupted,
            step: nil, startedAt: SampleRun.start - 100_000, endedAt: nil),
    ]

    @Test func asText() throws {
        try expectGolden(RunListView(runs).text(Palette(colour: false)), "TerminalUI/run-list.txt")
        #expect(RunListView([]).text(Palette(colour: false)) == "no runs yet\n")
    }

    @Test func asJSON() throws {
        try expectGolden(RunListView(runs).json, "TerminalUI/run-list.json")
    }

    private func show(_ events: [RunEvent]) -> RunShowView {
        RunShowView(
            RunReport(runs[0], digest: "3f786850e387", events: events), folder: "/state/runs/\(SampleRun.run)")
    }

    @Test func oneAsText() throws {
        try expectGolden(show(SampleRun.failed).text(Palette(colour: false)), "TerminalUI/run-show.txt")
    }

    @Test func oneAsJSON() throws {
        try expectGolden(show(SampleRun.failed).json, "TerminalUI/run-show.json")
    }

    /// A rolling step is not done any more when each of its servers has been undone.
    @Test func whatWasUndoneIsNotTicked() {
        let steps = ["1.1", "1.1[zk1@a].1"]
        let text = show(
            steps.map { SampleRun.event(1, .stepStarted(step: $0, title: "restart")) }
                + steps.reversed().map { SampleRun.event(3, .stepFinished(step: $0, outcome: .done, seconds: 2)) }
                + [
                    SampleRun.event(9, .stepStarted(step: steps[1], title: "undo: restart")),
                    SampleRun.event(12, .stepFinished(step: steps[1], outcome: .undone, seconds: 3)),
                ]
        ).text(Palette(colour: false))
        #expect(text.contains("- 1.1 restart  undone") && text.contains("  - 1.1[zk1@a].1 restart  undone"))
    }

    @Test func aResumedRunShowsItsLastAttempt() {
        let resumed: [RunEvent] = [
            SampleRun.event(
                200, .runStarted(run: SampleRun.run, ensemble: "codis", plan: "p", steps: 41, attempt: .resume)),
            SampleRun.event(200, .stepStarted(step: "3.2", title: "start zk1@v3.4.14, then zk6@v3.4.14")),
            SampleRun.event(210, .stepFinished(step: "3.2", outcome: .done, seconds: 10)),
        ]
        let text = show(SampleRun.failed + resumed).text(Palette(colour: false))
        #expect(!text.contains("✗"))
        #expect(text.contains("✓ 3.2 start zk1@v3.4.14, then zk6@v3.4.14  0:10"))
    }
}
