import Synchronization

/// Why a wait ended without what was waited for.
enum WaitEnd: Error {
    case cancelled, limitPassed
}

/// A value behind a lock, and the tasks that wait for it to become something.
///
/// It joins the thread of a connection with the tasks that use it: the thread never waits for a task, and a task never
/// blocks a thread of the pool.
final class Watched<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var value: Value
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextToken: UInt64 = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    func read<Result: Sendable>(_ body: (borrowing Value) -> Result) -> Result {
        state.withLock { body($0.value) }
    }

    /// Changes the value and lets every waiting task look at it again.
    @discardableResult
    func update<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        let (result, woken) = state.withLock { state in
            let result = body(&state.value)
            let woken = state.waiters
            if !woken.isEmpty { state.waiters = [:] }
            return (result, woken)
        }
        for continuation in woken.values { continuation.resume() }
        return result
    }

    /// Changes the value without waking anyone: for changes that no task waits for.
    func updateQuietly<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        state.withLock { body(&$0.value) }
    }

    /// Waits until `check` gives something; `check` may take it out of the value.
    func wait<Result: Sendable>(
        until deadline: ContinuousClock.Instant? = nil, _ check: (inout Value) -> Result?
    ) async throws(WaitEnd) -> Result {
        let token = state.withLock { state in
            state.nextToken += 1
            return state.nextToken
        }
        if let found = updateQuietly({ check(&$0) }) { return found }
        let timer = deadline.map { deadline in
            Task {
                try? await Task.sleep(until: deadline, clock: .continuous)
                release(token)
            }
        }
        defer { timer?.cancel() }
        while true {
            var found: Result?
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let done = state.withLock { state in
                        found = check(&state.value)
                        if found != nil || Task.isCancelled || Self.passed(deadline) { return true }
                        state.waiters[token] = continuation
                        return false
                    }
                    if done { continuation.resume() }
                }
            } onCancel: {
                release(token)
            }
            if let found { return found }
            if Task.isCancelled { throw .cancelled }
            if Self.passed(deadline) { throw .limitPassed }
        }
    }

    private static func passed(_ deadline: ContinuousClock.Instant?) -> Bool {
        guard let deadline else { return false }
        return ContinuousClock.now >= deadline
    }

    private func release(_ token: UInt64) {
        let continuation = state.withLock { $0.waiters.removeValue(forKey: token) }
        continuation?.resume()
    }
}
