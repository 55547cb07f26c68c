package import EnsembleModel

/// What a run keeps on a host for going back.
package struct KeptBackups: Sendable, Hashable {
    package var files: Int
    package var bytes: Int

    package init(files: Int, bytes: Int) {
        self.files = files
        self.bytes = bytes
    }
}

extension RemoteEnsemble {
    package func backups(
        of run: String, on server: ServerName, removing: Bool
    ) async throws(AccessError) -> KeptBackups {
        let place = try place(server)
        var folders = ["\(place.home)/.zkops/backups"]
        do throws(AccessError) {
            let directories = try await dataDirectories(place)
            folders += Set([directories.data, directories.logs]).sorted().map { "\($0)/.zkops" }
        } catch {
            // Without a configuration no data of the server can have been moved aside.
            guard error.code == .fileMissing || error.code == .configurationInvalid else { throw error }
        }
        let call = ScriptCall(
            name: "prune", script: RemoteScripts.prune, arguments: [run, removing ? "remove" : "count"] + folders,
            server: server, limit: .seconds(300))
        let reply = removing ? try await change(server.host, call) : try await look(server.host, call)
        return KeptBackups(files: reply.number("files") ?? 0, bytes: (reply.number("kilobytes") ?? 0) << 10)
    }
}
