import EnsembleAccess
import EnsembleModel
package import PlanLanguage

extension Applier {
    /// Waits, at most the lock timeout, until no run holds the ensemble or one of its hosts; changes nothing and holds nothing
    /// itself. The run takes the locks afterwards; this look before it lets an operator hear that another run is at work, and not that the
    /// hosts differ from the facts because of it.
    /// - Parameter onHosts: whether hosts are asked too.
    package func awaitFreeLocks(_ plan: ResolvedPlan, onHosts: Bool = true) async throws(ExecutionError) {
        let begin = world.monotonic()
        while true {
            guard let holder = try await holder(plan, onHosts) else { return }
            guard world.monotonic() - begin < options.lockTimeout else { throw holder }
            do { try await world.sleep(.milliseconds(500)) } catch { throw ExecutionContext.interrupted() }
        }
    }

    /// nil where nobody holds anything.
    private func holder(_ plan: ResolvedPlan, _ onHosts: Bool) async throws(ExecutionError) -> ExecutionError? {
        let ensemble = plan.inventory.ensemble
        let path = store.lockPath(of: ensemble)
        if OperatorLock.isHeld(path) { return OperatorLock.held(OperatorLock.holder(of: path), ensemble) }
        if let left = OperatorLock.holder(of: path) {
            throw OperatorLock.leftBehind(left, ensemble, now: world.now(), store)
        }
        guard onHosts else { return nil }
        let locks = await sideBySide(plan.lockedServers) { (server) async throws(AccessError) in
            try await control.heldLock(server)
        }
        for (server, lock) in zip(plan.lockedServers, locks) {
            // A host that can't be asked is for the look at the hosts to tell.
            guard case .success(let lock?) = lock else { continue }
            return ExecutionError(lock, of: server, hasEnded: store.hasEnded(lock.owner.run))
        }
        return nil
    }
}

extension ExecutionError {
    /// A server that another run holds.
    /// - Parameter hasEnded: whether that run is known to have ended, so that nothing is left to go on with.
    init(_ lock: HeldLock, of server: ServerName, hasEnded: Bool = false) {
        let owner = lock.owner
        let remedy =
            hasEnded
            ? "That run has ended, and could not give its lock back: `zkops run unlock \(owner.run) --reason …` does."
            : lock.isStale
                ? "Nothing is heard of it any more: go on there with `zkops run resume \(owner.run)`, or give its locks up with"
                    + " `zkops run unlock \(owner.run) --reason … -i INVENTORY`."
                : "Wait for it, or see `zkops run list` on \(owner.machine). If it has died, and its folder there is lost too: once its lock"
                    + " has not been renewed for \(HeldLock.silence.components.seconds) s, `zkops run unlock \(owner.run) --reason … -i INVENTORY`"
                    + " gives it up."
        self.init(.lockHeld, "\(server): \(lock.inWords).", remedy: remedy, server: server, nothingChanged: true)
    }
}
