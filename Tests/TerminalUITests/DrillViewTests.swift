import Drills
import EnsembleModel
import TerminalUI
import TestSupport
import Testing

@testable import PlanExecution

@Suite struct DrillViewTests {
    private static let start = 1_768_154_531.0

    private var clients: CanaryReport {
        var clients = CanaryReport(from: Self.start, to: Self.start + 95, sessions: 3)
        (clients.writes, clients.reads, clients.failures, clients.longestOfOneClient) = (2179, 2170, 12, 9.4)
        clients.outages = [.init(from: Self.start + 40, to: Self.start + 49.4)]
        clients.losses = [.init(at: Self.start + 49.5, session: 1, writes: 2)]
        clients.expired = [.init(at: Self.start + 44, session: 2, why: "the session has expired")]
        return clients
    }

    private func result(_ name: String, lost: Bool) -> DrillResult {
        DrillResult(
            drill: name, plan: "plans/staged-recovery-3-to-5.yaml", seed: 7, run: "codis-20260111-180211-4f2a",
            attempts: [.init(command: "plan apply", exitCode: 137), .init(command: "run resume", exitCode: 0)],
            deeds: [
                .init(at: Self.start + 1, what: "zk6@v3.4.6 was <killed>"),
                .init(at: Self.start + 30, what: "the operator is killed"),
            ],
            clients: clients,
            checks: [
                .init("the run's outcome", wanted: "succeeded", found: "succeeded", isMet: true),
                .init("acknowledged writes that are gone", wanted: "0", found: "2 of 2179", isMet: !lost),
            ], folder: "/state/drills/\(name)", seconds: 108)
    }

    private var view: DrillView { DrillView([result("killed", lost: true), result("calm", lost: false)]) }

    @Test func asText() throws { try expectGolden(view.text(Palette(colour: false)), "TerminalUI/drills.txt") }
    @Test func asMarkdown() throws { try expectGolden(view.markdown, "TerminalUI/drills.md") }
    @Test func asJSON() throws { try expectGolden(view.json, "TerminalUI/drills.json") }
    @Test func asJUnit() throws { try expectGolden(view.junit, "TerminalUI/drills.xml") }

    /// What clients went through, what was done to the servers, and the run, on one page; `make browser-test` looks at it.
    @Test func asAPage() throws {
        let drill = result("killed", lost: true)
        let summary = RunSummary(
            run: drill.run, ensemble: "codis", plan: "staged-recovery-3-to-5", outcome: .failed, step: "3.2",
            startedAt: SampleRun.start, endedAt: SampleRun.start + 160)
        let report = RunReport(summary, digest: "3f786850e387", events: SampleRun.failed, clients: [clients])
        try expectGolden(
            RunReportHTML(report, commands: [], preview: nil, drill: drill).page, "TerminalUI/drill-report.html")
    }

    /// A drill in which nothing was checked has not passed.
    @Test func nothingCheckedIsNotPassed() {
        var empty = result("empty", lost: false)
        empty.checks = []
        #expect(!empty.isPassed && DrillView([empty]).junit.contains("nothing was checked"))
    }
}
