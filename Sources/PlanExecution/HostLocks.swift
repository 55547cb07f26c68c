package import EnsembleAccess
package import EnsembleModel
import PlanLanguage

/// The locks on the hosts, one for each server that the plan changes or copies from.
package struct HostLocks: Sendable {
    let control: any EnsembleControl
    let servers: [ServerName]
    let owner: LockOwner
    let world: World

    /// Takes them all, one after the other in their order; those taken are given back where one is not to be had.
    ///
    /// All runs take them in the same order, so of several that begin at once one gets them all. Side by side, each could get some.
    func take(_ options: ApplyOptions) async throws(ExecutionError) {
        let begin = world.monotonic()
        while let (error, left) = await attempt() {
            guard error.code == .lockHeld, world.monotonic() - begin < options.lockTimeout else {
                var failure = await refusal(error)
                failure.nothingChanged = true
                if let words = Self.leftBehind(left, by: owner.run) {
                    failure.remedy += (failure.remedy.isEmpty ? "" : " ") + words
                }
                throw failure
            }
            try await options.waitForLock(world)
        }
    }

    /// - Returns: nil where all are held now; else why not, and what stays locked although it was given back.
    private func attempt() async -> (error: AccessError, left: [AccessError])? {
        for (count, server) in servers.enumerated() {
            do {
                try await control.lock(server, owner: owner)
            } catch {
                // Where it is not known whether the last one was taken, it may have been.
                let isTaken = error.code != .lockHeld && error.code != .hostUnreachable
                return (error, await release(Array(servers.prefix(isTaken ? count + 1 : count))))
            }
        }
        return nil
    }

    private func refusal(_ error: AccessError) async -> ExecutionError {
        if error.code == .lockHeld, let server = error.server, let lock = try? await control.heldLock(server) {
            return ExecutionError(lock, of: server)
        }
        return ExecutionError(error)
    }

    /// Gives up the locks of a run, by what the hosts say of them.
    ///
    /// - Parameter origin: of the operator's lock under which the run was begun, and no process of it lives any more. One of another counts
    ///   as alive until it is silent. nil where nothing is known of the run: then it must be found on some server.
    package static func giveUp(
        _ run: String, on servers: [ServerName], under origin: String? = nil, through control: any EnsembleControl
    ) async throws(ExecutionError) -> LocksGivenUp {
        let found = await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.heldLock(server)
        }
        var left: [String] = []
        var held: [(server: ServerName, lock: HeldLock)] = []
        for (server, result) in zip(servers, found) {
            switch result {
            case .success(let lock?) where lock.owner.run == run: held.append((server, lock))
            case .success: break
            case .failure(let error): left.append(error.description)
            }
        }
        if let alive = held.first(where: { !$0.lock.isStale && $0.lock.owner.origin != origin }) {
            throw ExecutionError(
                .runStillAlive, "Run \(run) is under way: \(alive.server): \(alive.lock.inWords).",
                remedy: "Interrupt it there first. A run that has died counts so until it has missed three renewals.")
        }
        guard origin != nil || !held.isEmpty || !left.isEmpty else {
            throw ExecutionError(
                .runNotFound, "No server of the inventory is locked by a run called \(run).",
                remedy: "A refused `zkops plan apply` says who holds what.")
        }
        let results = await sideBySide(held.map { ($0.server, $0.lock.owner) }) { (held) async throws(AccessError) in
            try await control.unlock(held.0, owner: held.1)
        }
        return LocksGivenUp(
            servers: zip(held, results).compactMap { if case .success = $1 { $0.server } else { nil } },
            left: left + results.compactMap { if case .failure(let error) = $0 { error.description } else { nil } })
    }

    /// Until it is cancelled. Each server by itself: a host that is slow to answer does not let the locks of others grow old.
    func keepRenewing() async {
        await withTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask {
                    while (try? await world.sleep(HeldLock.renewal)) != nil {
                        // A lock that was lost is found by the next change, which looks for it in the same script.
                        try? await control.renewLock(server, owner: owner)
                    }
                }
            }
        }
    }

    /// - Returns: why locks could not be given back.
    func release() async -> [AccessError] { await release(servers) }

    private func release(_ servers: [ServerName]) async -> [AccessError] {
        await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.unlock(server, owner: owner)
        }
        // A lock that another run holds by now is no longer this one's to give back.
        .compactMap { if case .failure(let error) = $0, error.code != .lockLost { error } else { nil } }
    }

    /// What to do about locks that could not be given back; nil where there are none.
    static func leftBehind(_ left: [AccessError], by run: String) -> String? {
        guard !left.isEmpty else { return nil }
        let why = left.map(\.description).joined(separator: "; ")
        return
            "Locks of this run are left (\(why)), and another run will find them. A resume or a rollback takes them over; else"
            + " `zkops run unlock \(run) --reason …` gives them up once the hosts can be reached."
    }
}

/// What became of the locks of a run that died.
package struct LocksGivenUp: Sendable {
    package var servers: [ServerName]
    /// Why others stay: those hosts can't be reached now.
    package var left: [String]
    /// Whether the lock on this machine bore the run's name.
    package var wasHere = false
    /// Whether the run itself is neither finished nor undone, so that it can be resumed; nil where nothing of it is here.
    package var isUnfinished: Bool?
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
