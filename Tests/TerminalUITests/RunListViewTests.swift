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

    private func shown(
        _ outcome: RunOutcome, _ events: [RunEvent], to target: RollbackTarget? = nil, isGoingBack: Bool = false
    ) -> RunReport {
        var summary = runs[0]
        (summary.outcome, summary.rolledBackTo, summary.isGoingBack) = (outcome, target, isGoingBack)
        return RunReport(summary, digest: "3f786850e387", events: events)
    }

    /// Whose process was killed going forward, or going back.
    @Test func aKilledRunSaysHowToGoOn() {
        let forward = shown(.interrupted, SampleRun.waiting)
        let commands = "`zkops run resume \(SampleRun.run)` goes on, `zkops run rollback \(SampleRun.run)` goes back."
        #expect(forward.next == "The process that carried it out was killed. \(commands)")
        let text = RunShowView(forward, folder: "/f").text(Palette(colour: false))
        #expect(text.hasSuffix("\n\n\(forward.next ?? "")\n"))
        #expect(text.contains(" 3.2 start zk1@v3.4.14"))
        #expect(RunReportText(forward).markdown.contains("goes back."))

        let back = shown(.interrupted, SampleRun.failed + SampleRun.goingBack, isGoingBack: true)
        #expect(back.next?.hasSuffix("`zkops run resume \(SampleRun.run)` goes on going back.") == true)
        #expect(RunShowView(back, folder: "/f").text(Palette(colour: false)).contains(" 3.2 undo: start zk1@v3.4.14"))
        #expect(RunListView([back.summary]).text(Palette(colour: false)).contains("interrupted, going back"))
        // Killed before the rollback stood in the journal: a resume goes forward.
        let early = shown(.interrupted, SampleRun.failed + SampleRun.goingBack.prefix(1))
        #expect(early.next?.hasSuffix(commands) == true)
        // A failure tells it itself; a run that has ended, or is under way, has nothing left.
        #expect(shown(.failed, SampleRun.failed).next == nil)
        #expect(shown(.stopped, SampleRun.waiting).next == commands)
        #expect(shown(.running, SampleRun.waiting).next == nil)
        #expect(shown(.succeeded, SampleRun.succeeded).next == nil)
    }

    @Test func whereARollbackLedIsTold() {
        let point = shown(.rolledBack, SampleRun.failed, to: .point("before the trio"))
        let summaries = [point.summary, shown(.rolledBack, [], to: .start).summary]
        let list = RunListView(summaries)
        #expect(list.text(Palette(colour: false)).contains(#"rolled-back to "before the trio"  3.2"#))
        #expect(
            list.json.contains(#""rolled_back_to": "before the trio""#)
                && list.json.contains(#""rolled_back_to": "start""#))
        #expect(
            shown(.rolledBack, SampleRun.waiting, to: .point("before the trio")).next?.contains("--to start") == true)
        #expect(shown(.rolledBack, SampleRun.waiting, to: .start).next == nil)
    }

    /// Nothing failed where the operator had the run stop.
    @Test func aStopIsNoFailure() {
        let stop = RunEvent.Kind.failure(
            step: "3.2", message: "The run was interrupted.", remedy: "It can be resumed.", isWish: true)
        let report = shown(.stopped, SampleRun.waiting + [SampleRun.event(61, stop)])
        let text = RunShowView(report, folder: "/f").text(Palette(colour: false))
        #expect(text.contains("! 3.2: The run was interrupted.") && !text.contains("✗"))
        #expect(RunReportText(report).markdown.contains("stop: step 3.2: The run was interrupted."))
        var lines = RunLines(palette: Palette(colour: false))
        #expect(lines.lines(SampleRun.event(61, stop))[0].hasSuffix("stopped in step 3.2: The run was interrupted."))
    }

    /// A run that was refused before it looked who leads tells nothing of a quorum.
    @Test func anEndingWithoutALookSaysNothingOfTheQuorum() {
        var lines = RunLines(palette: Palette(colour: false))
        let ended = RunEvent.Kind.runFinished(
            run: SampleRun.run, outcome: .failed, seconds: 2.5, unavailableSeconds: nil)
        #expect(lines.lines(SampleRun.event(3, ended))[0].hasSuffix("failed in 2.5 s"))
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
