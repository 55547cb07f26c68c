import Synchronization
import Testing

@testable import PlanExecution

@Suite struct CanaryRecordTests {
    private final class Clock: Sendable {
        private let time = Mutex(1000.0)
        var now: Double { time.withLock { $0 } }
        func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    /// Nobody could write while no write of anybody was acknowledged; one client may have waited longer.
    @Test func outagesAreBetweenWritesOfAnybody() {
        let clock = Clock()
        let record = CanaryRecord(sessions: 2) { clock.now }
        record.acknowledged(0)
        clock.pass(0.25)
        record.acknowledged(1)
        clock.pass(3)
        record.acknowledged(1)
        clock.pass(0.5)
        record.acknowledged(0)
        clock.pass(2)
        record.end()
        let report = record.report
        #expect(report.outages == [.init(from: 1000.25, to: 1003.25), .init(from: 1003.75, to: 1005.75)])
        #expect(report.longestOutage == 3 && report.totalOutage == 5)
        #expect(report.longestOfOneClient == 3.75)
        #expect(report.writes == 4 && record.writers == 2 && report.to == 1005.75)
    }

    @Test func aClientThatNeverWroteWaitedFromTheBeginning() {
        let clock = Clock()
        let record = CanaryRecord(sessions: 1) { clock.now }
        clock.pass(7)
        record.end()
        #expect(record.report.outages == [.init(from: 1000, to: 1007)] && record.report.longestOfOneClient == 7)
    }

    /// Sessions take a while to open and to close, and may be told of a last write then.
    @Test func whatIsBeforeAndAfterIsNoOutage() {
        let clock = Clock()
        let record = CanaryRecord(sessions: 1) { clock.now }
        clock.pass(2)
        record.acknowledged(0)
        record.begin()
        clock.pass(0.25)
        record.end()
        clock.pass(9)
        record.acknowledged(0)
        let report = record.report
        #expect(report.outages == [] && report.longestOfOneClient == 0.25 && report.writes == 2)
        #expect(report.from == 1002 && report.to == 1002.25)
    }

    @Test func lossesAreCounted() {
        let record = CanaryRecord(sessions: 2) { 5 }
        record.lost(0, 3)
        record.lost(1, 2)
        #expect(record.report.lost == 5 && record.report.losses.map(\.session) == [0, 1])
    }
}
