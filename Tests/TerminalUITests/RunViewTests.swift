import EnsembleAccess
import EnsembleModel
import PlanExecution
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct RunViewTests {
    private let plain = Palette(colour: false)

    private func drawn(_ events: [RunEvent], width: Int = 100, height: Int = .max, now: Double) -> String {
        var state = RunViewState(stages: SampleRun.stages, servers: SampleRun.servers)
        for event in events { state.apply(event) }
        return RunView(palette: plain).draw(state, width: width, height: height, now: now).joined(separator: "\n")
            + "\n"
    }

    @Test func aRunThatWaits() throws {
        try expectGolden(drawn(SampleRun.waiting, now: SampleRun.start + 75), "TerminalUI/run-waiting.txt")
    }

    @Test func aRunThatCopies() throws {
        try expectGolden(drawn(SampleRun.copying, now: SampleRun.start + 41), "TerminalUI/run-copying.txt")
    }

    @Test func aRunThatFailed() throws {
        try expectGolden(drawn(SampleRun.failed, now: SampleRun.start + 300), "TerminalUI/run-failed.txt")
    }

    @Test func aRunThatGoesBack() throws {
        try expectGolden(drawn(SampleRun.goingBack, now: SampleRun.start + 310), "TerminalUI/run-going-back.txt")
    }

    @Test func aRunThatSucceeded() throws {
        try expectGolden(drawn(SampleRun.succeeded, now: SampleRun.start + 300), "TerminalUI/run-succeeded.txt")
    }

    @Test func colours() throws {
        var state = RunViewState(stages: SampleRun.stages, servers: SampleRun.servers)
        for event in SampleRun.waiting { state.apply(event) }
        let lines = RunView(palette: Palette(colour: true, unicode: false))
            .draw(state, width: 100, now: SampleRun.start + 75)
        try expectGolden(
            lines.joined(separator: "\n").replacing("\u{1b}", with: "\\e") + "\n", "TerminalUI/run-waiting-colours.txt")
    }

    @Test(arguments: [3, 5, 8, 12, 15, 18, 40])
    func noMoreRowsThanThereAre(height: Int) {
        let text = drawn(SampleRun.waiting, height: height, now: SampleRun.start + 75)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count - 1 <= height)
        if height >= 8 { #expect(text.contains("3.2 start zk1@v3.4.14")) }
    }

    @Test(arguments: [20, 40, 60, 80, 200])
    func noLineIsWiderThanTheTerminal(width: Int) {
        for events in [SampleRun.waiting, SampleRun.copying, SampleRun.failed] {
            for line in drawn(events, width: width, now: SampleRun.start + 75).split(separator: "\n") {
                #expect(displayWidth(line) <= width)
            }
        }
    }

    @Test func whatServersSayCannotSteerTheTerminal() {
        let pulse = ServerPulse(mode: .looking, remark: "says \u{1b}]0;owned\u{7}")
        let text = drawn([SampleRun.event(0, .pulse(server: SampleRun.servers[0], pulse: pulse))], now: SampleRun.start)
        #expect(!text.contains("\u{1b}"))
        #expect(text.contains("\\x1b]0;owned\\x07"))
    }

    @Test(arguments: [
        (RunAttempt.Kind.apply, "started"), (.resume, "resumed"), (.rollback, "goes back"),
    ]) func anAttemptSaysWhatItIs(_ attempt: RunAttempt.Kind, _ word: String) {
        let event = RunEvent(
            at: 0, kind: .runStarted(run: "r", ensemble: "e", plan: "p", steps: 2, attempt: attempt))
        var lines = RunLines(palette: Palette(colour: false, unicode: false))
        #expect(lines.lines(event) == ["1970-01-01T00:00:00Z run r \(word): p on e, 2 steps"])
    }

    @Test func stepsInsideRollingOnesStandBelowThem() {
        var state = RunViewState(stepsEnded: 4)
        let rolling: [RunEvent.Kind] = [
            .runStarted(run: "r", ensemble: "e", plan: "p", steps: 7, attempt: .resume),
            .stageStarted(name: "One", number: 1),
            .stepStarted(step: "1.1", title: "rolling"),
            .stepStarted(step: "1.1[zk1@a].1", title: "restart"),
            .actionStarted(action: "1.1[zk1@a].1.1.1", summary: "stop", step: "1.1[zk1@a].1"),
        ]
        for kind in rolling { state.apply(RunEvent(at: 0, kind: kind)) }
        #expect(state.openSteps.map(\.id) == ["1.1", "1.1[zk1@a].1"])
        #expect(state.openSteps[1].actions.map(\.summary) == ["stop"])
        #expect(state.currentStep == 6)
        state.apply(RunEvent(at: 1, kind: .stepFinished(step: "1.1[zk1@a].1", outcome: .done, seconds: 1)))
        #expect(state.currentStep == 6)
        state.apply(RunEvent(at: 1, kind: .stepFinished(step: "1.1", outcome: .done, seconds: 1)))
        #expect(state.openSteps.isEmpty && state.stepsEnded == 6)
    }
}
