package import EnsembleAccess
package import EnsembleModel
import Foundation
import PlanLanguage
import PlanVerification

extension Applier {
    /// Counts what an ended run keeps on each host for going back, and removes it where asked to. Backups never go away by themselves.
    ///
    /// A run that can still be resumed needs them, so it is refused. Afterwards the run can't be rolled back any more.
    package func prune(
        _ run: RunFolder, removing: Bool
    ) async throws(ExecutionError) -> [(server: ServerName, kept: Result<KeptBackups, AccessError>)] {
        _ = try run.history()
        let summary = store.summary(of: run)
        switch summary.outcome {
        case .succeeded, .rolledBack: break
        case .running:
            throw ExecutionError(
                .runStillAlive, "Run \(run.run) is under way, so its backups are needed.",
                remedy: "Wait for its end; `zkops run show \(run.run)` tells how far it is.")
        case .stopped, .failed, .interrupted:
            let place = summary.step.map { " at step \($0)" } ?? ""
            throw ExecutionError(
                .guardRefused,
                "Run \(run.run) ended\(place) (\(summary.outcome.rawValue)) and can still go on or go back, for which its backups are needed.",
                remedy:
                    "`zkops run resume \(run.run)` goes on, `zkops run rollback \(run.run)` goes back; prune it after that.",
                nothingChanged: true)
        }
        var lock: OperatorLock?
        if removing {
            // Nobody goes back with half of the backups.
            lock = try OperatorLock.claim(store.lockPath(of: run.ensemble))
            guard lock != nil else {
                throw OperatorLock.held(OperatorLock.holder(of: store.lockPath(of: run.ensemble)), run.ensemble)
            }
            try run.markPruned()
        }
        defer { withExtendedLifetime(lock) {} }
        let plan = try run.plan(readFile: Self.readFile)
        let servers = plan.lockedServers
        let directories = plan.dataDirectories
        let results = await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.backups(
                of: run.run, on: server, in: directories[server] ?? [], removing: removing)
        }
        return zip(servers, results).map { ($0, $1) }
    }
}

extension ResolvedPlan {
    /// The directories of data of each server before, between and after the plan's actions.
    fileprivate var dataDirectories: [ServerName: [String]] {
        guard let facts else { return [:] }
        var state = EnsembleState(facts: facts, inventory: inventory)
        var found: [ServerName: Set<String>] = [:]
        func note() {
            for (server, now) in state.servers {
                guard let config = now.config.map({ ZooConfig($0) }) else { continue }
                found[server, default: []].formUnion([config.dataDir, config.transactionLogDir].compactMap { $0 })
            }
        }
        note()
        for action in everyAction {
            guard case .editFile(.config, _) = action.operation else { continue }
            action.operation.apply(to: &state)
            note()
        }
        return found.mapValues { $0.sorted() }
    }
}

extension RunFolder {
    private var prunedPath: String { path + "/pruned" }

    /// Before anything is removed, so that nobody goes back with half of the backups.
    fileprivate func markPruned() throws(ExecutionError) {
        if !isPruned { try DurableFile.make(prunedPath, "") }
    }

    var isPruned: Bool { FileManager.default.fileExists(atPath: prunedPath) }

    func refuseIfPruned() throws(ExecutionError) {
        guard isPruned else { return }
        throw ExecutionError(
            .runHasEnded, "The backups of run \(run) were removed, so it can't be rolled back any more.",
            remedy: "Write a plan for the way back.")
    }
}
