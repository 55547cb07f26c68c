import Checksums
import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func replaceFile(
        _ file: FilePlace, with bytes: [UInt8], mode: UInt16?, expected: String?, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        let located = try await locate(file)
        let call = ScriptCall(
            name: "replaceFile", script: RemoteScripts.replaceFile,
            arguments: [
                located.path, try lockHome(located, mutation), mutation.run, try backups(located, mutation),
                located.backupName, expected ?? "none", SHA256.hexDigest(of: bytes),
                mode.map { String($0, radix: 8) } ?? "", located.startedWith ?? "",
            ], server: located.server, limit: .seconds(60), input: source(of: bytes))
        return try await changed(located.host, call)
    }

    package func restoreFile(
        _ file: FilePlace, isCertain: Bool = false, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        let located = try await locate(file)
        let call = ScriptCall(
            name: "restoreFile", script: RemoteScripts.restoreFile,
            arguments: [
                located.path, try lockHome(located, mutation), mutation.run, try backups(located, mutation),
                located.backupName, isCertain ? "certain" : "", located.startedWith ?? "",
            ], server: located.server)
        return try await changed(located.host, call)
    }

    package func process(
        with file: FilePlace, replacedBy mutation: Mutation
    ) async throws(AccessError) -> ProcessIdentity? {
        let located = try await locate(file)
        guard let server = located.server else { return nil }
        let call = ScriptCall(
            name: "startedSince", script: RemoteScripts.startedSince,
            arguments: [
                try place(server).configPath, try backups(located, mutation) + "/" + located.backupName + ".meta",
            ], server: server)
        return ServerLook.process(in: try await look(located.host, call)).0
    }

    /// The home whose lock covers the file: its installation's, else that of a server which this run has locked on the host, else none.
    private func lockHome(_ located: FileLocation, _ mutation: Mutation) throws(AccessError) -> String {
        if let home = located.home { return home }
        guard let server = memory.lockedServers(host: located.host, run: mutation.run).first else { return "" }
        return try place(server).home
    }

    private func backups(_ located: FileLocation, _ mutation: Mutation) throws(AccessError) -> String {
        if let server = located.server { return backups(try place(server), mutation) }
        // A file of the host belongs to no installation; its backup lies where root's or the account's state does.
        return located.path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/.zkops/backups/"
            + mutation.run + "/" + mutation.fileName
    }
}

/// All bytes in pieces of 64 KB.
func source(of bytes: [UInt8]) -> ByteSource {
    let pieces = Pieces(bytes)
    return { await pieces.next() }
}

private actor Pieces {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func next() -> [UInt8]? {
        guard place < bytes.count else { return nil }
        let end = min(place + (64 << 10), bytes.count)
        defer { place = end }
        return Array(bytes[place..<end])
    }
}
