import EnsembleAccess
import Foundation

/// The lock of an ensemble on the operator's machine. It ends with the process, and its file keeps saying whose it was: what a run
/// that died had begun must be finished or undone before another begins.
final class OperatorLock: Sendable {
    struct Holder: Sendable, Codable {
        var run: String
        var operatorName: String
        var machine: String
        var processID: Int32
        var since: String
    }

    private let file: DurableFile

    private init(_ file: DurableFile) { self.file = file }

    /// - Parameter takingOver: whether a lock that this same run left behind when its process died is taken.
    static func take(
        _ path: String, for holder: Holder, ensemble: String, world: World, options: ApplyOptions, store: RunStore
    ) async throws(ExecutionError) -> OperatorLock {
        try DurableFile.makeDirectory((path as NSString).deletingLastPathComponent)
        let file = try DurableFile(path)
        let begin = world.monotonic()
        while try !file.lock() {
            guard world.monotonic() - begin < options.lockTimeout else {
                throw held(Self.holder(of: path), ensemble)
            }
            try await options.waitForLock(world)
        }
        if let left = Self.holder(of: path), left.run != holder.run {
            throw leftBehind(left, ensemble, now: world.now(), store)
        }
        let text = (try? JSONEncoder().encode(holder)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        try file.truncate(to: 0)
        try file.append(text + "\n")
        try file.flush()
        return OperatorLock(file)
    }

    /// Which lock it is: no other machine, and no other state directory, has the same.
    func origin(_ world: World) -> String { "\(world.machine) \(file.identity)" }

    /// Takes the lock without a name, for work on a run that must not begin meanwhile.
    /// - Returns: nil where a process holds it.
    static func claim(_ path: String) throws(ExecutionError) -> OperatorLock? {
        try DurableFile.makeDirectory((path as NSString).deletingLastPathComponent)
        let file = try DurableFile(path)
        return try file.lock() ? OperatorLock(file) : nil
    }

    /// The run has ended: its name goes, and the lock itself with this value.
    func release() { try? file.truncate(to: 0) }

    static func holder(of path: String) -> Holder? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Holder.self, from: $0) }
    }

    static func isHeld(_ path: String) -> Bool {
        guard FileManager.default.fileExists(atPath: path), let file = try? DurableFile(path) else { return false }
        return file.isLocked
    }

    /// What a run that died had begun must be finished or undone before another begins.
    /// - Parameter now: seconds since 1970.
    static func leftBehind(_ holder: Holder, _ ensemble: String, now: Double, _ store: RunStore) -> ExecutionError {
        let ago = Timestamps.seconds(holder.since).map { " (\(Duration.seconds(now - $0).asAge) ago)" } ?? ""
        return ExecutionError(
            .lockHeld,
            "Run \(holder.run) of \(holder.operatorName) on \(holder.machine), taken in hand \(holder.since)\(ago), ended without finishing,"
                + " and what it did to \(ensemble) is not settled.",
            remedy:
                "\(store.waysOn(holder.run)) Or give it up with `zkops run unlock \(holder.run) --reason …`.")
    }

    static func held(_ holder: Holder?, _ ensemble: String) -> ExecutionError {
        guard let holder else {
            return ExecutionError(.lockHeld, "Another run holds \(ensemble).", remedy: "See `zkops run list`.")
        }
        return ExecutionError(
            .lockHeld,
            "Run \(holder.run) of \(holder.operatorName) on \(holder.machine) (process \(holder.processID)) holds \(ensemble)"
                + " since \(holder.since).",
            remedy: "Wait for it, or see `zkops run show \(holder.run)`.")
    }
}
