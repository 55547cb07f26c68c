import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// One process's hold on a run: from the locks to the last record of the journal.
struct RunSession: Sendable {
    enum Kind: Sendable {
        case apply, resume
        case rollback(to: String?, acceptLostWrites: Bool)
    }

    let plan: ResolvedPlan
    let folder: RunFolder
    let control: any EnsembleControl
    let world: World
    let options: ApplyOptions
    let events: RunReporter.Sink
    let probe: Journal.Probe?
    let store: RunStore

    func run(_ kind: Kind, under lock: OperatorLock) async -> RunResult {
        let begin = world.monotonic()
        let board = PulseBoard(monotonic: world.monotonic)
        let report = RunReporter(now: world.now, sinks: [EventLog(folder.eventsPath).sink, events])
        var end = RunEnd(outcome: .failed, failure: nil, seconds: 0, unavailableSeconds: 0)
        var stopped = false
        var history = RunHistory()
        do throws(ExecutionError) {
            let journal = try Journal(folder.journalPath, now: world.now, probe: probe)
            try open(journal, kind, report)
            let locks = HostLocks(
                control: control, servers: plan.lockedServers, owner: owner(under: lock), world: world)
            (end, stopped) = try await underHostLocks(locks, kind, journal, board, report)
            if journal.history.mayHaveChanged { end.failure?.nothingChanged = false }
            end.seconds = (world.monotonic() - begin).inSeconds
            end.unavailableSeconds = board.unavailable.inSeconds
            try journal.append(.runEnded(end))
            history = journal.history
        } catch {
            // Only the journal itself ends here. The run's name stays on the lock: its state is not settled.
            report.send(.failure(step: nil, message: error.message, remedy: error.remedy))
            return RunResult(
                run: folder.run, outcome: .failed, exitCode: error.exitCode,
                seconds: (world.monotonic() - begin).inSeconds, unavailableSeconds: board.unavailable.inSeconds,
                failure: error)
        }
        lock.release()
        if let failure = end.failure {
            report.send(
                .failure(
                    step: failure.step, message: failure.message, remedy: remedy(failure, history),
                    isWish: failure.isOperatorsWish ? true : nil))
        }
        report.send(
            .runFinished(
                run: folder.run, outcome: end.outcome, seconds: end.seconds,
                unavailableSeconds: board.hasCounted ? end.unavailableSeconds : nil)
        )
        return RunResult(
            run: folder.run, outcome: end.outcome, exitCode: stopped ? 0 : end.failure?.exitCode ?? 0,
            seconds: end.seconds,
            unavailableSeconds: end.unavailableSeconds, failure: end.failure)
    }

    private func owner(under lock: OperatorLock) -> LockOwner {
        LockOwner(
            run: folder.run, operatorName: world.operatorName, machine: world.machine,
            since: Timestamps.rfc3339(folder.manifest.startedAt), attempt: String(world.random(), radix: 16),
            origin: lock.origin(world))
    }

    private func open(_ journal: Journal, _ kind: Kind, _ report: RunReporter) throws(ExecutionError) {
        let isNew = journal.history.header == nil
        if isNew {
            try journal.append(
                .runStarted(
                    RunHeader(run: folder.run, ensemble: folder.ensemble, plan: plan.name, digest: plan.digest)))
        }
        try journal.append(
            .attemptStarted(
                RunAttempt(
                    kind: kind.attempt, operatorName: world.operatorName, machine: world.machine,
                    processID: world.processID)))
        report.send(
            .runStarted(
                run: folder.run, ensemble: folder.ensemble, plan: plan.name, steps: plan.everyStep.count,
                attempt: kind.goingBack(journal.history) == nil ? kind.attempt : .rollback))
    }

    /// Everything between the first and the last record of this attempt. Throws only where the journal can't be written.
    private func underHostLocks(
        _ locks: HostLocks, _ kind: Kind, _ journal: Journal, _ board: PulseBoard, _ report: RunReporter
    ) async throws(ExecutionError) -> (end: RunEnd, paused: Bool) {
        var end = RunEnd(outcome: .succeeded, failure: nil, seconds: 0, unavailableSeconds: 0)
        var paused = false
        do throws(ExecutionError) {
            try await locks.take(options)
        } catch {
            end.outcome = .failed
            end.failure = error
            return (end, false)
        }
        do throws(ExecutionError) {
            let context = try await prepare(kind, journal, board, report)
            let background = RunBackground(context: context, locks: locks, servers: plan.observedServers)
            let ending = try await background.during { () async throws(ExecutionError) in
                try await work(kind, context, journal)
            }
            switch ending {
            case .finished: break
            case .paused: (end.outcome, paused) = (.stopped, true)
            case .rolledBack: end.outcome = .rolledBack
            }
        } catch {
            if error.code == .journalUnwritable { throw error }
            let error = error.isWished(options) ? error.asWish : error
            end.failure = error
            end.outcome = error.isOperatorsWish ? .stopped : .failed
            if error.wasRolledBack { end.outcome = .rolledBack }
        }
        if let words = leftDown(journal.history, board), end.failure != nil { report.send(.warning(words)) }
        if let words = HostLocks.leftBehind(await locks.release(), by: folder.run) { report.send(.warning(words)) }
        return (end, paused)
    }

    private func work(
        _ kind: Kind, _ context: ExecutionContext, _ journal: Journal
    ) async throws(ExecutionError) -> RunEnding {
        let undo = UndoRunner(context: context, journal: journal)
        if let (point, accept) = kind.goingBack(journal.history) {
            try await undo.run(to: point, acceptLostWrites: accept)
            return .rolledBack
        }
        do throws(ExecutionError) {
            let usual = plan.settings.window.map { _ in UsualTimes.of(folder.ensemble, in: store) } ?? UsualTimes()
            return try await PlanRunner(context: context, journal: journal, usual: usual).run()
        } catch {
            // Told to stop now, the run is left where it is.
            guard !error.isWished(options), policy(after: error) == .rollback, error.mayBeRolledBack else {
                throw error
            }
            context.report.send(.warning("\(error.message) Going back, as the plan says."))
            try await undo.run(to: UndoPlan.lastPoint(plan, journal.history), acceptLostWrites: false)
            var failure = error
            failure.wasRolledBack = true
            throw failure
        }
    }

    private func policy(after error: ExecutionError) -> PlanSettings.OnFailure {
        let step = plan.everyStep.first { $0.id == error.step }
        return step?.onFailure ?? plan.settings.onFailure
    }

    /// Looks at all servers before anything is done.
    private func prepare(
        _ kind: Kind, _ journal: Journal, _ board: PulseBoard, _ report: RunReporter
    ) async throws(ExecutionError) -> ExecutionContext {
        let check = try await Precheck.look(plan, control)
        let sight = EnsembleSight(
            control: control, inventory: plan.inventory, board: board, report: report,
            memory: ProcessMemory(path: folder.processesPath))
        let processes = await sight.pulses(check.observed.servers.keys.sorted()).compactMapValues {
            try? $0.get().process
        }
        let resumed = ResumeCheck(
            plan: plan, history: journal.history, other: store.laterRun(than: folder),
            restarted: Set(processes.filter { sight.anotherRan($0.key, $0.value) }.keys))
        let failure =
            switch kind {
            case .apply: check.failure
            case .resume where journal.history.rollback == nil: resumed.failure(check.observed)
            case .resume, .rollback: resumed.fileFailure(check.observed)
            }
        if let failure { throw failure }
        if case .rollback = kind, journal.history.rollback == nil, let other = resumed.stateFailure(check.observed) {
            report.send(.warning("\(other.message)\n  What of that the run did not do is not undone."))
        }
        for (server, process) in processes {
            guard let facts = check.observed.servers[server] else { continue }
            sight.learn(facts, of: server, process: process)
        }
        board.startCounting()
        return ExecutionContext(
            run: folder.run, plan: plan, control: control, sight: sight, world: world, report: report, options: options,
            allowances: Allowances(plan.acknowledgements), listeners: ListenerKnowledge(check.observed))
    }

    /// Servers that ran when the run began, and are down until it goes on.
    private func leftDown(_ history: RunHistory, _ board: PulseBoard) -> String? {
        guard history.mayHaveChanged, history.rollback?.isDone != true else { return nil }
        let starts = Set(
            plan.everyAction.compactMap { action -> ServerName? in
                guard case .start(let server, _, _) = action.operation, history.actions[action.id]?.result == nil
                else { return nil }
                return server
            })
        let down = (plan.facts?.servers ?? [:]).filter { server, facts in
            facts.running && board[server].map { $0.process == nil } == true
                && (history.isGoingBack || starts.contains(server))
        }.keys.sorted()
        guard !down.isEmpty else { return nil }
        return
            "\(down.map(\.description).joined(separator: ", ")) \(down.count == 1 ? "is" : "are") down until the run goes on."
    }

    private func remedy(_ failure: ExecutionError, _ history: RunHistory) -> String {
        if failure.wasRolledBack {
            let isAll = (try? UndoPlan(plan, history, to: nil))?.actions.isEmpty ?? true
            let further = isAll ? "." : "; `zkops run rollback \(folder.run) --to start` undoes what came before."
            return history.rollback?.to.map {
                "The run went back to the rollback point \"\($0)\". Mend the cause, then apply the plan anew\(further)"
            } ?? "The run went back to its start. Mend the cause, then apply the plan anew."
        }
        // Where hosts differ, the error itself knows whether the run can go on or back.
        guard !failure.nothingChanged, failure.code != .hostsDiffer else { return failure.remedy }
        let commands = RunStore.waysOn(folder.run, isGoingBack: history.isGoingBack)
        return failure.remedy.isEmpty ? commands : "\(failure.remedy) \(commands)"
    }
}

extension RunSession.Kind {
    var attempt: RunAttempt.Kind {
        switch self {
        case .apply: .apply
        case .resume: .resume
        case .rollback: .rollback
        }
    }

    /// A rollback that was begun is finished before anything else.
    func goingBack(_ history: RunHistory) -> (point: String?, accept: Bool)? {
        if let begun = history.rollback, !begun.isDone {
            // Who asks for it again may accept more than the first time.
            if case .rollback(_, true) = self { return (begun.to, true) }
            return (begun.to, begun.acceptLostWrites)
        }
        if case .rollback(let point, let accept) = self { return (point, accept) }
        return nil
    }
}

extension ExecutionError {
    /// Whether something was done that going back would undo, and the run may still do something.
    var mayBeRolledBack: Bool {
        !nothingChanged && !isOperatorsWish && code != .journalUnwritable && code != .lockLost
    }

    /// The run ended where the operator, or the plan's window, wanted it to.
    var isOperatorsWish: Bool {
        switch code {
        case .interrupted, .declined, .outsideWindow: true
        default: false
        }
    }
}

extension ExecutionError {
    /// Whether it is what became of an action, or of a look, that was cut off since the operator told the run to stop now.
    fileprivate func isWished(_ options: ApplyOptions) -> Bool {
        options.stopRequested() == .now && !isOperatorsWish && !wasRolledBack && code != .journalUnwritable
            && code != .lockLost
    }

    fileprivate var asWish: ExecutionError {
        var stopped = ExecutionContext.interrupted()
        (stopped.step, stopped.server, stopped.nothingChanged) = (step, server, nothingChanged)
        return stopped
    }
}

/// Keeps the events of a run for its reports.
struct EventLog: Sendable {
    private let file: DurableFile?

    init(_ path: String) { file = try? DurableFile(path) }

    var sink: RunReporter.Sink {
        { event in
            // A report that misses an event must not stop a run that is under way.
            try? file?.append(event.jsonLine)
        }
    }
}
