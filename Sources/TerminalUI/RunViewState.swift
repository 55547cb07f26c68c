package import EnsembleAccess
package import EnsembleModel
package import PlanExecution

/// All that the live view shows of a run: the events so far, folded. Times are seconds since 1970.
package struct RunViewState: Sendable {
    package struct Stage: Sendable {
        package enum Mark: Sendable { case pending, running, done, failed }

        package var name: String
        package var mark: Mark
        package var startedAt: Double?
        package var endedAt: Double?
    }

    package struct Step: Sendable {
        package var id: String
        package var title: String
        package var startedAt: Double
        package var actions: [Action] = []
    }

    package struct Action: Sendable {
        package var id: String
        package var summary: String
        package var startedAt: Double
        package var waiting: Waiting?
        package var copy: Copy?
        /// nil while it is under way.
        package var seconds: Double?
        package var change: Change?
    }

    package struct Waiting: Sendable {
        package var servers: [ServerName]
        package var forWhat: String
        /// When the action began to wait, whatever it waits for now.
        package var since: Double
    }

    package struct Copy: Sendable {
        package var bytesDone: Int
        package var bytesInAll: Int
        package var bytesPerSecond: Double
    }

    package struct Note: Sendable {
        package var at: Double
        package var text: String
    }

    package struct Failure: Sendable {
        package var step: String?
        package var message: String
        package var remedy: String
    }

    package struct Ending: Sendable {
        package var outcome: RunOutcome
        package var seconds: Double
        package var unavailableSeconds: Double
    }

    package var run = ""
    package var ensemble = ""
    package var plan = ""
    package var attempt = RunAttempt.Kind.apply
    package var steps = 0
    package var startedAt: Double?
    /// How many steps have ended; those inside rolling steps count, as they do in `steps`.
    package var stepsEnded: Int
    package var stages: [Stage]
    /// Steps under way, the outer ones first.
    package var openSteps: [Step] = []
    package var servers: [ServerName: ServerPulse] = [:]
    /// The last ones. Warnings are not among them: ``RunDisplay`` leaves each in the terminal's history.
    package var notes: [Note] = []
    package var failure: Failure?
    package var ending: Ending?

    /// - Parameters:
    ///   - stages: the names of the plan's stages, shown as still to come.
    ///   - servers: shown from the beginning, so that the rows don't jump.
    ///   - stepsEnded: those that ended before the run was resumed.
    package init(stages: [String] = [], servers: [ServerName] = [], stepsEnded: Int = 0) {
        self.stepsEnded = stepsEnded
        self.stages = stages.map { Stage(name: $0, mark: .pending) }
        awaitedServers = servers
    }

    private var awaitedServers: [ServerName]

    package var serverNames: [ServerName] {
        Set(awaitedServers).union(servers.keys).sorted()
    }

    /// What `server` is being waited for, if it is.
    package func waiting(for server: ServerName) -> Waiting? {
        openSteps.lazy.flatMap(\.actions)
            .filter { $0.seconds == nil }
            .compactMap(\.waiting)
            .first { $0.servers.contains(server) }
    }

    package mutating func apply(_ event: RunEvent) {
        switch event.kind {
        case .runStarted(let run, let ensemble, let plan, let steps, let attempt):
            (self.run, self.ensemble, self.plan, self.steps, self.attempt) = (run, ensemble, plan, steps, attempt)
            startedAt = event.at
        case .stageStarted(let name, let number): startStage(name, number: number, at: event.at)
        case .stepStarted(let step, let title):
            openSteps.removeAll { $0.id == step }
            openSteps.append(Step(id: step, title: title, startedAt: event.at))
        case .stepFinished(let step, let outcome, _): finishStep(step, outcome)
        case .pulse(let server, let pulse): servers[server] = pulse
        case .note(let text): addNote(Note(at: event.at, text: text))
        case .failure(let step, let message, let remedy):
            failure = Failure(step: step, message: message, remedy: remedy)
        case .runFinished(_, let outcome, let seconds, let unavailable):
            finishRun(Ending(outcome: outcome, seconds: seconds, unavailableSeconds: unavailable), at: event.at)
        case .actionStarted, .waiting, .copying, .actionFinished: applyToAction(event)
        case .warning: break
        }
    }

    private mutating func applyToAction(_ event: RunEvent) {
        switch event.kind {
        case .actionStarted(let action, let summary):
            guard let index = openSteps.lastIndex(where: { action.hasPrefix($0.id + ".") }) else { return }
            openSteps[index].actions.removeAll { $0.id == action }
            openSteps[index].actions.append(Action(id: action, summary: summary, startedAt: event.at))
        case .waiting(let action, let servers, let forWhat):
            change(action) {
                let since = $0.waiting?.since ?? event.at
                $0.waiting = Waiting(servers: servers, forWhat: forWhat, since: since)
            }
        case .copying(let action, let done, let all, let rate):
            change(action) { $0.copy = Copy(bytesDone: done, bytesInAll: all, bytesPerSecond: rate) }
        case .actionFinished(let action, let change, let seconds):
            self.change(action) {
                ($0.change, $0.seconds) = (change, seconds)
                $0.waiting = nil
            }
        default: return
        }
    }

    private mutating func change(_ id: String, _ body: (inout Action) -> Void) {
        for step in openSteps.indices {
            for action in openSteps[step].actions.indices where openSteps[step].actions[action].id == id {
                body(&openSteps[step].actions[action])
            }
        }
    }

    private mutating func startStage(_ name: String, number: Int, at: Double) {
        for index in stages.indices where stages[index].mark == .running {
            stages[index].mark = .done
            stages[index].endedAt = at
        }
        while stages.count < number { stages.append(Stage(name: "", mark: .pending)) }
        guard number >= 1 else { return }
        // A resumed run does not tell of the stages that were done before.
        for index in stages.indices.prefix(number - 1) where stages[index].mark == .pending {
            stages[index].mark = .done
        }
        stages[number - 1] = Stage(name: name, mark: .running, startedAt: at)
    }

    private mutating func finishStep(_ id: String, _ outcome: StepOutcome) {
        openSteps.removeAll { $0.id == id || $0.id.hasPrefix(id + "[") }
        if outcome == .done || outcome == .already { stepsEnded += 1 }
    }

    /// The number of the step in hand, from 1; the innermost where several are open.
    package var currentStep: Int { max(1, stepsEnded + openSteps.count) }

    private mutating func finishRun(_ end: Ending, at: Double) {
        ending = end
        for index in stages.indices where stages[index].mark == .running {
            stages[index].mark = end.outcome == .succeeded ? .done : .failed
            stages[index].endedAt = at
        }
    }

    private mutating func addNote(_ note: Note) {
        notes.append(note)
        if notes.count > 100 { notes.removeFirst(notes.count - 100) }
    }
}
