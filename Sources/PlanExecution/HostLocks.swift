import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// The locks on the hosts, one for each server that the plan changes or copies from.
struct HostLocks: Sendable {
    let control: any EnsembleControl
    let servers: [ServerName]
    let owner: LockOwner
    let world: World

    /// Takes them all, side by side; those taken are given back where one is not to be had.
    func take(timeout: Duration) async throws(ExecutionError) {
        let begin = world.monotonic()
        while true {
            let results = await sideBySide(servers) { (server) async throws(AccessError) in
                try await control.lock(server, owner: owner)
            }
            let errors = results.compactMap { result -> AccessError? in
                if case .failure(let error) = result { error } else { nil }
            }
            guard let error = errors.first(where: { $0.code != .lockHeld }) ?? errors.first else { return }
            let taken = zip(servers, results).filter { if case .success = $0.1 { true } else { false } }.map(\.0)
            await release(taken)
            guard error.code == .lockHeld, world.monotonic() - begin < timeout else {
                var failure = ExecutionError(error)
                failure.remedy = error.code == .lockHeld ? "Wait for that run, or see `zkops run list` there." : ""
                failure.nothingChanged = true
                throw failure
            }
            do { try await world.sleep(.milliseconds(200)) } catch { throw ExecutionContext.interrupted() }
        }
    }

    func renew() async {
        // A lock that was lost is found by the next change, which looks for it in the same script.
        _ = await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.renewLock(server, owner: owner)
        }
    }

    func release() async { await release(servers) }

    /// What can't be given back is left: it names this run, which has ended.
    private func release(_ servers: [ServerName]) async {
        _ = await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.unlock(server, owner: owner)
        }
    }
}

extension ResolvedPlan {
    /// The servers whose hosts the plan changes or copies from, and all servers of hosts that it runs commands on.
    var lockedServers: [ServerName] {
        var servers: Set<ServerName> = []
        for operation in everyAction.map(\.operation) where operation.changesSomething {
            servers.formUnion(operation.servers)
            if case .command(let command) = operation {
                servers.formUnion(inventory.servers.keys.filter { $0.host == command.host })
            }
        }
        return servers.sorted()
    }

    /// The servers whose state the plan depends on: those that it names, the others of their hosts, and those that belong to an
    /// ensemble with one of them.
    var observedServers: [ServerName] {
        let operations = everyAction.map(\.operation)
        let named = Set(operations.flatMap(\.servers))
        let hosts = Set(operations.flatMap { $0.hosts(inventory) })
        var servers = named.union(inventory.servers.keys.filter { hosts.contains($0.host) })
        if let facts {
            let state = EnsembleState(facts: facts, inventory: inventory)
            for ensemble in state.runningEnsembles where !named.isDisjoint(with: ensemble.servers) {
                servers.formUnion(ensemble.servers)
            }
        }
        return servers.filter { inventory.servers[$0] != nil }.sorted()
    }
}
