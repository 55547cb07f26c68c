import Checksums
import EnsembleModel

/// Where a file of a plan lies, and what protects it.
struct FileLocation: Sendable {
    var host: String
    var server: ServerName?
    var path: String
    /// The home whose lock covers the file; nil for a file of the host.
    var home: String?
    /// The configuration file of the server, for files that it reads only when it starts.
    var startedWith: String?

    /// Under which name a backup of the file is kept: paths may be longer than a file name may be.
    var backupName: String { "file-" + SHA256.hexDigest(of: path.utf8).prefix(24) }
}

extension RemoteEnsemble {
    func locate(_ file: FilePlace) async throws(AccessError) -> FileLocation {
        switch file {
        case .config(let server):
            let place = try place(server)
            return FileLocation(
                host: server.host, server: server, path: place.configPath, home: place.home,
                startedWith: place.configPath)
        case .myid(let server):
            let place = try place(server)
            let directories = try await dataDirectories(place)
            return FileLocation(
                host: server.host, server: server, path: directories.data + "/myid", home: place.home,
                startedWith: place.configPath)
        case .installation(let server, let path):
            let place = try place(server)
            return FileLocation(
                host: server.host, server: server, path: path.hasPrefix("/") ? path : place.home + "/" + path,
                home: place.home)
        case .host(let host, let path):
            return FileLocation(host: host, path: path)
        }
    }

    /// dataDir and dataLogDir as the configuration file says now, and the sum of that file.
    struct DataDirectories: Sendable {
        var data: String
        var logs: String
        var configSum: String
    }

    func dataDirectories(_ place: ServerPlace) async throws(AccessError) -> DataDirectories {
        let call = ScriptCall(
            name: "readFile", script: RemoteScripts.readFile, arguments: [place.configPath, String(1 << 20)],
            server: place.name)
        let reply = try await look(place.name.host, call)
        guard let bytes = reply.blobs["content"] else {
            throw error(.fileMissing, place.name.host, call, "there is no configuration file \(place.configPath)")
        }
        let config = ZooConfig(TextEncoding.decode(bytes).text)
        guard let data = config.dataDir, let logs = config.transactionLogDir else {
            throw error(.configurationInvalid, place.name.host, call, "\(place.configPath) names no dataDir")
        }
        for (key, path) in [("dataDir", data), ("dataLogDir", logs)] {
            let parts = path.pathParts
            guard path.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else {
                throw error(
                    .configurationInvalid, place.name.host, call,
                    "\(key)=\(path) in \(place.configPath) must be an absolute path without `..` to be worked on")
            }
        }
        return DataDirectories(
            data: withoutSlash(data), logs: withoutSlash(logs), configSum: SHA256.hexDigest(of: bytes))
    }

    private func withoutSlash(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
