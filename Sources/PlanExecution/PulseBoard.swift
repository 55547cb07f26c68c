import EnsembleAccess
import EnsembleModel
import Synchronization

/// The newest pulse of every server that was looked at, and for how long none of them led.
final class PulseBoard: Sendable {
    private struct State {
        var pulses: [ServerName: ServerPulse] = [:]
        var lookedAt: [ServerName: Duration] = [:]
        /// Those that were ever seen to lead.
        var leaders: Set<ServerName> = []
        /// Since when no leader was seen; nil while one is.
        var leaderlessSince: Duration?
        var leaderless: Duration = .zero
        var isCounting = false
    }

    private let state = Mutex(State())
    private let monotonic: @Sendable () -> Duration

    init(monotonic: @escaping @Sendable () -> Duration) { self.monotonic = monotonic }

    subscript(server: ServerName) -> ServerPulse? { state.withLock { $0.pulses[server] } }

    /// - Returns: whether it differs from the last one.
    func record(_ pulse: ServerPulse, of server: ServerName) -> Bool {
        let now = monotonic()
        return state.withLock { state in
            defer {
                state.pulses[server] = pulse
                state.lookedAt[server] = now
                if pulse.mode == .leader { state.leaders.insert(server) }
                Self.count(&state, now)
            }
            return state.pulses[server] != pulse
        }
    }

    /// Whether nobody has looked at the server for so long.
    func isDue(_ server: ServerName, after interval: Duration) -> Bool {
        let now = monotonic()
        return state.withLock { state in state.lookedAt[server].map { now - $0 >= interval } ?? true }
    }

    func hasLed(_ servers: [ServerName]) -> Bool { state.withLock { !$0.leaders.isDisjoint(with: servers) } }

    /// The server could not be looked at, so nothing is known of it any more.
    func forget(_ server: ServerName) {
        let now = monotonic()
        state.withLock { state in
            state.pulses[server] = nil
            Self.count(&state, now)
        }
    }

    /// Whether anybody has looked who leads.
    var hasCounted: Bool { state.withLock { $0.isCounting } }

    /// From now on time without a leader counts.
    func startCounting() {
        state.withLock { $0.isCounting = true }
    }

    var unavailable: Duration {
        let now = monotonic()
        return state.withLock { $0.leaderless + ($0.leaderlessSince.map { now - $0 } ?? .zero) }
    }

    private static func count(_ state: inout State, _ now: Duration) {
        guard state.isCounting else { return }
        let isLed = state.pulses.values.contains { $0.mode == .leader || $0.mode == .standalone }
        if isLed, let since = state.leaderlessSince {
            state.leaderless += now - since
            state.leaderlessSince = nil
        } else if !isLed, state.leaderlessSince == nil {
            state.leaderlessSince = now
        }
    }
}
