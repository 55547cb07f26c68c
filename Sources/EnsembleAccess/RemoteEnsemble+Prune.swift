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
        of run: String, on server: ServerName, in earlier: [String] = [], removing: Bool
    ) async throws(AccessError) -> KeptBackups {
        let place = try place(server)
        var data = Set(earlier.filter { $0.hasPrefix("/") && !$0.pathParts.contains("..") })
        do throws(AccessError) {
            let directories = try await dataDirectories(place)
            data.formUnion([directories.data, directories.logs])
        } catch {
            // Without a configuration no data of the server can have been moved aside.
            guard error.code == .fileMissing || error.code == .configurationInvalid else { throw error }
        }
        let folders = ["\(place.home)/.zkops/backups"] + data.sorted().map { "\($0)/.zkops" }
        let call = ScriptCall(
            name: "prune", script: RemoteScripts.prune, arguments: [run, removing ? "remove" : "count"] + folders,
            server: server, limit: .seconds(300))
        let reply = removing ? try await change(server.host, call) : try await look(server.host, call)
        return KeptBackups(files: reply.number("files") ?? 0, bytes: (reply.number("kilobytes") ?? 0) << 10)
    }
}
