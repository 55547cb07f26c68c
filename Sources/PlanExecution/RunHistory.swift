import EnsembleAccess
package import EnsembleModel

/// What a journal says has happened, folded from its records. Together with the plan it is the whole state of a run.
package struct RunHistory: Sendable {
    package struct Action: Sendable, Hashable {
        package var id: String
        /// Of the first attempt: later ones already see what the first may have done.
        package var intent: ActionIntent
        package var attempts: Int
        package var result: ActionResult?
        package var failure: ExecutionError?

        /// Whether something may have been changed on a host: a clean single attempt that found everything done did not.
        package var mayHaveChanged: Bool {
            guard intent.changes else { return false }
            guard let result else { return true }
            return result.change == .changed || (result.change == .already && attempts > 1)
        }
    }

    package struct Rollback: Sendable, Hashable {
        /// nil is the start of the run.
        package var to: String?
        package var acceptLostWrites: Bool
        /// Where an earlier rollback had brought the run to already: this one begins there.
        package var from: String?
        package var isDone = false
    }

    private enum EndBefore: Sendable {
        case recorded(RunEnd)
        /// No end was recorded.
        case killed

        var end: RunEnd? {
            if case .recorded(let end) = self { end } else { nil }
        }
    }

    package private(set) var header: RunHeader?
    package private(set) var attempts: [RunAttempt] = []
    package private(set) var actions: [String: Action] = [:]
    /// Ids in the order in which the actions first began.
    package private(set) var order: [String] = []
    /// The servers of each rolling step in the order in which they were chosen.
    package private(set) var chosen: [String: [ServerName]] = [:]
    package private(set) var begunSteps: [String] = []
    package private(set) var endedSteps: [String: StepOutcome] = [:]
    package private(set) var rollback: Rollback?
    /// By the ids of what undoes actions.
    package private(set) var undoIntents: [String: ActionIntent] = [:]
    package private(set) var undone: Set<String> = []
    package private(set) var end: RunEnd?
    /// How the run had ended when the last attempt began; nil before the second attempt, and once that did anything.
    private var endBefore: EndBefore?
    package private(set) var startedAt: Double?
    package private(set) var lastAt: Double?

    package init(_ records: [JournalRecord] = []) {
        for record in records { apply(record) }
    }

    package mutating func apply(_ record: JournalRecord) {
        startedAt = startedAt ?? record.at
        lastAt = record.at
        defer { forgetEndBefore(record.entry) }
        switch record.entry {
        case .runStarted(let header): self.header = header
        case .attemptStarted(let attempt):
            endBefore = attempts.isEmpty ? nil : end.map { .recorded($0) } ?? .killed
            attempts.append(attempt)
            end = nil
        case .stepBegan(let step): begunSteps.append(step)
        case .serverChosen(let step, let server): chosen[step, default: []].append(server)
        case .choiceDropped(let step, let server): dropChoice(step, server)
        case .actionBegan(let id, let intent): begin(id, intent)
        case .actionEnded(let id, let result):
            actions[id]?.result = result
            actions[id]?.failure = nil
        case .actionFailed(let id, let failure): actions[id]?.failure = failure
        case .stepEnded(let step, let outcome): endedSteps[step] = outcome
        case .rollbackBegan(let point, let accept):
            let from = rollback.flatMap { $0.isDone ? $0.to : $0.from }
            rollback = Rollback(to: point, acceptLostWrites: accept, from: from)
        case .undoBegan(let id, let intent): if undoIntents[id] == nil { undoIntents[id] = intent }
        case .undoEnded(let id, _): undone.insert(id)
        case .runEnded(let end):
            // An attempt that was refused before it did anything leaves the run as it was.
            self.end = endBefore.map { end.outcome == .failed ? $0.end : end } ?? end
            if end.outcome == .rolledBack { rollback?.isDone = true }
        }
    }

    private mutating func forgetEndBefore(_ entry: JournalEntry) {
        switch entry {
        case .runStarted, .attemptStarted: break
        default: endBefore = nil
        }
    }

    private mutating func begin(_ id: String, _ intent: ActionIntent) {
        if actions[id] == nil {
            order.append(id)
            actions[id] = Action(id: id, intent: intent, attempts: 0)
        }
        actions[id]?.attempts += 1
    }

    /// The steps of that server had not done anything, so they begin anew when it is chosen again.
    private mutating func dropChoice(_ step: String, _ server: ServerName) {
        chosen[step]?.removeAll { $0 == server }
        let prefix = "\(step)[\(server)]."
        begunSteps.removeAll { $0.hasPrefix(prefix) }
        endedSteps = endedSteps.filter { !$0.key.hasPrefix(prefix) }
        order.removeAll { $0.hasPrefix(prefix) }
        actions = actions.filter { !$0.key.hasPrefix(prefix) }
    }

    /// Whether a rollback was begun that is not done: it is finished before anything else.
    package var isGoingBack: Bool { rollback?.isDone == false }

    /// Whether any action may have changed a host.
    package var mayHaveChanged: Bool { actions.values.contains { $0.mayHaveChanged } }

    /// The last step that was begun and has not ended, or else the last that ended.
    package var currentStep: String? { begunSteps.last { endedSteps[$0] == nil } ?? begunSteps.last }
}
