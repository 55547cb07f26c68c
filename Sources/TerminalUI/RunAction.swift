package import EnsembleAccess
package import EnsembleModel
import PlanExecution

/// One attempt at an action, as the live view and the report tell it. Times are seconds since 1970.
package struct RunAction: Sendable, Hashable {
    package struct Wait: Sendable, Hashable {
        package var at: Double
        package var servers: [ServerName]
        package var forWhat: String
    }

    package struct Copy: Sendable, Hashable {
        package var bytesDone: Int
        package var bytesInAll: Int
        package var bytesPerSecond: Double
    }

    package var id: String
    package var summary: String
    package var startedAt: Double
    /// What it waited for, in order.
    package var waits: [Wait] = []
    package var copy: Copy?
    /// nil while it is under way, and where no end was recorded.
    package var seconds: Double?
    package var change: Change?

    /// What it waits for now, and since when it has waited for anything.
    package var waiting: (servers: [ServerName], forWhat: String, since: Double)? {
        guard seconds == nil, let first = waits.first, let last = waits.last else { return nil }
        return (last.servers, last.forWhat, first.at)
    }
}

/// A step as far as its actions belong to it.
protocol StepWithActions {
    var id: String { get }
    var actions: [RunAction] { get set }
}

extension Array where Element: StepWithActions {
    /// Gives an action's event to the step that it belongs to.
    mutating func applyToActions(_ event: RunEvent) {
        switch event.kind {
        case .actionStarted(let id, let summary, let step, _):
            guard let place = lastIndex(where: { $0.id == step ?? Self.step(ofAction: id) }) else { return }
            self[place].actions.append(RunAction(id: id, summary: summary, startedAt: event.at))
        case .waiting(let id, let servers, let forWhat):
            change(id) { $0.waits.append(RunAction.Wait(at: event.at, servers: servers, forWhat: forWhat)) }
        case .copying(let id, let done, let all, let rate):
            change(id) { $0.copy = RunAction.Copy(bytesDone: done, bytesInAll: all, bytesPerSecond: rate) }
        case .actionFinished(let id, let change, let seconds):
            self.change(id) { ($0.change, $0.seconds) = (change, seconds) }
        default: return
        }
    }

    private mutating func change(_ id: String, _ body: (inout RunAction) -> Void) {
        guard let step = lastIndex(where: { step in step.actions.contains { $0.id == id } }),
            let place = self[step].actions.lastIndex(where: { $0.id == id })
        else { return }
        body(&self[step].actions[place])
    }

    /// Events of versions that did not name the step: an action is `STEP.GROUP.NUMBER`, and what undoes it `undo STEP.GROUP.NUMBER`.
    private static func step(ofAction id: String) -> String {
        let action = id.hasPrefix("undo ") ? id.dropFirst("undo ".count) : id[...]
        return action.split(separator: ".").dropLast(2).joined(separator: ".")
    }
}
