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

    package struct Step: Sendable, StepWithActions {
        package var id: String
        package var title: String
        package var startedAt: Double
        package var actions: [RunAction] = []
    }

    package struct Note: Sendable {
        package var at: Double
        package var text: String
    }

    package struct Failure: Sendable {
        package var step: String?
        package var message: String
        package var remedy: String
        /// Whether the operator, or the plan's window, had the run stop, so that nothing failed.
        package var isWish: Bool
    }

    package struct Ending: Sendable {
        package var outcome: RunOutcome
        package var seconds: Double
        /// nil where the run ended before it looked who leads.
        package var unavailableSeconds: Double?
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
    package func waiting(for server: ServerName) -> (servers: [ServerName], forWhat: String, since: Double)? {
        openSteps.lazy.flatMap(\.actions).compactMap(\.waiting).first { $0.servers.contains(server) }
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
        case .failure(let step, let message, let remedy, let isWish):
            failure = Failure(step: step, message: message, remedy: remedy, isWish: isWish ?? false)
        case .runFinished(_, let outcome, let seconds, let unavailable):
            finishRun(Ending(outcome: outcome, seconds: seconds, unavailableSeconds: unavailable), at: event.at)
        case .actionStarted(let action, _, _, _):
            // One that is begun again, since another server leads by now.
            for index in openSteps.indices { openSteps[index].actions.removeAll { $0.id == action } }
            openSteps.applyToActions(event)
        case .waiting, .copying, .actionFinished: openSteps.applyToActions(event)
        case .warning: break
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
