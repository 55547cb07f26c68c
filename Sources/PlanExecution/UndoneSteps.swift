import PlanLanguage
import Synchronization

/// Tells of the steps that are being undone, one at a time. Files of several steps are put back server by server, so a step may be in hand
/// more than once; it has ended when nothing of it is left to undo.
final class UndoneSteps: Sendable {
    private struct State {
        var inHand: (id: String, since: Duration)?
        /// How long each was in hand before.
        var spent: [String: Duration] = [:]
    }

    private let context: ExecutionContext
    private let state = Mutex(State())

    init(_ context: ExecutionContext) { self.context = context }

    /// - Parameter left: the steps of all actions that are still to be undone.
    func enter(_ step: String, left: Set<String>) {
        guard state.withLock({ $0.inHand?.id }) != step else { return }
        leave(left: left)
        let now = context.world.monotonic()
        state.withLock { $0.inHand = (step, now) }
        let title = context.plan.everyStep.first { $0.id == step }?.title ?? step
        context.report.send(.stepStarted(step: step, title: "undo: \(title)"))
    }

    /// Nothing is left to undo.
    func finish() { leave(left: []) }

    private func leave(left: Set<String>) {
        let now = context.world.monotonic()
        let ended = state.withLock { state -> (id: String, spent: Duration)? in
            guard let step = state.inHand else { return nil }
            state.inHand = nil
            let spent = (state.spent[step.id] ?? .zero) + now - step.since
            state.spent[step.id] = spent
            return left.contains(step.id) ? nil : (step.id, spent)
        }
        guard let ended else { return }
        context.report.send(.stepFinished(step: ended.id, outcome: .undone, seconds: ended.spent.inSeconds))
    }
}
