import EnsembleAccess
package import EnsembleModel
package import PlanExecution

/// What happened in a run, of every attempt, read from its events: for the report that is kept after a maintenance window.
///
/// Times are seconds since 1970, by the operator's clock.
package struct RunReport: Sendable {
    package struct Attempt: Sendable, Hashable {
        package var kind: RunAttempt.Kind
        package var from: Double
        /// The last event of an attempt that was killed.
        package var to: Double
        /// nil where the process died.
        package var outcome: RunOutcome?
        /// For so long nobody led, as far as the run saw; nil where the process died.
        package var unavailable: Double?
    }

    /// What a server was for some time.
    package struct Span: Sendable, Hashable {
        package var mode: Mode
        package var from: Double
        package var to: Double
    }

    package struct Lane: Sendable, Hashable {
        package var server: ServerName
        package var spans: [Span] = []
        /// When another process was seen in the place of the one before.
        package var restarts: [Double] = []
        var process: ProcessIdentity?
    }

    package struct Step: Sendable, Hashable, StepWithActions {
        package var id: String
        package var title: String
        package var stage: Int?
        package var from: Double
        /// nil where no end was recorded.
        package var to: Double?
        package var outcome: StepOutcome?
        /// How long the last attempt at it took, or at undoing it.
        package var seconds: Double?
        package var actions: [RunAction] = []

        /// Whether the run was going back over it when its events end.
        package var isBeingUndone: Bool { outcome == nil && actions.last?.id.hasPrefix("undo ") == true }
    }

    package struct Stage: Sendable, Hashable {
        package var number: Int
        package var name: String
        package var from: Double
    }

    package struct Remark: Sendable, Hashable {
        package enum Kind: String, Sendable {
            case note, warning, failure
            /// The operator, or the plan's window, had the run stop.
            case stop
        }

        package var at: Double
        package var kind: Kind
        package var text: String
        package var step: String?
        package var remedy = ""
    }

    package struct Election: Sendable, Hashable {
        package var at: Double
        package var leader: ServerName
    }

    package let summary: RunSummary
    /// What the plan, inventory and facts were reviewed by.
    package let digest: String
    /// What clients went through, for each attempt that had some.
    package let clients: [CanaryReport]
    package private(set) var attempts: [Attempt] = []
    package private(set) var lanes: [Lane] = []
    package private(set) var stages: [Stage] = []
    package private(set) var steps: [Step] = []
    package private(set) var remarks: [Remark] = []
    /// Why the last attempt ended before its end; a failure or a stop.
    package private(set) var failure: Remark?
    /// Changes of who leads, the first leader that was seen included.
    package private(set) var elections: [Election] = []
    private var leaderless: [Span] = []
    /// Whether a leader was seen in this attempt; before that, nothing is known.
    private var hasSeenLeader = false
    /// The last attempt's last event.
    private var now = 0.0

    package init(_ summary: RunSummary, digest: String, events: [RunEvent], clients: [CanaryReport] = []) {
        self.summary = summary
        self.digest = digest
        self.clients = clients
        for event in events { apply(event) }
        closeSpans()
    }

    /// In seconds, all attempts together, pauses between them left out.
    package var duration: Double { attempts.map { $0.to - $0.from }.reduce(0, +) }

    /// When no server was seen to lead; within attempts.
    package var withoutLeader: [(from: Double, to: Double)] { leaderless.map { ($0.from, $0.to) } }

    /// The commands that go on from here, where no failure tells them; nil where nothing is left to do.
    package var next: String? {
        let run = summary.run
        switch summary.outcome {
        case .succeeded, .running: return nil
        case .rolledBack:
            guard case .point? = summary.rolledBackTo else { return nil }
            return "`zkops run rollback \(run) --to start` undoes what came before that point too."
        case .failed, .stopped, .interrupted:
            guard failure == nil else { return nil }
            let died = summary.outcome == .interrupted ? "The process that carried it out was killed. " : ""
            return died + RunStore.waysOn(run, isGoingBack: summary.isGoingBack)
        }
    }

    /// As the run itself counted it.
    package var unavailable: Double { attempts.compactMap(\.unavailable).reduce(0, +) }

    private mutating func apply(_ event: RunEvent) {
        if case .runStarted = event.kind {
            closeSpans()
            hasSeenLeader = false
            failure = nil
        } else if !attempts.isEmpty {
            attempts[attempts.count - 1].to = event.at
        }
        now = event.at
        switch event.kind {
        case .runStarted(_, _, _, _, let attempt):
            attempts.append(Attempt(kind: attempt, from: event.at, to: event.at))
        case .stageStarted(let name, let number):
            stages.append(Stage(number: number, name: name, from: event.at))
        case .stepStarted(let id, let title):
            // A step that is begun again after a resume, or to be undone, stands where it stood.
            if let place = steps.firstIndex(where: { $0.id == id }) {
                if steps[place].outcome == .failed || steps[place].outcome == .skipped { steps[place].to = nil }
                (steps[place].outcome, steps[place].seconds) = (nil, nil)
            } else {
                steps.append(Step(id: id, title: title, stage: stages.last?.number, from: event.at))
            }
        case .stepFinished(let id, let outcome, let seconds):
            guard let place = steps.firstIndex(where: { $0.id == id }) else { return }
            (steps[place].outcome, steps[place].seconds) = (outcome, seconds)
            if outcome == .undone { return undone(id) }
            steps[place].to = event.at
        case .actionStarted, .waiting, .actionFinished, .copying: steps.applyToActions(event)
        case .pulse(let server, let pulse): look(server, pulse)
        case .note(let text): remarks.append(Remark(at: event.at, kind: .note, text: text))
        case .warning(let text): remarks.append(Remark(at: event.at, kind: .warning, text: text))
        case .failure(let step, let message, let remedy, let isWish):
            failure = Remark(
                at: event.at, kind: isWish == true ? .stop : .failure, text: message, step: step, remedy: remedy)
            failure.map { remarks.append($0) }
        case .runFinished(_, let outcome, _, let unavailable):
            guard !attempts.isEmpty else { return }
            attempts[attempts.count - 1].outcome = outcome
            attempts[attempts.count - 1].unavailable = unavailable
        }
    }

    /// A rolling step is undone when the last of its servers is.
    private mutating func undone(_ id: String) {
        guard let bracket = id.firstIndex(of: "["),
            let rolling = steps.firstIndex(where: { $0.id == id[..<bracket] })
        else { return }
        let inner = steps.filter { $0.id.hasPrefix(id[...bracket]) }
        if inner.allSatisfy({ $0.outcome == .undone }) { steps[rolling].outcome = .undone }
    }

    // MARK: Servers

    private mutating func look(_ server: ServerName, _ pulse: ServerPulse) {
        let place = lanes.firstIndex { $0.server == server } ?? lanes.count
        if place == lanes.count { lanes.append(Lane(server: server)) }
        if let process = pulse.process {
            if let before = lanes[place].process, before != process { lanes[place].restarts.append(now) }
            lanes[place].process = process
        }
        let last = lanes[place].spans.last
        let isOpen = last?.to == .infinity
        if !isOpen || last?.mode != pulse.mode {
            if isOpen { lanes[place].spans[lanes[place].spans.count - 1].to = now }
            lanes[place].spans.append(Span(mode: pulse.mode, from: now, to: .infinity))
            if pulse.mode.leads, last?.mode != pulse.mode { elections.append(Election(at: now, leader: server)) }
        }
        countLeaders()
    }

    private mutating func countLeaders() {
        let isLed = lanes.contains { lane in lane.spans.last.map { $0.to == .infinity && $0.mode.leads } ?? false }
        let isOpen = leaderless.last?.to == .infinity
        hasSeenLeader = hasSeenLeader || isLed
        if !isLed, !isOpen, hasSeenLeader {
            leaderless.append(Span(mode: .looking, from: now, to: .infinity))
        } else if isLed, isOpen {
            leaderless[leaderless.count - 1].to = now
        }
    }

    /// After an attempt's last event nobody looked.
    private mutating func closeSpans() {
        for lane in lanes.indices {
            guard let last = lanes[lane].spans.indices.last, lanes[lane].spans[last].to == .infinity else { continue }
            lanes[lane].spans[last].to = now
        }
        if let last = leaderless.indices.last, leaderless[last].to == .infinity { leaderless[last].to = now }
    }
}

extension Mode {
    /// Whether writes are committed by a server in this mode.
    fileprivate var leads: Bool { self == .leader || self == .standalone }
}
