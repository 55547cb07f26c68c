import Checksums
package import EnsembleModel
import Glibc
import RemoteHosts

extension RemoteEnsemble {
    package func install(
        _ server: ServerName, archive: String, sha256: String, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        let place = try place(server)
        let installed = ScriptCall(
            name: "installed", script: RemoteScripts.installed, arguments: [place.home], server: server)
        // The archive is not sent where it has been unpacked already; the script that unpacks looks again.
        let isThere = try await look(server.host, installed)["archive"] == sha256
        try await refuseDataInHome(place)
        let reader = isThere ? nil : try LocalFileReader(archive, server: server)
        let call = ScriptCall(
            name: "install", script: RemoteScripts.install,
            arguments: [
                place.home, place.configPath, mutation.run, backups(place, mutation), sha256, String(reader?.size ?? 0),
            ], server: server, limit: .seconds(900), input: reader?.source)
        return try await changed(server.host, call)
    }

    package func uninstall(
        _ server: ServerName, isCertain: Bool = false, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        let place = try place(server)
        return try await changed(
            server.host,
            ScriptCall(
                name: "uninstall", script: RemoteScripts.uninstall,
                arguments: [
                    place.home, place.configPath, mutation.run, backups(place, mutation), isCertain ? "certain" : "",
                ], server: server, limit: .seconds(120)))
    }

    /// Moving a home aside would take data inside it along: the server would start empty.
    private func refuseDataInHome(_ place: ServerPlace) async throws(AccessError) {
        let seen = try await serverLook(place)
        let inside = [seen.dataDir, seen.dataLogDir].compactMap { $0 }.first { ($0 + "/").hasPrefix(place.home + "/") }
        guard let inside, !seen.summary.isEmpty else { return }
        throw AccessError(
            .dataNotEmpty, host: place.name.host, server: place.name,
            "its data lies in \(inside), inside the home that the new software would replace; move dataDir and "
                + "dataLogDir out of \(place.home) first")
    }
}

/// Reads a local file piece by piece.
actor LocalFileReader {
    nonisolated let size: Int
    private let descriptor: Int32

    init(_ path: String, server: ServerName) throws(AccessError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw AccessError(
                .fileMissing, host: server.host, server: server, "the archive \(path) can't be opened on this machine")
        }
        var status = stat()
        unsafe fstat(descriptor, &status)
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    nonisolated var source: ByteSource { { await self.next() } }

    private func next() -> [UInt8]? {
        let piece = unsafe [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
            count = unsafe max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return piece.isEmpty ? nil : piece
    }
}
