package import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage
package import PlanVerification

/// Applies verified plans, goes on with runs that were interrupted, and undoes them.
package struct Applier: Sendable {
    package let control: any EnsembleControl
    let world: World
    let store: RunStore
    let options: ApplyOptions
    let opened: (@Sendable (RunFolder) -> Void)?
    /// Lets tests end the process at any record.
    var probe: Journal.Probe?

    /// - Parameter opened: called with the run's folder before anything is done in it, so that the hosts' logs can go there.
    package init(
        control: any EnsembleControl, world: World, store: RunStore, options: ApplyOptions,
        opened: (@Sendable (RunFolder) -> Void)? = nil
    ) {
        self.control = control
        self.world = world
        self.store = store
        self.options = options
        self.opened = opened
    }

    /// Whether the plan has what the options name; before any host is looked at.
    package func checkOptions(_ plan: VerifiedPlan) throws(ExecutionError) {
        try checkUntil(plan.plan)
        try checkSecrets(plan.plan)
    }

    func checkSecrets(_ plan: ResolvedPlan) throws(ExecutionError) {
        try world.checkSecrets(RunSession.Kind.apply.commands(plan, RunHistory()))
    }

    /// Looks at everything that the plan depends on, and changes nothing.
    package func precheck(_ plan: VerifiedPlan) async throws(ExecutionError) -> Precheck {
        try await Precheck.look(plan.plan, control)
    }

    package func apply(
        _ plan: VerifiedPlan, events: @escaping @Sendable (RunEvent) -> Void
    ) async -> RunResult {
        await apply(plan.plan, events: events)
    }

    /// Goes on with a run that was stopped, failed or was killed; also with its rollback.
    package func resume(
        _ run: RunFolder, events: @escaping @Sendable (RunEvent) -> Void
    ) async -> RunResult {
        switch outcome(of: { () throws(ExecutionError) in try run.plan(readFile: Self.readFile) }) {
        case .success(let plan): await resume(run, plan, events: events)
        case .failure(let error): .refused(error, run: run.run)
        }
    }

    /// What `rollback` would do, one line an action, in order.
    /// - Parameter point: a rollback point that the run has passed, or `start`; nil is the last point, else the start.
    package func previewRollback(_ run: RunFolder, to point: String?) throws(ExecutionError) -> [String] {
        try run.refuseIfPruned()
        let lock = store.lockPath(of: run.ensemble)
        if options.lockTimeout == .zero, OperatorLock.isHeld(lock) {
            throw OperatorLock.held(OperatorLock.holder(of: lock), run.ensemble)
        }
        let plan = try run.plan(readFile: Self.readFile)
        let history = try run.history()
        return try UndoPlan(plan, history, to: Self.point(point, plan, history)).actions
            .filter { !history.undone.contains($0.id) }.map { "\($0.action): \($0.summary)" }
    }

    /// What can go wrong on the way back, in every order of elections and with any one crash, looked for as in a plan, from what the hosts
    /// say now. It forbids nothing: the state that the run began with may be the hazard. nil where the run's plan had no facts.
    package func verifyRollback(_ run: RunFolder, to point: String?) async throws(ExecutionError) -> PlanFindings? {
        let plan = try run.plan(readFile: Self.readFile)
        return try await verifyRollback(plan, try run.history(), to: point)
    }

    func verifyRollback(
        _ plan: ResolvedPlan, _ history: RunHistory, to point: String?
    ) async throws(ExecutionError) -> PlanFindings? {
        let undo = try UndoPlan(plan, history, to: Self.point(point, plan, history))
        let observed = try await Precheck.look(plan, control).observed
        if let failure = ResumeCheck(plan: plan, history: history).fileFailure(observed) { throw failure }
        return UndonePlan.resolved(undo, of: plan, history, from: observed).flatMap { Verifier.findings(of: $0) }
    }

    /// Where a rollback leads that was begun and is not done; nil where there is none.
    package func begunRollback(_ run: RunFolder) -> RollbackTarget? {
        guard let begun = (try? run.history())?.rollback, !begun.isDone else { return nil }
        return begun.to.map { .point($0) } ?? .start
    }

    /// Where `rollback` would end, in words: `its start`, or `the rollback point "before the trio"`.
    package func rollbackTarget(_ run: RunFolder, to point: String?) throws(ExecutionError) -> RollbackTarget {
        let point = Self.point(point, try run.plan(readFile: Self.readFile), try run.history())
        return point.map { .point($0) } ?? .start
    }

    /// Undoes what a run did, back to a rollback point; see `previewRollback`.
    package func rollback(
        _ run: RunFolder, to point: String?, acceptLostWrites: Bool, events: @escaping @Sendable (RunEvent) -> Void
    ) async -> RunResult {
        switch outcome(of: { () throws(ExecutionError) in try run.plan(readFile: Self.readFile) }) {
        case .success(let plan):
            await rollback(run, plan, to: point, acceptLostWrites: acceptLostWrites, events: events)
        case .failure(let error): .refused(error, run: run.run)
        }
    }

    private static func point(_ point: String?, _ plan: ResolvedPlan, _ history: RunHistory) -> String? {
        if let begun = history.rollback, !begun.isDone { return begun.to }
        return point == "start" ? nil : point ?? UndoPlan.lastPoint(plan, history)
    }

    @Sendable static func readFile(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    // MARK: With a plan at hand

    func apply(_ plan: ResolvedPlan, events: @escaping RunReporter.Sink) async -> RunResult {
        let run = RunStore.newRun(ensemble: plan.inventory.ensemble, world: world)
        do throws(ExecutionError) {
            try checkUntil(plan)
            let lock = try await takeLock(run, ensemble: plan.inventory.ensemble)
            let folder: RunFolder
            do throws(ExecutionError) {
                folder = try store.make(run, plan: plan, world: world)
            } catch {
                lock.release()
                throw error
            }
            opened?(folder)
            return await session(plan, folder, events).run(.apply, under: lock)
        } catch {
            return .refused(error)
        }
    }

    func resume(_ run: RunFolder, _ plan: ResolvedPlan, events: @escaping RunReporter.Sink) async -> RunResult {
        await goOn(run, plan, events) { (history) throws(ExecutionError) in
            // Whatever came after a rollback that was finished: forwards, what it undid would be taken for done.
            let isBack = history.rollback?.isDone == true
            let outcome = isBack ? .rolledBack : history.end?.outcome
            if let outcome, outcome == .succeeded || outcome == .rolledBack {
                throw ExecutionError(
                    .runHasEnded, "Run \(run.run) has ended (\(outcome.rawValue)); nothing is left to go on with.",
                    remedy: outcome == .succeeded
                        ? "Apply the plan anew, or roll the run back."
                        : history.rollback?.to == nil
                            ? "Apply the plan anew."
                            : "Apply the plan anew, or roll the run back further: `zkops run rollback \(run.run) --to start`."
                )
            }
            return .resume
        }
    }

    func rollback(
        _ run: RunFolder, _ plan: ResolvedPlan, to point: String?, acceptLostWrites: Bool,
        events: @escaping RunReporter.Sink
    ) async -> RunResult {
        await goOn(run, plan, events) { (history) throws(ExecutionError) in
            if let done = history.rollback, done.isDone, done.to == nil {
                throw ExecutionError(.runHasEnded, "Run \(run.run) was rolled back to its start already.")
            }
            try run.refuseIfPruned()
            let point = Self.point(point, plan, history)
            // Says at once where the point is unknown.
            _ = try UndoPlan(plan, history, to: point)
            return .rollback(to: point, acceptLostWrites: acceptLostWrites)
        }
    }

    private func goOn(
        _ run: RunFolder, _ plan: ResolvedPlan, _ events: @escaping RunReporter.Sink,
        _ kind: (RunHistory) throws(ExecutionError) -> RunSession.Kind
    ) async -> RunResult {
        do throws(ExecutionError) {
            try checkUntil(plan)
            let wasUnsettled = OperatorLock.holder(of: store.lockPath(of: run.ensemble))?.run == run.run
            let lock = try await takeLock(run.run, ensemble: run.ensemble)
            let wanted: RunSession.Kind
            do throws(ExecutionError) {
                let history = try run.history()
                wanted = try kind(history)
                try world.checkSecrets(wanted.commands(plan, history))
            } catch {
                // The lock's file keeps the name of a run that died, until that run is finished or undone.
                if error.code == .runHasEnded || !wasUnsettled { lock.release() }
                throw error
            }
            opened?(run)
            return await session(plan, run, events).run(wanted, under: lock)
        } catch {
            return .refused(error, run: run.run)
        }
    }

    private func session(
        _ plan: ResolvedPlan, _ folder: RunFolder, _ events: @escaping RunReporter.Sink
    ) -> RunSession {
        RunSession(
            plan: plan, folder: folder, control: control, world: world, options: options, events: events, probe: probe,
            store: store)
    }

    func takeLock(_ run: String, ensemble: String) async throws(ExecutionError) -> OperatorLock {
        let holder = OperatorLock.Holder(
            run: run, operatorName: world.operatorName, machine: world.machine, processID: world.processID,
            since: Timestamps.rfc3339(world.now()))
        return try await OperatorLock.take(
            store.lockPath(of: ensemble), for: holder, ensemble: ensemble, world: world, options: options, store: store)
    }

    private func checkUntil(_ plan: ResolvedPlan) throws(ExecutionError) {
        guard let until = options.until else { return }
        let ids = Set(plan.everyStep.map(\.id)).union((1...max(1, plan.stages.count)).map(String.init))
        guard !ids.contains(until) else { return }
        throw ExecutionError(
            .stepUnknown, "The plan has no step \(until).",
            remedy:
                "Steps are \(plan.everyStep.prefix(8).map(\.id).joined(separator: ", ")) and so on; see `zkops plan preview`."
        )
    }
}

/// Where a rollback leads.
package enum RollbackTarget: Sendable, Hashable {
    case start
    case point(String)

    package var isStart: Bool { self == .start }

    /// As `--to` names it.
    package var argument: String {
        switch self {
        case .start: "start"
        case .point(let name): name
        }
    }

    package var inWords: String {
        switch self {
        case .start: "its start"
        case .point(let name): "the rollback point \"\(name)\""
        }
    }
}
