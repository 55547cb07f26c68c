import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanExecution
import TerminalUI

struct RunPruneCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove the backups that an ended run keeps on the hosts.",
        discussion: """
            Counts them first, and asks. Afterwards the run can't be rolled back any more. Its folder, with the journal and the logs, stays.
            Example: zkops run prune codis-20260111-180211-4f2a
            """)

    @OptionGroup var choice: RunChoice
    @OptionGroup var options: RunStyleOptions

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (store, folder) = try choice.open(environment)
        try await RunExecution.onHosts(of: folder, store, options.style(environment), environment) {
            (execution, applier) async throws(CommandFailure) in
            let kept = try await look(folder, applier, removing: false)
            guard kept.contains(where: { $0.files > 0 }) else { return Terminal.say("zkops: nothing is kept") }
            try ask(folder)
            execution.beginsToChange()
            _ = try await look(folder, applier, removing: true)
            Terminal.say("zkops: the backups of \(folder.run) are removed")
        }
    }

    private func look(
        _ folder: RunFolder, _ applier: Applier, removing: Bool
    ) async throws(CommandFailure) -> [KeptBackups] {
        let found: [(server: ServerName, kept: Result<KeptBackups, AccessError>)]
        do throws(ExecutionError) {
            found = try await applier.prune(folder, removing: removing)
        } catch {
            throw CommandFailure(error)
        }
        var kept: [KeptBackups] = []
        var errors: [String] = []
        for (server, result) in found {
            switch result {
            case .success(let backups):
                kept.append(backups)
                if !removing, backups.files > 0 {
                    Terminal.say("  \(server): \(backups.files) files, \(Amounts.bytes(backups.bytes))")
                }
            case .failure(let error): errors.append(safeForTerminal(error.description))
            }
        }
        guard errors.isEmpty else {
            throw CommandFailure(
                .failed,
                errors.joined(separator: "\n") + "\nWhat was reached is done; prune again when the hosts answer.")
        }
        return kept
    }

    private func ask(_ folder: RunFolder) throws(CommandFailure) {
        guard !options.yes else { return }
        guard Terminal.canAsk else {
            throw CommandFailure(
                .refused, "there is no terminal to ask on; nothing was removed. --yes removes without asking")
        }
        guard Terminal.confirm(safeForTerminal("Remove the backups of \(folder.run)?")) else {
            throw CommandFailure(.refused, "the answer was No; nothing was removed")
        }
    }
}
