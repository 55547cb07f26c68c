import CZooKeeper
import Synchronization

/// How a client session stands.
package enum SessionState: Sendable, Equatable {
    case connecting, connected
    /// The servers have ended the session, and its ephemeral znodes with it; only a new client helps.
    case expired
    case authenticationFailed
}

/// Takes the session events of the C library, which come on a thread of its own, to those who wait for them.
final class SessionWatch: Sendable {
    private struct Waiter {
        var id: UInt64
        var continuation: CheckedContinuation<SessionState?, Never>
    }

    private struct Watched {
        var state = SessionState.connecting
        var waiters: [Waiter] = []
        var abandoned: Set<UInt64> = []
        var lastID: UInt64 = 0
    }

    private let watched = Mutex(Watched())
    let events: AsyncStream<SessionState>
    private let continuation: AsyncStream<SessionState>.Continuation

    init() {
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    var state: SessionState { watched.withLock { $0.state } }

    func changed(_ libraryState: Int32) {
        let state: SessionState =
            switch libraryState {
            case zkops_connected_state(): .connected
            case zkops_expired_session_state(): .expired
            case zkops_auth_failed_state(): .authenticationFailed
            default: .connecting
            }
        let waiters = watched.withLock { watched -> [Waiter] in
            watched.state = state
            guard state != .connecting else { return [] }
            defer { watched.waiters = [] }
            return watched.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: state) }
        continuation.yield(state)
    }

    func finish() { continuation.finish() }

    /// The first state that is not `connecting`; nil when `limit` passed or the task was cancelled.
    func settled(limit: Duration) async -> SessionState? {
        let id = watched.withLock { watched in
            watched.lastID += 1
            return watched.lastID
        }
        let timer = Task { [self] in
            do { try await Task.sleep(for: limit) } catch { return }
            abandon(id)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = watched.withLock { watched -> SessionState?? in
                    if watched.state != .connecting { return .some(watched.state) }
                    if watched.abandoned.remove(id) != nil { return .some(nil) }
                    watched.waiters.append(Waiter(id: id, continuation: continuation))
                    return .none
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            abandon(id)
        }
    }

    private func abandon(_ id: UInt64) {
        let waiter = watched.withLock { watched -> Waiter? in
            guard let place = watched.waiters.firstIndex(where: { $0.id == id }) else {
                watched.abandoned.insert(id)
                return nil
            }
            return watched.waiters.remove(at: place)
        }
        waiter?.continuation.resume(returning: nil)
    }
}
