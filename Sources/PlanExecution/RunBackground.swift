import EnsembleAccess
import EnsembleModel

/// What goes on beside the steps: the servers are looked at for the live view, locks are renewed, and a wish to stop now is seen
/// in the middle of an action.
struct RunBackground: Sendable {
    private enum Event: Sendable {
        case done(Result<RunEnding, ExecutionError>)
        case stopNow
        case over
    }

    let context: ExecutionContext
    let locks: HostLocks
    /// The servers that are looked at.
    let servers: [ServerName]

    func during(
        _ work: @escaping @Sendable () async throws(ExecutionError) -> RunEnding
    ) async throws(ExecutionError) -> RunEnding {
        guard let interval = context.options.watchInterval else { return try await work() }
        let result = await withTaskGroup(of: Event.self) { group in
            group.addTask { .done(await caught(work)) }
            group.addTask { await watch(every: interval) }
            group.addTask { await renewLocks() }
            group.addTask { await awaitStop() }
            var result: Result<RunEnding, ExecutionError>?
            for await event in group {
                switch event {
                case .done(let ending):
                    result = ending
                    group.cancelAll()
                case .stopNow: group.cancelAll()
                case .over: break
                }
            }
            return result
        }
        guard let result else { throw ExecutionContext.interrupted() }
        return try result.get()
    }

    private func watch(every interval: Duration) async -> Event {
        while !Task.isCancelled {
            let board = context.sight.board
            // What the steps have just looked at need not be asked again.
            _ = await context.sight.pulses(servers.filter { board.isDue($0, after: interval / 2) })
            let isLed = servers.contains { board[$0]?.mode == .leader || board[$0]?.mode == .standalone }
            let oldest = servers.compactMap(context.expectedVersion).min()
            // While nobody leads, more often: the outage is measured by it. Servers that log each question are spared.
            let isSpared = oldest.map { $0 < Version(3, 4, 14) } ?? false
            let pause = isLed || isSpared ? interval : min(interval, .milliseconds(250))
            guard (try? await context.world.sleep(pause)) != nil else { break }
        }
        return .over
    }

    private func renewLocks() async -> Event {
        await locks.keepRenewing()
        return .over
    }

    private func awaitStop() async -> Event {
        while (try? await context.world.sleep(.milliseconds(100))) != nil {
            if context.options.stopRequested() == .now { return .stopNow }
        }
        return .over
    }
}
