package import PlanExecution
import Synchronization

/// Tells a run's events to something outside, one after the other, each as a line of JSON. The run never waits for it: events wait here, and where
/// too many do, the oldest are left out. Pulses and copies, which come several times a second, are thinned as in plain lines.
package final class RunNotifier: Sendable {
    package struct Limits: Sendable {
        /// How many events wait at most.
        package var waiting = 200
        /// For one event.
        package var delivery = Duration.seconds(10)
        /// From the run's end on, for all that still wait.
        package var ending = Duration.seconds(10)

        package init() {}
    }

    /// - Returns: nil where the line was taken, else why not.
    package typealias Delivery = @Sendable (_ line: String, _ limit: Duration) async -> String?

    private struct State {
        var view = RunViewState()
        var lines = RunLines(palette: Palette(colour: false))
        var waiting: [String] = []
        var hasWarned = false
        /// On the monotonic clock; nil while the run goes on.
        var endsAt: Duration?
    }

    private let state = Mutex(State())
    private let limits: Limits
    private let monotonic: @Sendable () -> Duration
    private let deliver: Delivery
    private let warn: @Sendable (String) -> Void
    /// One element at most: that there is something to look at.
    private let news: AsyncStream<Void>
    private let newsSource: AsyncStream<Void>.Continuation

    /// - Parameter warn: told of the first event that could not be delivered, and of no further one.
    package init(
        limits: Limits = Limits(), monotonic: @escaping @Sendable () -> Duration, deliver: @escaping Delivery,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.limits = limits
        self.monotonic = monotonic
        self.deliver = deliver
        self.warn = warn
        (news, newsSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func receive(_ event: RunEvent) {
        let isFull = state.withLock { state in
            state.view.apply(event)
            guard !state.lines.lines(event).isEmpty else { return false }
            state.waiting.append(RunEventJSON.line(event, of: state.view))
            guard state.waiting.count > limits.waiting else { return false }
            state.waiting.removeFirst()
            return true
        }
        if isFull { warnOnce("more than \(limits.waiting) events wait for it, and the oldest are left out") }
        newsSource.yield()
    }

    /// Delivers until `end` was called and nothing waits any more, or its time is up.
    package func run() async {
        for await _ in news { await deliverAll() }
        // What came between the last look and the end.
        await deliverAll()
    }

    /// The last event has come.
    package func end() {
        state.withLock { $0.endsAt = monotonic() + limits.ending }
        newsSource.finish()
    }

    private func deliverAll() async {
        while let (line, limit) = next() {
            if let why = await deliver(line, limit) { warnOnce("it \(why)") }
        }
    }

    private func next() -> (line: String, limit: Duration)? {
        let (next, isLate) = state.withLock { state -> ((String, Duration)?, Bool) in
            guard !state.waiting.isEmpty else { return (nil, false) }
            let rest = state.endsAt.map { $0 - monotonic() } ?? limits.delivery
            guard rest > .zero else {
                state.waiting = []
                return (nil, true)
            }
            return ((state.waiting.removeFirst(), min(rest, limits.delivery)), false)
        }
        if isLate { warnOnce("it was too slow for the last events") }
        return next
    }

    private func warnOnce(_ why: String) {
        let isFirst = state.withLock { state in
            defer { state.hasWarned = true }
            return !state.hasWarned
        }
        if isFirst { warn("the notifier did not take an event: \(why); the run goes on") }
    }
}
