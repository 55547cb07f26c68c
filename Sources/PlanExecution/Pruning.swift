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
        let history = try run.history()
        guard let outcome = history.end?.outcome, outcome == .succeeded || outcome == .rolledBack else {
            throw ExecutionError(
                .runStillAlive, "Run \(run.run) has not come to its end, so its backups are needed.",
                remedy: "Resume it or roll it back first.")
        }
        if removing { try run.markPruned() }
        let servers = try run.plan(readFile: Self.readFile).lockedServers
        let results = await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.backups(of: run.run, on: server, removing: removing)
        }
        return zip(servers, results).map { ($0, $1) }
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
