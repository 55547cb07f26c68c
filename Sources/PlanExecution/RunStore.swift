import EnsembleModel
import Foundation
import PlanLanguage
package import PlanVerification

/// All runs, under the state directory: `runs/RUN/`, and `locks/ENSEMBLE.lock`.
package struct RunStore: Sendable {
    package let directory: String

    package init(directory: String) { self.directory = directory }

    private var runs: String { directory + "/runs" }

    func lockPath(of ensemble: String) -> String { "\(directory)/locks/\(Self.fileName(ensemble)).lock" }

    /// `ENSEMBLE-YYYYMMDD-HHMMSS-xxxx`, in UTC.
    static func newRun(ensemble: String, world: World) -> String {
        let digits = String(world.random() & 0xffff, radix: 16)
        let suffix = String(repeating: "0", count: 4 - digits.count) + digits
        return "\(fileName(ensemble))-\(Timestamps.compact(world.now()))-\(suffix)"
    }

    /// Names may hold what a file name can't.
    private static func fileName(_ text: String) -> String {
        let safe = text.unicodeScalars.map { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
                    || scalar == "-")
                ? Character(scalar) : "_"
        }
        return safe.isEmpty ? "ensemble" : String(safe)
    }

    /// Makes the folder of a new run.
    package func create(plan: VerifiedPlan, world: World) throws(ExecutionError) -> RunFolder {
        let run = Self.newRun(ensemble: plan.plan.inventory.ensemble, world: world)
        return try make(run, plan: plan.plan, world: world)
    }

    func make(_ run: String, plan: ResolvedPlan, world: World) throws(ExecutionError) -> RunFolder {
        try RunFolder.make("\(runs)/\(run)", run: run, plan: plan, world: world)
    }

    /// The newest run of an ensemble, where it changed something and was neither finished nor undone.
    package func unfinished(of ensemble: String) -> RunSummary? {
        guard let newest = list().first(where: { $0.ensemble == ensemble }),
            [.failed, .stopped, .interrupted].contains(newest.outcome),
            let history = try? folder(newest.run).history(), history.mayHaveChanged
        else { return nil }
        return newest
    }

    /// The newest run of the same ensemble that began later, and changed something.
    func laterRun(than run: RunFolder) -> RunSummary? {
        list().first { other in
            other.ensemble == run.ensemble && other.startedAt > run.manifest.startedAt && other.run != run.run
                && (try? folder(other.run).history())?.mayHaveChanged == true
        }
    }

    /// The commands that settle a run which has not ended.
    func waysOn(_ run: String) -> String {
        Self.waysOn(run, isGoingBack: (try? folder(run).history())?.isGoingBack ?? false)
    }

    package static func waysOn(_ run: String, isGoingBack: Bool) -> String {
        isGoingBack
            ? "`zkops run resume \(run)` goes on going back."
            : "`zkops run resume \(run)` goes on, `zkops run rollback \(run)` goes back."
    }

    /// Whether nothing is left to go on with.
    func hasEnded(_ run: String) -> Bool {
        let outcome = (try? folder(run).history())?.end?.outcome
        return outcome == .succeeded || outcome == .rolledBack
    }

    /// Newest first. A folder whose journal can't be read is listed as interrupted, never left out.
    package func list() -> [RunSummary] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
        return names.compactMap { try? folder($0).summary(lock: lockPath) }
            .sorted { ($0.startedAt, $0.run) > ($1.startedAt, $1.run) }
    }

    /// A run as ``list()`` shows it.
    package func summary(of folder: RunFolder) -> RunSummary { folder.summary(lock: lockPath) }

    /// - Parameter run: the run's name, or the beginning of it where only one run begins so.
    package func open(_ run: String) throws(ExecutionError) -> RunFolder {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []).sorted()
        if names.contains(run) { return try folder(run) }
        let matching = names.filter { $0.hasPrefix(run) }
        if matching.count == 1 { return try folder(matching[0]) }
        let which =
            matching.isEmpty
            ? "No run is called \(run)" : "Several runs begin with \(run): \(matching.joined(separator: ", "))"
        throw ExecutionError(.runNotFound, "\(which).", remedy: "See `zkops run list`.")
    }

    /// Removes the runs that were made with this inventory, for ensembles that are gone themselves; one that is under way stays.
    /// - Parameter path: absolute.
    /// - Returns: the runs that are gone.
    package func removeRuns(ofInventory path: String) throws(ExecutionError) -> [String] {
        func standard(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        var removed: [String] = []
        for summary in list() where summary.outcome != .running {
            let folder = try folder(summary.run)
            guard standard(folder.manifest.inventoryPath) == standard(path) else { continue }
            do {
                try FileManager.default.removeItem(atPath: folder.path)
            } catch {
                throw ExecutionError(
                    .stateDirectoryUnusable, "\(folder.path) can't be removed: \(error.localizedDescription).")
            }
            try nameOff(summary.ensemble, summary.run)?.release()
            removed.append(summary.run)
        }
        return removed
    }

    /// Takes the name of a run that died off the lock of an ensemble, if it stands there.
    ///
    /// - Returns: the lock's origin, as the locks on hosts name it; nil where it was not this run's.
    package func forgetLock(of ensemble: String, run: String, world: World) throws(ExecutionError) -> String? {
        guard let lock = try nameOff(ensemble, run) else { return nil }
        lock.release()
        return lock.origin(world)
    }

    private func nameOff(_ ensemble: String, _ run: String) throws(ExecutionError) -> OperatorLock? {
        let path = lockPath(of: ensemble)
        guard OperatorLock.holder(of: path)?.run == run else { return nil }
        if let lock = try OperatorLock.claim(path) { return lock }
        throw ExecutionError(
            .runStillAlive, "Run \(run) is under way, so its locks are not given up.", remedy: "Interrupt it first.")
    }

    private func folder(_ run: String) throws(ExecutionError) -> RunFolder {
        try RunFolder(path: "\(runs)/\(run)")
    }
}

/// A run as lists show it.
package struct RunSummary: Sendable, Hashable {
    package var run: String
    package var ensemble: String
    package var plan: String
    package var outcome: RunOutcome
    /// The step in hand, or the last one.
    package var step: String?
    /// Seconds since 1970.
    package var startedAt: Double
    package var endedAt: Double?
    /// Where a rollback that was finished has led; nil elsewhere.
    package var rolledBackTo: RollbackTarget?
    /// Whether a resume goes on going back; see ``RunHistory/isGoingBack``.
    package var isGoingBack = false
}
