import Synchronization

/// Lets one task at a time through for each key; the others wait in line.
final class Turns<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var waiting: [Key: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// What is waited for is short, so a cancelled task waits too and finds itself cancelled in its turn.
    func take<Result: Sendable>(_ key: Key, _ body: () async -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.waiting[key] == nil else {
                    state.waiting[key]!.append(continuation)
                    return false
                }
                state.waiting[key] = []
                return true
            }
            if isFree { continuation.resume() }
        }
        let result = await body()
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting[key]?.isEmpty == false else {
                state.waiting[key] = nil
                return nil
            }
            return state.waiting[key]!.removeFirst()
        }
        next?.resume()
        return result
    }
}
