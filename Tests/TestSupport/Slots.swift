import Synchronization
package import Testing

/// How many tests of a kind run side by side: shells and servers share the machine's few cores, and what waits for a
/// core too long looks as if it hung.
package struct Slots: TestTrait, SuiteTrait, TestScoping {
    package let isRecursive = true
    private let gate: Gate

    static let scripts = Slots(gate: Gate(4))
    static let labs = Slots(gate: Gate(2))
    static let sessions = Slots(gate: Gate(8))

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await gate.enter()
        defer { gate.leave() }
        try await function()
    }

    private final class Gate: Sendable {
        private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

        init(_ places: Int) {
            state = Mutex((places, []))
        }

        func enter() async {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.free > 0 else {
                        state.waiting.append(continuation)
                        return false
                    }
                    state.free -= 1
                    return true
                }
                if isFree { continuation.resume() }
            }
        }

        func leave() {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.free += 1
                return nil
            }
            next?.resume()
        }
    }
}

extension Trait where Self == Slots {
    package static var fewScripts: Self { .scripts }
    package static var fewLabs: Self { .labs }
    package static var fewSessions: Self { .sessions }
}
