import EnsembleAccess
import EnsembleModel
import Synchronization

/// One moment of looking: each server is asked at most once in it, however many views of the ensemble are made.
final class LookRound: Sendable {
    private let pulses: Mutex<[ServerName: Result<ServerPulse, AccessError>]>

    /// - Parameter pulses: what was seen just now.
    init(_ pulses: [ServerName: ServerPulse] = [:]) {
        self.pulses = Mutex(pulses.mapValues { .success($0) })
    }

    func pulse(
        _ server: ServerName, _ look: () async throws(AccessError) -> ServerPulse
    ) async throws(AccessError) -> ServerPulse {
        if let seen = pulses.withLock({ $0[server] }) { return try seen.get() }
        let seen = await caught(look)
        pulses.withLock { $0[server] = seen }
        return try seen.get()
    }
}
