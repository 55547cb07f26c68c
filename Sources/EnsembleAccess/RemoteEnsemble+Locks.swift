package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func lock(_ server: ServerName, owner: LockOwner) async throws(AccessError) {
        let place = try place(server)
        let call = ScriptCall(
            name: "lock", script: RemoteScripts.lock,
            arguments: [place.home] + [owner.run, owner.operatorName, owner.machine, owner.since].map(oneLine),
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
                name: "unlock", script: RemoteScripts.unlock, arguments: [place.home, oneLine(owner.run)],
                server: server))
        memory.noteLock(server, run: nil)
    }

    package func lockOwner(_ server: ServerName) async throws(AccessError) -> LockOwner? {
        let place = try place(server)
        let reply = try await look(
            server.host,
            ScriptCall(
                name: "lockOwner", script: RemoteScripts.lockOwner, arguments: [place.home], server: server))
        return LockOwner(reply)
    }

    private func held(_ place: ServerPlace, _ reply: ScriptReply?) -> AccessError {
        guard let reply, let owner = LockOwner(reply) else {
            return AccessError(
                .lockHeld, host: place.name.host, server: place.name, "another run holds the lock of \(place.home)")
        }
        let age = reply["age"].map { ", and last renewed it \($0) s ago" } ?? ""
        return AccessError(
            .lockHeld, host: place.name.host, server: place.name,
            "run \(owner.run) of \(owner.operatorName) on \(owner.machine) has held the lock since \(owner.since)\(age); "
                + "wait for it, or, where that run is dead, `zkops run resume \(owner.run)` there, or remove "
                + "\(place.home)/.zkops/lock")
    }
}

extension LockOwner {
    /// Reads the lines of a lock file.
    init?(_ reply: ScriptReply) {
        guard let run = reply["run"] else { return nil }
        self.init(
            run: run, operatorName: reply["operator"] ?? "", machine: reply["machine"] ?? "",
            since: reply["since"] ?? "")
    }
}
