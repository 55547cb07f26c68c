/// What an operator can ask of a run that is under way.
package enum StopRequest: Sendable, Hashable {
    case none
    /// Finish the action in hand, then stop.
    case afterAction
    /// Stop now; what the action in hand did is found out by looking when the run is resumed.
    case now
}

extension ApplyOptions {
    /// Between two tries to take a lock that another run holds.
    func waitForLock(_ world: World) async throws(ExecutionError) {
        guard stopRequested() == .none else { throw ExecutionContext.interrupted() }
        do { try await world.sleep(.milliseconds(200)) } catch { throw ExecutionContext.interrupted() }
    }
}

/// A place in a run between two actions.
package enum StepMoment: Sendable, Hashable {
    /// The step was announced, and nothing of it done.
    case before(step: String)
    case after(step: String)
}

package struct ApplyOptions: Sendable {
    /// A step's id, or a stage's number: the run stops after it, and can be resumed.
    package var until: String?
    /// Answers Yes to every `confirm`.
    package var assumeYes: Bool
    package var confirm: @Sendable (String) async -> Bool
    /// How long to wait for a lock that another run holds.
    package var lockTimeout: Duration
    package var stopRequested: @Sendable () -> StopRequest
    /// How often the servers are looked at besides what the steps need, for the live view; nil is never.
    package var watchInterval: Duration?
    /// Waited for at each of these moments; a rehearsal breaks something there.
    package var atStep: @Sendable (StepMoment) async -> Void = { _ in }

    package init(
        until: String? = nil, assumeYes: Bool = false,
        confirm: @escaping @Sendable (String) async -> Bool = { _ in false },
        lockTimeout: Duration = .zero, stopRequested: @escaping @Sendable () -> StopRequest = { .none },
        watchInterval: Duration? = .seconds(1)
    ) {
        self.until = until
        self.assumeYes = assumeYes
        self.confirm = confirm
        self.lockTimeout = lockTimeout
        self.stopRequested = stopRequested
        self.watchInterval = watchInterval
    }
}
