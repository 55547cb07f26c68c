import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// What everything that performs a run's actions works with.
struct ExecutionContext: Sendable {
    let run: String
    let plan: ResolvedPlan
    let control: any EnsembleControl
    let sight: EnsembleSight
    let world: World
    let report: RunReporter
    let options: ApplyOptions
    let allowances: Allowances
    let listeners: ListenerKnowledge

    /// Looks go wrong for a moment when a connection is made anew; for longer, the host is unreachable.
    static let patience = Duration.seconds(10)

    func mutation(_ action: String) -> Mutation { Mutation(run: run, action: action) }

    /// Between two looks of a wait.
    func pause(_ duration: Duration) async throws(ExecutionError) {
        do { try await world.sleep(duration) } catch { throw Self.interrupted() }
    }

    static func interrupted() -> ExecutionError {
        ExecutionError(.interrupted, "The run was interrupted.", remedy: "It can be resumed.")
    }

    /// - Parameter canStopHere: whether nothing is in hand that would be left half done.
    func checkStop(canStopHere: Bool) throws(ExecutionError) {
        switch options.stopRequested() {
        case .none: break
        case .afterAction: if canStopHere { throw Self.interrupted() }
        case .now: throw Self.interrupted()
        }
    }

    /// Looking, with the error of a run.
    func look<Value>(_ body: () async throws(AccessError) -> Value) async throws(ExecutionError) -> Value {
        do throws(AccessError) { return try await body() } catch { throw ExecutionError(error) }
    }

    /// Where the connection was lost while it was done, it is done again: it looks first and finds what the first time had done.
    func change<Value>(_ body: () async throws(AccessError) -> Value) async throws(ExecutionError) -> Value {
        for _ in 0..<2 {
            switch await caught(body) {
            case .success(let value): return value
            case .failure(let error):
                guard error.code == .outcomeUnknown else { throw ExecutionError(error) }
                report.send(.warning("\(error). It is done again, which looks first."))
                try checkStop(canStopHere: false)
                try await pause(.seconds(1))
            }
        }
        return try await look(body)
    }

    /// The version that a server is expected to have, before it says so itself.
    func expectedVersion(_ server: ServerName) -> Version? {
        sight.board[server]?.version ?? plan.facts?.servers[server]?.version
    }
}

/// What the plan's author accepted, so that a guard need not refuse it.
struct Allowances: Sendable {
    /// Step ids, stage names, or `*` for the whole plan.
    struct Accepted: Sendable {
        var steps: Set<String> = []
        var stages: Set<String> = []
        var everywhere = false
    }

    private var quorumLoss: Accepted
    private var noJoin: Accepted

    init(_ acknowledgements: [Acknowledgement]) {
        quorumLoss = Self.accepted("quorum-loss", acknowledgements)
        noJoin = Self.accepted("no-join", acknowledgements)
    }

    func allowsQuorumLoss(_ step: StepPosition) -> Bool { Self.covers(quorumLoss, step) }
    func allowsStranding(_ step: StepPosition) -> Bool { Self.covers(noJoin, step) || allowsQuorumLoss(step) }

    private static func accepted(_ hazard: String, _ acknowledgements: [Acknowledgement]) -> Accepted {
        var accepted = Accepted()
        for one in acknowledgements where one.hazard == hazard {
            if let step = one.step { accepted.steps.insert(step) }
            if let stage = one.stage, one.step == nil { accepted.stages.insert(stage) }
            if one.step == nil, one.stage == nil { accepted.everywhere = true }
        }
        return accepted
    }

    private static func covers(_ accepted: Accepted, _ step: StepPosition) -> Bool {
        accepted.everywhere || accepted.stages.contains(step.stage) || accepted.steps.contains(step.id)
            || (step.turn.map { accepted.steps.contains($0.rolling) } ?? false)
    }
}
