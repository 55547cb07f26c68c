import PlanExecution
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct RunMetricsTests {
    private func metrics(_ events: [RunEvent], exitCode: Int32? = nil) -> RunMetrics {
        var metrics = RunMetrics(stepsEnded: 2)
        for event in events { metrics.apply(event) }
        metrics.exitCode = exitCode
        return metrics
    }

    @Test func ofARunUnderWay() throws {
        try expectGolden(
            metrics(SampleRun.waiting).text(at: SampleRun.start + 61), "TerminalUI/run-metrics-under-way.prom")
    }

    @Test func ofARunThatFailed() throws {
        try expectGolden(
            metrics(SampleRun.failed, exitCode: 1).text(at: SampleRun.start + 160.25),
            "TerminalUI/run-metrics-failed.prom")
    }

    @Test func thereIsNothingToTellBeforeTheRunBegins() {
        #expect(!metrics([]).hasBegun && metrics([SampleRun.beginning[0]]).hasBegun)
    }
}
