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
        let path = store.lockPath(of: run.ensemble)
        if OperatorLock.holder(of: path)?.run == run.run {
            try await takeLock(run.run, ensemble: run.ensemble).release()
        }
        let owner = LockOwner(
            run: run.run, operatorName: world.operatorName, machine: world.machine,
            since: Timestamps.rfc3339(run.manifest.startedAt))
        let results = await sideBySide(plan.lockedServers) { (server) async throws(AccessError) in
            try await control.unlock(server, owner: owner)
        }
        EventLog(run.eventsPath).sink(
            RunEvent(at: world.now(), kind: .note("The locks were given up by \(world.operatorName): \(reason)")))
        return zip(plan.lockedServers, results).compactMap { _, result in
            if case .failure(let error) = result { error.description } else { nil }
        }
    }
}
