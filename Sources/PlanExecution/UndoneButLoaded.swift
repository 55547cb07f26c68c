import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Servers that somebody restarted between an edit of the run and its undoing: their files are back, and their processes run with what
/// the files said meanwhile.
struct UndoneButLoaded: Sendable {
    let context: ExecutionContext
    let history: RunHistory

    /// nil where every process runs with what it ran with before, or began when the files were back.
    /// - Parameter actions: of the whole rollback, which is done.
    func warning(_ actions: [UndoAction]) async -> String? {
        var loadedBy: [ServerName: Set<ProcessIdentity>] = [:]
        for action in actions where action.isFile {
            guard let server = action.server, let process = history.undoIntents[action.id]?.process else { continue }
            loadedBy[server, default: []].insert(process)
        }
        let pulses = await context.sight.pulses(loadedBy.keys.sorted())
        let servers = loadedBy.keys.sorted().filter { server in
            // One that can't be looked at may still run as it did.
            guard case .success(let pulse)? = pulses[server] else { return true }
            return pulse.process.map { loadedBy[server]?.contains($0) ?? false } ?? false
        }
        guard !servers.isEmpty else { return nil }
        let names = servers.map(\.description)
        let (they, them) = names.count == 1 ? ("it runs", "it") : ("they run", "them, the leader last")
        let inventory = context.plan.inventory.source.name
        return
            "The files are back, but somebody restarted \(names.joined(separator: ", ")) after the run had edited them, so that \(they)"
            + " with what is undone. Restart \(them): `zkops plan new rolling-restart -i \(inventory) --servers "
            + "\(names.joined(separator: ",")) -o restart.yaml` writes the plan."
    }
}
