package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func lock(_ server: ServerName, owner: LockOwner) async throws(AccessError) {
        let place = try place(server)
        memory.attempt = oneLine(owner.attempt)
        let call = ScriptCall(
            name: "lock", script: RemoteScripts.lock,
            arguments: [place.home]
                + [owner.run, owner.operatorName, owner.machine, owner.since, owner.origin].map(oneLine)
                + [String(HeldLock.silence.components.seconds)],
            server: server)
        let result = try await changeResult(server.host, call)
        if result.end == .exited(ScriptExit.lockHeld.rawValue) {
            throw held(place, ScriptReply(result.output))
        }
        _ = try settled(result, server.host, call)
        memory.noteLock(server, run: owner.run)
    }

    package func renewLock(_ server: ServerName, owner: LockOwner) async throws(AccessError) {
        let place = try place(server)
        _ = try await change(
            server.host,
            ScriptCall(
                name: "renewLock", script: RemoteScripts.renewLock, arguments: [place.home, oneLine(owner.run)],
                server: server))
    }

    package func unlock(_ server: ServerName, owner: LockOwner) async throws(AccessError) {
        let place = try place(server)
        _ = try await change(
            server.host,
            ScriptCall(
                name: "unlock", script: RemoteScripts.unlock,
                arguments: [place.home, oneLine(owner.run), oneLine(owner.attempt)],
                server: server))
        memory.noteLock(server, run: nil)
    }

    package func heldLock(_ server: ServerName) async throws(AccessError) -> HeldLock? {
        let place = try place(server)
        let reply = try await look(
            server.host,
            ScriptCall(
                name: "heldLock", script: RemoteScripts.heldLock, arguments: [place.home], server: server))
        return HeldLock(reply)
    }

    /// Throws `lockLost` where the run no longer holds the server's lock: for changes that no script of ours makes.
    func requireLock(_ server: ServerName, under mutation: Mutation) async throws(AccessError) {
        let place = try place(server)
        _ = try await look(
            server.host,
            ScriptCall(
                name: "requireLock", script: RemoteScripts.requireLock, arguments: [place.home, oneLine(mutation.run)],
                server: server))
    }

    private func held(_ place: ServerPlace, _ reply: ScriptReply?) -> AccessError {
        let words = reply.flatMap(HeldLock.init)?.inWords ?? "another run holds the lock of \(place.home)"
        return AccessError(.lockHeld, host: place.name.host, server: place.name, words)
    }
}

extension HeldLock {
    /// Reads the lines of a lock file and its age.
    init?(_ reply: ScriptReply) {
        guard let run = reply["run"] else { return nil }
        let owner = LockOwner(
            run: run, operatorName: reply["operator"] ?? "", machine: reply["machine"] ?? "",
            since: reply["since"] ?? "", attempt: reply["attempt"] ?? "", origin: reply["origin"] ?? "")
        self.init(owner: owner, age: reply["age"].flatMap { Int($0) }.map { .seconds($0) })
    }
}
