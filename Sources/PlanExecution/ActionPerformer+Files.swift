import Checksums
import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage

/// `set_myid`, `edit_config`, `edit_file`, `put_file`, `install`.
extension ActionPerformer {
    func setMyid(_ server: ServerName, _ id: ServerID) async throws(ExecutionError) -> ActionResult {
        let file = try await read(.myid(server))
        // ZooKeeper reads the first line as it stands; a blank in it is fatal.
        let line = file.map { String(decoding: $0.bytes, as: UTF8.self) }?.split(separator: "\n").first
        if line == "\(id)"[...] { return try already() }
        return try await replace(.myid(server), file, with: Array("\(id)\n".utf8), mode: nil)
    }

    func edit(_ target: EditTarget, _ edit: TextEdit) async throws(ExecutionError) -> ActionResult {
        let file = try await read(target.place)
        let decoded = file.map { TextEncoding.decode($0.bytes) }
        let edited: String
        do throws(EditError) {
            edited = try edit.applied(to: decoded?.text, target: target)
        } catch {
            throw ExecutionError(
                .actionFailed, "\(target.words) can't be edited: \(error.message).", remedy: error.remedy,
                server: target.server)
        }
        guard let bytes = (decoded?.encoding ?? .utf8).encode(edited) else {
            throw ExecutionError(
                .actionFailed, "\(target.words) is in ISO 8859-1, and the edit holds characters that this lacks.",
                remedy: "Write them as \\uXXXX escapes, or convert the file to UTF-8.", server: target.server)
        }
        if bytes == file?.bytes { return try already() }
        return try await replace(target.place, file, with: bytes, mode: nil)
    }

    func put(_ target: EditTarget, _ content: PutContent, _ mode: UInt16?) async throws(ExecutionError) -> ActionResult
    {
        let bytes: [UInt8]
        switch content {
        case .text(let text): bytes = Array(text.utf8)
        case .file(let path, let sum):
            bytes = try localFile(path)
            guard SHA256.hexDigest(of: bytes) == sum else { throw changed(path) }
        }
        let file = try await read(target.place)
        if let file, file.bytes == bytes, mode == nil || mode == file.mode { return try already() }
        return try await replace(target.place, file, with: bytes, mode: mode)
    }

    func install(_ server: ServerName, _ archive: String, _ sum: String) async throws(ExecutionError) -> ActionResult {
        guard try LocalSum.sha256(ofFile: archive) == sum else { throw changed(archive) }
        try begin(ActionIntent(changes: true))
        let change = try await self.change { () async throws(AccessError) in
            try await control.install(server, archive: archive, sha256: sum, under: mutation)
        }
        return ActionResult(change: change)
    }

    // MARK: Files of hosts

    private func read(_ place: FilePlace) async throws(ExecutionError) -> FileContents? {
        try await look { () async throws(AccessError) in try await control.readFile(place) }
    }

    private func already() throws(ExecutionError) -> ActionResult {
        try begin(ActionIntent(changes: false), then: ActionResult(change: .already))
    }

    private func replace(
        _ place: FilePlace, _ file: FileContents?, with bytes: [UInt8], mode: UInt16?
    ) async throws(ExecutionError) -> ActionResult {
        try begin(ActionIntent(changes: true))
        let change = try await self.change { () async throws(AccessError) in
            try await control.replaceFile(place, with: bytes, mode: mode, expected: file?.sha256, under: mutation)
        }
        return ActionResult(change: change)
    }

    private func localFile(_ path: String) throws(ExecutionError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ExecutionError(
                .actionFailed, "\(path) can't be read.", remedy: "Put the file back, then resume the run.")
        }
        return Array(data)
    }

    private func changed(_ path: String) -> ExecutionError {
        ExecutionError(
            .actionFailed, "\(path) is not the file that the plan was reviewed with: its SHA-256 differs.",
            remedy: "Put that file back, or make and review the plan anew.")
    }
}

extension EditTarget {
    var place: FilePlace {
        switch self {
        case .config(let server): .config(server)
        case .file(let server, let path): .installation(server, path: path)
        }
    }
}

enum LocalSum {
    /// In 64 hexadecimal digits; read piece by piece, since archives are large.
    static func sha256(ofFile path: String) throws(ExecutionError) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw ExecutionError(
                .actionFailed, "\(path) can't be read.", remedy: "Put the file back, then resume the run.")
        }
        defer { try? file.close() }
        var sum = SHA256()
        while let piece = try? file.read(upToCount: 1 << 20), !piece.isEmpty { sum.update(piece) }
        return sum.hexDigest()
    }
}
