import EnsembleAccess
import EnsembleModel
import Synchronization

/// Sends the events of a run, with their time, to whoever asked for them.
final class RunReporter: Sendable {
    typealias Sink = @Sendable (RunEvent) -> Void

    private let now: @Sendable () -> Double
    private let sinks: [Sink]
    /// What each action was last said to be waiting for.
    private let waits = Mutex<[String: String]>([:])

    init(now: @escaping @Sendable () -> Double, sinks: [Sink]) {
        self.now = now
        self.sinks = sinks
    }

    func send(_ kind: RunEvent.Kind) {
        let event = RunEvent(at: now(), kind: kind)
        for sink in sinks { sink(event) }
    }

    /// Sent only when the words change.
    func waiting(_ action: String, _ servers: [ServerName], for what: String) {
        let isNew = waits.withLock { $0.updateValue(what, forKey: action) != what }
        if isNew { send(.waiting(action: action, servers: servers, forWhat: what)) }
    }
}
