import Checksums
import Synchronization

/// Files to and from a host: by commands of its session, and by something faster where the session has it.
struct FileTransfer: Sendable {
    /// Stores a source in a temporary file beside a path; nil where the host lacks what it takes, and then nothing was
    /// taken from the source.
    typealias FastStore =
        @Sendable (FileTransfer, SummedSource, String, ContinuousClock.Instant) async throws(HostError) -> Stored?

    let session: any HostSession
    let usesSudo: Bool
    let nonces: NonceSource
    var fastStore: FastStore?

    private var host: String { session.host }

    func write(
        _ source: @escaping ByteSource, to path: String, mode: UInt16, limit: Duration
    ) async throws(HostError) -> String {
        let deadline = ContinuousClock.now + limit
        let summed = SummedSource(source)
        let stored = try await store(summed, to: path, until: deadline)
        let sum = summed.sum()
        let placed: CommandResult
        do {
            placed = try await finish(
                FileScripts.place, [stored.temporary, stored.target, String(mode, radix: 8), sum], until: deadline)
        } catch {
            await remove(stored.temporary)
            throw error
        }
        guard placed.succeeded else {
            if case .lost = placed.end { await remove(stored.temporary) }
            throw placeFailure(placed, path, sum)
        }
        return sum
    }

    func read(_ path: String, limitBytes: Int) async throws(HostError) -> [UInt8] {
        let kept = Mutex<[UInt8]>([])
        let tooLarge = error(
            .fileTooLarge, "\(path) is larger than \(limitBytes) bytes, the most that is read of such a file.")
        let result = try await session.run(
            RemoteCommand(FileScripts.read, [path], becomes: usesSudo), input: nil,
            output: { piece in
                let size = kept.withLock { kept in
                    kept.append(contentsOf: piece)
                    return kept.count
                }
                if size > limitBytes { throw tooLarge }
            }, limit: .seconds(60))
        guard result.succeeded else { throw failure(result, path, "read") }
        return kept.withLock { $0 }
    }

    // MARK: Storing

    struct Stored {
        var temporary: String
        var target: String
    }

    private func store(
        _ source: SummedSource, to path: String, until deadline: ContinuousClock.Instant
    ) async throws(HostError) -> Stored {
        if let fastStore, let stored = try await fastStore(self, source, path, deadline) { return stored }
        return try await storeByCat(source, to: path, until: deadline)
    }

    /// Hidden, in the same directory as its target, and different each time.
    static func temporaryName(for path: String, nonce: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return ".\(path).zkops-\(nonce)" }
        return "\(path[...slash]).\(path[path.index(after: slash)...]).zkops-\(nonce)"
    }

    private func storeByCat(
        _ source: SummedSource, to path: String, until deadline: ContinuousClock.Instant
    ) async throws(HostError) -> Stored {
        let nonce = nonces.text()
        let likely = Self.temporaryName(for: path, nonce: nonce)
        let result: CommandResult
        do {
            result = try await session.run(
                RemoteCommand(FileScripts.store, [path, nonce], becomes: usesSudo), input: source.next, output: nil,
                limit: deadline - .now)
        } catch {
            await remove(likely)
            throw error
        }
        guard result.succeeded else {
            if case .lost = result.end { await remove(likely) }
            throw failure(result, path, "written")
        }
        let names = result.output.split(separator: 0, omittingEmptySubsequences: false)
        guard names.count == 3 else { throw error(.transferFailed, "\(path): the host's answer makes no sense.") }
        return Stored(
            temporary: String(decoding: names[0], as: UTF8.self), target: String(decoding: names[1], as: UTF8.self))
    }

    // MARK: Commands

    private func finish(
        _ script: String, _ arguments: [String], until deadline: ContinuousClock.Instant
    ) async throws(HostError) -> CommandResult {
        try await session.run(
            RemoteCommand(script, arguments, becomes: usesSudo), input: nil, output: nil, limit: deadline - .now)
    }

    /// Removes what a failed write left, also when the task is cancelled; where that fails too, nothing more can be done.
    func remove(_ path: String) async {
        await Task {
            _ = try? await session.run(
                RemoteCommand(FileScripts.remove, [path], becomes: usesSudo), input: nil, output: nil,
                limit: .seconds(10))
        }.value
    }

    // MARK: Errors

    func error(_ code: HostError.Code, _ message: String) -> HostError {
        HostError(code, host: host, message)
    }

    func stopped(_ phase: CommandEnd.LostPhase, _ path: String) -> HostError {
        switch phase {
        case .cancelled: error(.cancelled, "The transfer of \(path) was cancelled.")
        case .limitPassed: error(.limitPassed, "The limit passed during the transfer of \(path).")
        case .connectionLost: error(.connectionLost, "The connection was lost during the transfer of \(path).")
        }
    }

    func noSpace(_ path: String) -> HostError {
        error(.noSpace, "\(path) can't be written: its file system is full. Nothing was changed; make room there.")
    }

    func readOnly(_ path: String) -> HostError {
        error(
            .readOnly,
            "\(path) can't be written: it is on a read-only file system. Nothing was changed; see why the host mounted it so."
        )
    }

    private func placeFailure(_ result: CommandResult, _ path: String, _ sum: String) -> HostError {
        if result.end == .exited(FileScripts.Code.sumDiffers) {
            return error(
                .checksumDiffers,
                "\(path): what arrived (SHA-256 \(result.outputText)) is not what was sent (\(sum)). The old file is "
                    + "untouched; try again, and check the host's disk.")
        }
        if result.end == .exited(FileScripts.Code.noSumProgram) {
            return error(
                .transferFailed,
                "\(path) can't be checked: the host has none of sha256sum, busybox, openssl and shasum; install one.")
        }
        return failure(result, path, "written")
    }

    private func failure(_ result: CommandResult, _ path: String, _ what: String) -> HostError {
        switch result.end {
        case .lost(let phase): return stopped(phase, path)
        case .exited(FileScripts.Code.notFound):
            return error(.fileNotFound, "\(path) can't be \(what): it, or its directory, is not there.")
        case .exited(FileScripts.Code.notPermitted):
            return error(.permissionDenied, "\(path) can't be \(what): this user may not.")
        case .exited(FileScripts.Code.isDirectory):
            return error(.transferFailed, "\(path) can't be \(what): it is a directory.")
        case .exited(FileScripts.Code.noSpace): return noSpace(path)
        case .exited(FileScripts.Code.readOnly): return readOnly(path)
        default:
            let text = result.errorText.split(separator: "\n").last.map { ": \($0)" } ?? ""
            return error(.transferFailed, "\(path) can't be \(what) (\(result.end))\(text).")
        }
    }
}

/// A source whose bytes are summed as they pass.
final class SummedSource: Sendable {
    private let source: ByteSource
    private let sums = Mutex<SHA256?>(SHA256())

    init(_ source: @escaping ByteSource) {
        self.source = source
    }

    @Sendable
    func next() async throws -> [UInt8]? {
        let piece = try await source()
        if let piece { sums.withLock { $0?.update(piece) } }
        return piece
    }

    /// The SHA-256 of what has passed, in hexadecimal. To be asked once, at the end.
    func sum() -> String {
        sums.withLock { sum in
            sum.take()?.hexDigest() ?? ""
        }
    }
}
