import EnsembleAccess
import PlanLanguage

/// Secrets of `run` steps: they come from the operator's environment when they are needed, and go nowhere but to the host.
extension World {
    /// The command's `script`, `check` or `undo` with its environment.
    func hostCommand(_ command: CommandOperation, _ script: String) throws(ExecutionError) -> HostCommand {
        var remote = HostCommand(host: command.host, script: script, arguments: command.arguments)
        for (name, value) in command.environment.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .text(let text): remote.environment[name] = text
            case .secret(let variable):
                guard let secret = secret(variable) else { throw Self.missing(variable, for: command) }
                remote.secrets[name] = secret
            }
        }
        return remote
    }

    /// Before anything is changed: throws where a secret of one of them is not at hand.
    func checkSecrets(_ commands: [CommandOperation]) throws(ExecutionError) {
        do {
            for command in commands { _ = try hostCommand(command, "") }
        } catch {
            var error = error
            error.nothingChanged = true
            throw error
        }
    }

    private static func missing(_ variable: String, for command: CommandOperation) -> ExecutionError {
        ExecutionError(
            .preconditionFailed,
            "On \(command.host), \(command.title) needs the secret \(variable), which is not in the environment.",
            remedy: "Set and export \(variable), then try again.")
    }
}

extension RunSession.Kind {
    /// The commands that are still to be run by it, or undone: a secret that only the others need is not missed.
    func commands(_ plan: ResolvedPlan, _ history: RunHistory) throws(ExecutionError) -> [CommandOperation] {
        if let (point, _) = goingBack(history) {
            return try UndoPlan(plan, history, to: point).actions.filter { !history.undone.contains($0.id) }
                .compactMap { if case .command(let command, _) = $0.inverse { command } else { nil } }
        }
        return plan.everyAction.filter { history.actions[$0.id]?.result == nil }
            .compactMap { if case .command(let command) = $0.operation { command } else { nil } }
    }
}
