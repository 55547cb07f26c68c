import EnsembleAccess
import EnsembleModel
import PlanLanguage
import PlanVerification

extension Applier {
    /// Gives up the locks of a run whose process died, so that others can begin; the run itself stays as it is.
    ///
    /// - Parameter reason: written to the run's events.
    package func unlock(_ run: RunFolder, reason: String) async throws(ExecutionError) -> LocksGivenUp {
        let path = store.lockPath(of: run.ensemble)
        // Held to the end, so that no process goes on with the run meanwhile.
        guard let lock = try OperatorLock.claim(path) else {
            let holder = OperatorLock.holder(of: path)
            guard holder?.run == run.run else { throw OperatorLock.held(holder, run.ensemble) }
            throw ExecutionError(
                .runStillAlive, "Run \(run.run) is under way, so its locks are not given up.",
                remedy: "Interrupt it first.")
        }
        let plan = try run.plan(readFile: Self.readFile)
        return try await unlock(run, plan, under: lock, reason: reason)
    }

    func unlock(
        _ run: RunFolder, _ plan: ResolvedPlan, under lock: OperatorLock, reason: String
    ) async throws(ExecutionError) -> LocksGivenUp {
        var given = try await HostLocks.giveUp(
            run.run, on: plan.lockedServers, under: lock.origin(world), through: control)
        given.wasHere = OperatorLock.holder(of: store.lockPath(of: run.ensemble))?.run == run.run
        given.isUnfinished = !store.hasEnded(run.run)
        if given.wasHere { lock.release() }
        if given.wasHere || !given.servers.isEmpty || !given.left.isEmpty {
            EventLog(run.eventsPath).sink(
                RunEvent(at: world.now(), kind: .warning("The locks were given up by \(world.operatorName): \(reason)"))
            )
        }
        return given
    }
}
