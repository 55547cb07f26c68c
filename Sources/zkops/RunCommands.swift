import ArgumentParser
import PlanExecution
import TerminalUI

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Past and interrupted runs.",
        discussion: "Example: zkops run list",
        subcommands: [RunListCommand.self, RunShowCommand.self])
}

/// One of the runs that are kept.
struct RunChoice: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The run, or the beginning of its name where only one run begins so.", valueName: "run"))
    var run: String

    @OptionGroup var state: StateOption

    func open(_ environment: OperatorEnvironment) throws(CommandFailure) -> (store: RunStore, folder: RunFolder) {
        let store = RunStore(directory: environment.stateDirectory(state.directory))
        do {
            return (store, try store.open(run))
        } catch {
            throw CommandFailure(error)
        }
    }
}

struct RunListCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all runs, newest first.",
        discussion: "Example: zkops run list --format json")

    @OptionGroup var state: StateOption
    @OptionGroup var colour: ColourOption

    @Option(help: "text or json")
    var format = ListFormat.text

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let view = RunListView(RunStore(directory: environment.stateDirectory(state.directory)).list())
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment)))
        case .json: try Terminal.result(view.json)
        }
    }
}

struct RunShowCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show how far a run came, and what it said.",
        discussion: "Example: zkops run show codis-20260111-180211-4f2a")

    @OptionGroup var choice: RunChoice
    @OptionGroup var colour: ColourOption

    @Option(help: "text or json")
    var format = ListFormat.text

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (store, folder) = try choice.open(environment)
        guard let summary = store.list().first(where: { $0.run == folder.run }) else {
            throw CommandFailure(.failed, "\(folder.run) was removed meanwhile")
        }
        let view = RunShowView(
            summary, digest: folder.digest, folder: folder.path, events: folder.events())
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment)))
        case .json: try Terminal.result(view.json)
        }
    }
}
