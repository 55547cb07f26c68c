import PlanExecution
import Synchronization

/// A clock that goes on only when somebody sleeps.
final class LogicalClock: Sendable {
    private let time = Mutex(Duration.zero)
    /// 2026-01-11T18:00:00Z
    private let start = 1_768_154_400.0

    var now: Duration { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 += duration } }

    /// - Parameter random: the same on every call, so that runs get known names; another one for a second run.
    func world(random: UInt64 = 0xa1b2, processID: Int32 = 4711) -> World {
        World(
            now: { self.start + self.now.inSeconds }, monotonic: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                self.advance(duration)
                await Task.yield()
            },
            random: { random }, operatorName: "ops", machine: "desk", processID: processID)
    }
}
