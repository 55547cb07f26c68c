import Synchronization

/// Gathers what canary sessions tell, in the order in which it happens.
final class CanaryRecord: Sendable {
    private struct Told {
        var report: CanaryReport
        /// When a write was last acknowledged, to anybody and to each.
        var last: Double
        var lastOfEach: [Double]
        var seen: Set<Int> = []
        var isOver = false
    }

    private let told: Mutex<Told>
    private let now: @Sendable () -> Double

    init(sessions: Int, now: @escaping @Sendable () -> Double) {
        let begin = now()
        self.now = now
        told = Mutex(
            Told(
                report: CanaryReport(from: begin, to: begin, sessions: sessions), last: begin,
                lastOfEach: Array(repeating: begin, count: sessions)))
    }

    /// How many sessions have had a write acknowledged.
    var writers: Int { told.withLock { $0.seen.count } }

    func acknowledged(_ session: Int) {
        change { told, now in
            told.report.writes += 1
            guard !told.isOver else { return }
            Self.closeGap(&told, now)
            told.report.longestOfOneClient = max(told.report.longestOfOneClient, now - told.lastOfEach[session])
            told.lastOfEach[session] = now
            told.seen.insert(session)
        }
    }

    func read() { change { told, _ in told.report.reads += 1 } }

    func failed() { change { told, _ in told.report.failures += 1 } }

    func expired(_ session: Int, _ why: String) {
        change { told, now in told.report.expired.append(.init(at: now, session: session, why: why)) }
    }

    func lost(_ session: Int, _ writes: Int) {
        change { told, now in told.report.losses.append(.init(at: now, session: session, writes: writes)) }
    }

    func unchecked(_ why: String) { change { told, _ in told.report.unchecked.append(why) } }

    /// It is measured from here: that sessions take a while to open is no outage.
    func begin() {
        change { told, now in
            told.report.from = now
            told.report.outages = []
            told.report.longestOfOneClient = 0
            told.last = now
            told.lastOfEach = told.lastOfEach.map { _ in now }
        }
    }

    /// Nothing is measured any more: an outage that is still going on ends here. What sessions that close are still told of their writes
    /// counts.
    func end() {
        change { told, now in
            Self.closeGap(&told, now)
            let longest = told.lastOfEach.map { now - $0 }.max() ?? 0
            told.report.longestOfOneClient = max(told.report.longestOfOneClient, longest)
            told.report.to = now
            told.isOver = true
        }
    }

    var report: CanaryReport { told.withLock { $0.report } }

    private static func closeGap(_ told: inout Told, _ now: Double) {
        if now - told.last > CanaryReport.noticed { told.report.outages.append(.init(from: told.last, to: now)) }
        told.last = now
    }

    private func change(_ body: (inout Told, Double) -> Void) {
        told.withLock { body(&$0, now()) }
    }
}
