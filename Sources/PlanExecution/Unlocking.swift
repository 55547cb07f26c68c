import EnsembleAccess
import EnsembleModel
import PlanLanguage
import PlanVerification

extension Applier {
    /// Gives up the locks of a run whose process died, so that others can begin; the run itself stays as it is.
    ///
    /// - Parameter reason: written to the run's events.
    /// - Returns: the servers whose locks could not be given back, with why: those hosts can't be reached now.
    package func unlock(_ run: RunFolder, reason: String) async throws(ExecutionError) -> [String] {
        let path = store.lockPath(of: run.ensemble)
        if OperatorLock.isHeld(path), OperatorLock.holder(of: path)?.run == run.run {
            throw ExecutionError(
                .runStillAlive, "Run \(run.run) is under way, so its locks are not given up.",
                remedy: "Interrupt it first.")
        }
        let plan = try run.plan(readFile: Self.readFile)
        return try await unlock(run, plan, reason: reason)
    }

    func unlock(_ run: RunFolder, _ plan: ResolvedPlan, reason: String) async throws(ExecutionError) -> [String] {
        let left = try await HostLocks.giveUp(
            run.run, on: plan.lockedServers, deadOn: world.machine, through: control)
        let path = store.lockPath(of: run.ensemble)
        if OperatorLock.holder(of: path)?.run == run.run {
            try await takeLock(run.run, ensemble: run.ensemble).release()
        }
        EventLog(run.eventsPath).sink(
            RunEvent(at: world.now(), kind: .note("The locks were given up by \(world.operatorName): \(reason)")))
        return left
    }
}
