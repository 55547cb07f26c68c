import PlanLanguage
import Synchronization

/// Tells of the steps that are being undone: one at a time, from its first action that is undone to the first one of another step.
final class UndoneSteps: Sendable {
    private let context: ExecutionContext
    private let inHand = Mutex<(id: String, began: Duration)?>(nil)

    init(_ context: ExecutionContext) { self.context = context }

    func enter(_ step: String) {
        guard inHand.withLock({ $0?.id }) != step else { return }
        finish()
        inHand.withLock { $0 = (step, context.world.monotonic()) }
        let title = context.plan.everyStep.first { $0.id == step }?.title ?? step
        context.report.send(.stepStarted(step: step, title: "undo: \(title)"))
    }

    func finish() {
        let step = inHand.withLock { step in
            defer { step = nil }
            return step
        }
        guard let step else { return }
        let seconds = (context.world.monotonic() - step.began).inSeconds
        context.report.send(.stepFinished(step: step.id, outcome: .undone, seconds: seconds))
    }
}
