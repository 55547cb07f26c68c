import EnsembleModel
import PlanLanguage

/// The files that an operation changes, as far as they are known.
enum FileChanges {
    static func made(
        by operation: Operation, from before: EnsembleState, to after: EnsembleState, _ inventory: Inventory
    ) -> [FileChange] {
        switch operation {
        case .editFile(let target, let edit):
            guard let old = before.text(of: target) else {
                return [change(target, .unknown(edit.summary), inventory)]
            }
            do throws(EditError) {
                return [change(target, outcome(old, try edit.applied(to: old, target: target)), inventory)]
            } catch {
                return [change(target, .refused(error.description), inventory)]
            }
        case .putFile(let target, .text(let text), _):
            guard let old = before.text(of: target) else { return [change(target, .written(text), inventory)] }
            return [change(target, outcome(old, text), inventory)]
        case .putFile(let target, .file(let path, let sum), _):
            return [change(target, .unknown("replaced by \(path), sha256 \(sum)"), inventory)]
        case .setMyid(let server, let id):
            return [FileChange(server: server, path: myidPath(server, before), outcome: myid(server, id, before))]
        default: return []
        }
    }

    private static func myid(_ server: ServerName, _ id: ServerID, _ state: EnsembleState) -> FileChange.Outcome {
        guard let old = state.servers[server]?.myid else { return .written("\(id)\n") }
        return outcome("\(old)\n", "\(id)\n")
    }

    private static func myidPath(_ server: ServerName, _ state: EnsembleState) -> String {
        let folder = state.servers[server]?.config.flatMap { ZooConfig($0).dataDir }
        return (folder ?? "dataDir") + "/myid"
    }

    private static func outcome(_ old: String, _ new: String) -> FileChange.Outcome {
        let diff = UnifiedDiff.make(old: old, new: new, oldName: "", newName: "")
        guard let start = diff.utf8.firstRange(of: "@@".utf8) else { return .unchanged }
        return .changed(hunks: String(diff[start.lowerBound...]))
    }

    private static func change(
        _ target: EditTarget, _ outcome: FileChange.Outcome, _ inventory: Inventory
    ) -> FileChange {
        FileChange(server: target.server, path: path(target, inventory), outcome: outcome)
    }

    private static func path(_ target: EditTarget, _ inventory: Inventory) -> String {
        let place = inventory.servers[target.server]
        switch target {
        case .config: return place?.configPath ?? "zoo.cfg"
        case .file(_, let path):
            guard !path.hasPrefix("/"), let home = place?.home else { return path }
            return home + "/" + path
        }
    }
}
