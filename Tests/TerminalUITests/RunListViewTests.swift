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
        RunShowView(runs[0], digest: "3f786850e387", folder: "/state/runs/\(SampleRun.run)", events: events)
    }

    @Test func oneAsText() throws {
        try expectGolden(show(SampleRun.failed).text(Palette(colour: false)), "TerminalUI/run-show.txt")
    }

    @Test func oneAsJSON() throws {
        try expectGolden(show(SampleRun.failed).json, "TerminalUI/run-show.json")
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
