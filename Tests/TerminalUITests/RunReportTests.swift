import EnsembleAccess
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import PlanExecution
@testable import TerminalUI

@Suite struct RunReportTests {
    private let summary = RunSummary(
        run: SampleRun.run, ensemble: "codis", plan: "staged-recovery-3-to-5", outcome: .failed, step: "3.2",
        startedAt: SampleRun.start, endedAt: SampleRun.start + 160)

    private func report(_ events: [RunEvent]) -> RunReport {
        RunReport(summary, digest: "3f786850e387", events: events)
    }

    private func event(_ seconds: Double, _ server: String, _ mode: Mode, pid: Int = 1) -> RunEvent {
        let process = mode == .stopped ? nil : ProcessIdentity(pid: pid, startTime: pid, bootID: "b")
        return SampleRun.event(
            seconds,
            .pulse(server: ServerName(server)!, pulse: ServerPulse(process: process, mode: mode, source: .srvr)))
    }

    private let begun = SampleRun.event(
        0, .runStarted(run: SampleRun.run, ensemble: "codis", plan: "p", steps: 1, attempt: .apply))

    @Test func asMarkdown() throws {
        try expectGolden(RunReportText(report(SampleRun.failed)).markdown, "TerminalUI/run-report.md")
    }

    @Test func asJSON() throws {
        try expectGolden(RunReportText(report(SampleRun.failed)).json, "TerminalUI/run-report.json")
    }

    @Test func asHTML() throws {
        let command = LoggedCommand(
            host: "zk1", at: "2026-01-11T18:02:49Z", text: #"zk1@v3.4.14 start ["/opt"] exited(0) in 8 ms"#,
            output: ["<b>result</b> \u{1b}[2J"])
        let page = RunReportHTML(
            report(SampleRun.failed), commands: [command], preview: "plan <x>\n+added\n-removed\n- listed\n"
        ).page
        try expectGolden(page, "TerminalUI/run-report.html")
        #expect(!page.contains("<b>result") && !page.unicodeScalars.contains("\u{1b}"))
    }

    /// As of a run that was killed, or is under way.
    @Test func anUnfinishedStep() throws {
        let commands = ["2026-01-11T18:02:40Z", "2026-01-11T18:02:41Z", "2026-01-12T00:00:00Z"].map {
            LoggedCommand(host: "zk1", at: $0, text: "zk1@v3.4.14 copy exited(0) in 8 ms", output: [])
        }
        let page = RunReportHTML(report(SampleRun.copying), commands: commands, preview: nil).page
        let steps = page.components(separatedBy: "<h2>Steps</h2>").last ?? ""
        try expectGolden(
            steps.components(separatedBy: "<h2>Who led</h2>")[0], "TerminalUI/run-report-unfinished.txt")
    }

    @Test func whatWasUndoneIsToldByTheStepThatDidIt() throws {
        let step = report(SampleRun.failed + SampleRun.goingBack).steps.first { $0.id == "3.2" }
        #expect(step?.outcome == nil)
        #expect(
            step?.actions.map(\.id) == ["3.2.1.1", "3.2.2.1", "undo 3.2.2.1", "undo 3.2.1.1+stop"])
        #expect(step?.actions.map(\.seconds) == [4, nil, 3, nil])
        #expect(step?.actions.last?.waits.map(\.forWhat) == ["its process to end"])
    }

    /// Versions that did not name an action's step kept runs that are still read.
    @Test(arguments: ["4.2[zk6@a.b].1.1.2", "undo 4.2[zk6@a.b].1.1.2+stop"])
    func olderEventsAreStillRead(action: String) throws {
        let line = """
            {"at":1,"kind":{"actionStarted":{"action":"\(action)","summary":"stop zk6@a.b"}}}
            """
        let event = try JSONDecoder().decode(RunEvent.self, from: Data(line.utf8))
        let steps = ["4.2", "4.2[zk6@a.b].1"].map { SampleRun.event(0, .stepStarted(step: $0, title: "restart")) }
        let report = report([begun] + steps + [event])
        #expect(report.steps.map { $0.actions.map(\.id) } == [[], [action]])
    }

    /// Every mode, a pause, an outage and names as long as they get; `make browser-test` looks at it.
    @Test func asHTMLOfALargeRun() throws {
        let servers = (1...9).map { "zookeeper-\($0 * 111)@v3.9.3" }
        let modes: [Mode] = [.leader, .follower, .observer, .standalone, .looking, .readOnly, .stopped]
        var events = [begun, SampleRun.event(0, .stageStarted(name: "First <stage>", number: 1))]
        for (number, server) in servers.enumerated() {
            let id = "1.\(number + 1)"
            let at = Double(number) * 40
            events += [
                event(at, server, modes[number % modes.count]),
                SampleRun.event(at, .stepStarted(step: id, title: "restart \(server)")),
                SampleRun.event(at, .actionStarted(action: "\(id).1.1", summary: "restart \(server)", step: id)),
                event(at + 3, server, .stopped), event(at + 9, server, modes[(number + 1) % modes.count], pid: 2),
                SampleRun.event(at + 30, .actionFinished(action: "\(id).1.1", change: .changed, seconds: 30)),
                SampleRun.event(at + 30, .stepFinished(step: id, outcome: .done, seconds: 30)),
            ]
        }
        events += [
            SampleRun.event(
                4000, .runStarted(run: SampleRun.run, ensemble: "codis", plan: "p", steps: 1, attempt: .resume)),
            SampleRun.event(4000, .stageStarted(name: "Second", number: 2)), event(4001, servers[0], .looking),
            event(4020, servers[1], .leader),
            SampleRun.event(
                4060, .runFinished(run: SampleRun.run, outcome: .succeeded, seconds: 60, unavailableSeconds: 20)),
        ]
        let page = RunReportHTML(report(events), commands: [], preview: nil).page
        try expectGolden(page, "TerminalUI/run-report-large.html")
    }

    @Test func whoLedAndWhenNobodyDid() {
        let report = report([
            begun, event(1, "zk1@a", .leader), event(1, "zk2@a", .follower), event(5, "zk1@a", .stopped),
            event(6, "zk2@a", .looking), event(8, "zk2@a", .leader), event(9, "zk1@a", .follower, pid: 2),
            SampleRun.event(
                12, .runFinished(run: SampleRun.run, outcome: .succeeded, seconds: 12, unavailableSeconds: 3)),
        ])
        #expect(report.elections.map(\.leader.description) == ["zk1@a", "zk2@a"])
        #expect(report.withoutLeader.map { $0.to - $0.from } == [3])
        #expect(
            report.lanes.map { $0.spans.map(\.mode) } == [
                [.leader, .stopped, .follower], [.follower, .looking, .leader],
            ])
        #expect(report.lanes.map(\.restarts.count) == [1, 0])
        #expect(report.duration == 12 && report.unavailable == 3)
    }

    /// Between attempts nobody looked: nothing is said of that time, and no election is seen where the same server leads on.
    @Test func aPauseBetweenAttemptsIsNotPartOfTheRun() {
        let report = report([
            begun, event(1, "zk1@a", .leader), SampleRun.event(4, .note("killed after this")),
            SampleRun.event(
                1000, .runStarted(run: SampleRun.run, ensemble: "codis", plan: "p", steps: 1, attempt: .resume)),
            event(1000.5, "zk2@a", .follower), event(1001, "zk1@a", .leader),
            SampleRun.event(
                1006, .runFinished(run: SampleRun.run, outcome: .succeeded, seconds: 6, unavailableSeconds: 0)),
        ])
        #expect(report.attempts.map(\.kind) == [.apply, .resume])
        #expect(report.attempts.map(\.outcome) == [nil, .succeeded])
        #expect(report.duration == 10)
        #expect(report.elections.count == 1 && report.withoutLeader.isEmpty)
        let lane = report.lanes[0]
        #expect(lane.spans.map { $0.to - $0.from } == [3, 5])
        let time = ReportTime(report.attempts, width: 1000)
        #expect(time.pauses.map(\.seconds) == [996])
        #expect(time.x(SampleRun.start + 500) == time.x(SampleRun.start + 4))
        #expect(time.x(SampleRun.start + 1006) == 1000)
    }

    @Test func whatWasUndoneIsSaidOfTheStepThatDidIt() {
        let ids = ["1.1", "1.1[zk1@a].1"]
        let report = report(
            [begun] + ids.map { SampleRun.event(1, .stepStarted(step: $0, title: "restart")) }
                + ids.reversed().map { SampleRun.event(3, .stepFinished(step: $0, outcome: .done, seconds: 2)) }
                + [
                    SampleRun.event(9, .stepStarted(step: ids[1], title: "undo: restart")),
                    SampleRun.event(12, .stepFinished(step: ids[1], outcome: .undone, seconds: 3)),
                ])
        #expect(report.steps.map(\.outcome) == [.undone, .undone])
        #expect(report.steps.map { ($0.to ?? 0) - $0.from } == [2, 2])
        #expect(report.steps.map(\.title) == ["restart", "restart"])
    }

    @Test func logsAreReadAsTheyWereWritten() {
        let log = """
            2026-01-11T18:02:49Z zk1@a start ["/opt"] exited(0) in 8 ms
              pid 1
              ! warned
            2026-01-11T18:02:50Z look: zk1@a pulse [] exited(0) in 9 ms
            2026-01-11T18:02:50Z stop [] exited(85) in 9 ms
              1
              2
              3
            2026-01-11T18:02:51Z torn
            """
        let commands = HostLogs.commands(in: log, host: "zk1", limit: 2)
        #expect(commands.map(\.output) == [["pid 1", "! warned"], [], ["1", "2", "… and 1 lines more"], []])
        #expect(commands[1].text == "zk1@a pulse [] exited(0) in 9 ms")
        #expect(commands.map(\.isLook) == [false, true, false, false])
        #expect(commands[2].text == "stop [] exited(85) in 9 ms" && commands[2].at == "2026-01-11T18:02:50Z")
    }
}
