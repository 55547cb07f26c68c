import ArgumentParser
import PlanExecution
import TerminalUI

struct RunUnlockCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Give up the locks of a run whose process died, so that others can begin.",
        discussion: """
            The run itself stays as it is and can still be resumed. A run that is under way keeps its locks.
            Example: zkops run unlock codis-20260111-180211-4f2a --reason "the laptop is lost"
            """)

    @OptionGroup var choice: RunChoice
    @OptionGroup var options: RunStyleOptions

    @Option(help: "Why; it is written to the run's events.")
    var reason: String

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (store, folder) = try choice.open(environment)
        try await RunExecution.onHosts(of: folder, store, options.style(environment), environment) {
            (_, applier) async throws(CommandFailure) in
            let left: [String]
            do throws(ExecutionError) {
                left = try await applier.unlock(folder, reason: reason)
            } catch {
                throw CommandFailure(error)
            }
            for line in left { Terminal.say("zkops: a lock stays: \(safeForTerminal(line))") }
            if left.isEmpty { Terminal.say("zkops: the locks of \(folder.run) are given up") }
        }
    }
}
