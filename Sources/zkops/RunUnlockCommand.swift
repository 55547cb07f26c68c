import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import TerminalUI

struct RunUnlockCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Give up the locks of a run whose process died, so that others can begin.",
        discussion: """
            The run itself stays as it is and can still be resumed. A run that is under way keeps its locks. A run of another \
            machine is named in full, with the inventory; it counts as under way while it renews its locks.
            Example: zkops run unlock codis-20260111-180211-4f2a --reason "the laptop is lost"
            Example: zkops run unlock codis-20260111-180211-4f2a -i inventory.yaml
            """)

    @OptionGroup var choice: RunChoice
    @OptionGroup var options: RunStyleOptions

    @Option(help: "Why; it is written to the run's events. Of a run that another machine began, there are none here.")
    var reason: String?

    @Option(
        name: [.customShort("i"), .long],
        help: ArgumentHelp("Of a run that another machine began: the inventory of its hosts.", valueName: "file"))
    var inventory: String?

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        if let inventory { return try await unlock(inventory, environment) }
        guard let reason else {
            throw CommandFailure(.usage, "say why, for whoever reads the run's events: --reason \"…\"")
        }
        let (store, folder) = try open(environment)
        try await RunExecution.onHosts(of: folder, store, options.style(environment), environment) {
            (execution, applier) async throws(CommandFailure) in
            let given: LocksGivenUp
            execution.beginsToChange()
            do throws(ExecutionError) {
                given = try await applier.unlock(folder, reason: reason)
            } catch {
                throw CommandFailure(error)
            }
            try tell(given, folder.run)
        }
    }

    private func unlock(_ path: String, _ environment: OperatorEnvironment) async throws(CommandFailure) {
        let palette = options.colour.palette(.errors, environment)
        let inventory = try Files.inventory(path, environment, palette)
        let connections = Connections(inventory, environment)
        let result: Result<LocksGivenUp, ExecutionError>
        do throws(ExecutionError) {
            // What this machine knows of the run goes too; its folder may be lost, or its journal damaged.
            let store = RunStore(directory: environment.stateDirectory(choice.state.directory))
            let wasHere = try store.forgetLock(
                of: inventory.ensemble, run: choice.run, world: environment.world)
            var given = try await HostLocks.giveUp(
                choice.run, on: inventory.orderedPlaces.map(\.name), under: wasHere, through: connections.control)
            given.wasHere = wasHere != nil
            result = .success(given)
        } catch {
            result = .failure(error)
        }
        await connections.close()
        switch result {
        case .success(let given): try tell(given, choice.run)
        case .failure(let error): throw CommandFailure(error)
        }
    }

    private func open(_ environment: OperatorEnvironment) throws(CommandFailure) -> (RunStore, RunFolder) {
        let store = RunStore(directory: environment.stateDirectory(choice.state.directory))
        do {
            return (store, try store.open(choice.run))
        } catch {
            guard error.code == .runNotFound else { throw CommandFailure(error) }
            var error = error
            error.remedy +=
                " Of a run that another machine began, or whose folder is lost: name it in full and add -i INVENTORY."
            throw CommandFailure(error)
        }
    }

    private func tell(_ given: LocksGivenUp, _ run: String) throws(CommandFailure) {
        guard given.left.isEmpty else {
            throw CommandFailure(.failed, given.left.map { "a lock stays: \($0)" }.joined(separator: "\n"))
        }
        let servers = given.servers.map(\.description).joined(separator: ", ")
        let what =
            given.servers.isEmpty
            ? given.wasHere
                ? "the lock of \(run) on this machine is given up; no host was locked by it" : "\(run) holds no lock"
            : "the locks of \(run) are given up (\(servers))"
        let next =
            given.isUnfinished == true
            ? "; what it did is neither finished nor undone: `zkops run resume \(run)` or `zkops run rollback \(run)`"
            : ""
        Terminal.say(safeForTerminal("zkops: \(what)\(next)"))
    }
}
