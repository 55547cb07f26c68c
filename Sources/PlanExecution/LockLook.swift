import EnsembleAccess
import EnsembleModel
import PlanLanguage
package import PlanVerification

extension Applier {
    /// Waits, at most the lock timeout, until no run holds the ensemble or one of its hosts; changes nothing and holds nothing
    /// itself. The run takes the locks afterwards; this look before it lets an operator hear that another run is at work, and not that the
    /// hosts differ from the facts because of it.
    package func awaitFreeLocks(_ plan: VerifiedPlan) async throws(ExecutionError) {
        let begin = world.monotonic()
        while true {
            guard let holder = try await holder(plan) else { return }
            guard world.monotonic() - begin < options.lockTimeout else { throw holder }
            do { try await world.sleep(.milliseconds(500)) } catch { throw ExecutionContext.interrupted() }
        }
    }

    /// nil where nobody holds anything.
    private func holder(_ plan: VerifiedPlan) async throws(ExecutionError) -> ExecutionError? {
        let ensemble = plan.plan.inventory.ensemble
        let path = store.lockPath(of: ensemble)
        if OperatorLock.isHeld(path) { return OperatorLock.held(OperatorLock.holder(of: path), ensemble) }
        if let left = OperatorLock.holder(of: path) { throw OperatorLock.leftBehind(left, ensemble) }
        let owners = await sideBySide(plan.plan.lockedServers) { (server) async throws(AccessError) in
            try await control.lockOwner(server)
        }
        for (server, owner) in zip(plan.plan.lockedServers, owners) {
            // A host that can't be asked is for the look at the hosts to tell.
            guard case .success(let owner?) = owner else { continue }
            return ExecutionError(
                .lockHeld,
                "Run \(owner.run) of \(owner.operatorName) on \(owner.machine) holds \(server) since \(owner.since).",
                remedy: "Wait for it, or see `zkops run list` on \(owner.machine).", server: server,
                nothingChanged: true)
        }
        return nil
    }
}
