import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage

/// Where a backup is gone, somebody may have put back what it held, from a copy or from another server.
///
/// Judged by the facts and the plan: a file has to be as it was before the action; data have to be there, of the epoch that the facts
/// tell or a later one; software has to be of the version that was there, with the configuration that was there.
struct PutBackByHand: Sendable {
    let context: ExecutionContext
    let history: RunHistory

    /// Goes back, and takes a backup that is gone for a change that is undone where it was put back by hand.
    func unlessDone(
        _ inverse: UndoAction.Inverse, before action: String, _ goBack: () async throws(AccessError) -> Change
    ) async throws(AccessError) -> Change {
        do throws(AccessError) { return try await goBack() } catch {
            guard error.code == .backupMissing, try await isBack(inverse, before: action) else { throw error }
            context.report.send(.warning("\(error). What is there now was taken for it."))
            return .already
        }
    }

    private func isBack(_ inverse: UndoAction.Inverse, before action: String) async throws(AccessError) -> Bool {
        switch inverse {
        case .restoreFile(let place): try await isBack(place, before: action)
        case .restoreData(let server): try await dataAreBack(server)
        case .uninstall(let server): try await softwareIsBack(server, before: action)
        case .start, .stop, .removeCopiedData, .deleteZnodes, .reconfig, .command, .impossible: false
        }
    }

    private func state(_ server: ServerName, before action: String) -> ServerState? {
        history.statesBefore(of: context.plan)?[action]?.servers[server]
    }

    private func isBack(_ place: FilePlace, before action: String) async throws(AccessError) -> Bool {
        guard let server = place.server, let before = state(server, before: action) else { return false }
        let now = try await context.control.readFile(place).map { TextEncoding.decode($0.bytes).text }
        switch place {
        case .config: return now != nil && now == before.config
        case .myid: return now.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } == before.myid?.description
        case .installation(_, let path): return now == before.files[path]
        case .host: return false
        }
    }

    /// Epochs and no zxids: of two servers with the same transactions, one may have begun its newest file earlier.
    private func dataAreBack(_ server: ServerName) async throws(AccessError) -> Bool {
        guard let before = context.plan.facts?.servers[server]?.newestOnDisk else { return false }
        let now = try await context.control.observe(server, files: []).newestOnDisk
        return now.map { $0.epoch >= before.epoch } ?? false
    }

    private func softwareIsBack(_ server: ServerName, before action: String) async throws(AccessError) -> Bool {
        guard let before = state(server, before: action), let version = before.version else { return false }
        let now = try await context.control.observe(server, files: [])
        return now.version == version && now.config == before.config
    }
}

extension ServerFacts {
    /// By the names of snapshots and transaction logs; nil where there are none, or none are known.
    fileprivate var newestOnDisk: Zxid? {
        [snapshot, log].compactMap { newest in
            if case .at(let zxid) = newest { zxid } else { nil }
        }.max()
    }
}
