import ArgumentParser
import EnsembleModel
import PlanExecution
import PlanLanguage
import PlanVerification
import TerminalUI

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Past and interrupted runs.",
        discussion: "Example: zkops run list",
        subcommands: [
            RunListCommand.self, RunShowCommand.self, RunResumeCommand.self, RunRollbackCommand.self,
            RunReportCommand.self, RunUnlockCommand.self, RunPruneCommand.self,
        ])
}

/// One of the runs that are kept.
struct RunChoice: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The run, or the beginning of its name where only one run begins so.", valueName: "run"),
        completion: Completions.runs)
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
        let view = RunShowView(RunReport(folder, of: store), folder: folder.path)
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment)))
        case .json: try Terminal.result(view.json)
        }
    }
}

/// How a command that carries out work shows it.
struct RunStyleOptions: ParsableArguments {
    @Flag(help: "Answer Yes to every question.")
    var yes = false

    @Flag(help: "One JSON object a line for every event, on standard output.")
    var json = false

    @Flag(
        help: ArgumentHelp(
            "Have client sessions write and read through the ensemble meanwhile, and say for how long they could not. Their znodes lie under /zkops-canary and go away at the end."
        ))
    var canary = false

    /// How a drill's operator works: after each step's first and last event a line is waited for on standard input.
    @Flag(help: .hidden)
    var waitAtSteps = false

    @Option(help: ArgumentHelp("How long to wait for a lock that another run holds.", valueName: "time"))
    var lockTimeout = WaitingTime(argument: "0s")!

    @OptionGroup var colour: ColourOption

    func style(
        _ environment: OperatorEnvironment, until: String? = nil, _ monitoring: MonitoringOptions? = nil
    ) -> RunExecution.Style {
        RunExecution.Style(
            assumeYes: yes, json: json, until: until, lockTimeout: lockTimeout.duration, canary: canary,
            waitsAtSteps: waitAtSteps, palette: colour.palette(.errors, environment), monitoring: monitoring)
    }
}

struct RunResumeCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run that stopped, failed or was killed.",
        discussion: """
            What was being done when it ended is looked at first. The plan is the one that was applied, from the run's folder, whatever \
            became of the files since.
            Example: zkops run resume codis-20260111-180211-4f2a
            """)

    @OptionGroup var choice: RunChoice
    @OptionGroup var options: RunStyleOptions
    @OptionGroup var monitoring: MonitoringOptions

    @Option(
        help: ArgumentHelp("Stop after this step, such as 2.3, or after this stage, such as 2.", valueName: "step"),
        completion: Completions.steps)
    var until: String?

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (store, folder) = try choice.open(environment)
        let style = options.style(environment, until: until, monitoring)
        try await RunExecution.onHosts(of: folder, store, style, environment) {
            (execution, applier) async throws(CommandFailure) in
            try await execution.carryOut(applier) { events in await applier.resume(folder, events: events) }
        }
    }
}

struct RunRollbackCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Undo what a run did, back to a rollback point or to its start.",
        discussion: """
            Shows what would be undone and what can go wrong on the way, and asks. Where going back would drop writes that clients were told are safe, it refuses \
            without --accept-lost-writes.
            Example: zkops run rollback codis-20260111-180211-4f2a --to "before the trio serves"
            """)

    @OptionGroup var choice: RunChoice
    @OptionGroup var options: RunStyleOptions
    @OptionGroup var monitoring: MonitoringOptions

    @Option(
        help: ArgumentHelp(
            "The rollback point to return to, or `start`; without it, the last that the run passed.", valueName: "point"
        ), completion: Completions.rollbackPoints)
    var to: String?

    @Flag(help: "Go back even where committed writes are lost by it.")
    var acceptLostWrites = false

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (store, folder) = try choice.open(environment)
        try await RunExecution.onHosts(of: folder, store, options.style(environment, monitoring), environment) {
            (execution, applier) async throws(CommandFailure) in
            let target = try await ask(folder, applier)
            try await execution.carryOut(applier) { events in
                await applier.rollback(folder, to: to, acceptLostWrites: acceptLostWrites, events: events)
            }
            let isAll = (try? applier.previewRollback(folder, to: "start"))?.isEmpty ?? true
            let further = "; `zkops run rollback \(folder.run) --to start` undoes what came before"
            Terminal.say(safeForTerminal("back at \(target.inWords)\(isAll ? "" : further)"))
        }
    }

    private func ask(_ folder: RunFolder, _ applier: Applier) async throws(CommandFailure) -> RollbackTarget {
        let lines: [String]
        let target: RollbackTarget
        do {
            lines = try applier.previewRollback(folder, to: to)
            target = try applier.rollbackTarget(folder, to: to)
        } catch {
            throw CommandFailure(error)
        }
        if let begun = applier.begunRollback(folder) {
            Terminal.say(
                safeForTerminal(
                    "The rollback to \(begun.inWords) that was begun goes on; another can begin when it is done."))
        }
        Terminal.say(
            safeForTerminal(
                lines.isEmpty
                    ? "nothing is left to undo back to \(target.inWords)"
                    : "Back to \(target.inWords); of restarts that follow one another the leader's comes last. Will be undone:"
            )
        )
        for line in lines { Terminal.say("  " + safeForTerminal(line)) }
        if !lines.isEmpty { try await tellHazards(folder, applier) }
        guard !options.yes else { return target }
        guard Terminal.canAsk else {
            throw CommandFailure(
                .refused, "there is no terminal to ask on; nothing was changed. --yes rolls back without asking")
        }
        guard Terminal.confirm(safeForTerminal("Roll \(folder.run) back to \(target.inWords)?")) else {
            throw CommandFailure(.refused, "the answer was No; nothing was changed")
        }
        return target
    }
}

extension RunRollbackCommand {
    private func tellHazards(_ folder: RunFolder, _ applier: Applier) async throws(CommandFailure) {
        do throws(ExecutionError) {
            guard let findings = try await applier.verifyRollback(folder, to: to) else { return }
            for line in WayBackText(findings).lines { Terminal.say(safeForTerminal(line)) }
        } catch {
            if error.code == .hostsDiffer { throw CommandFailure(error) }
            // What keeps the hosts from being looked at keeps the rollback from beginning, which then tells it.
            Terminal.say("zkops: the way back could not be checked beforehand: \(safeForTerminal(error.message))")
        }
    }
}

extension RunReport {
    init(_ folder: RunFolder, of store: RunStore) {
        self.init(
            store.summary(of: folder), digest: folder.digest, events: folder.events(), clients: folder.canaries)
    }
}

extension RunExecution {
    /// Opens the connections of a run that there was before, and closes them after `work`.
    static func onHosts(
        of folder: RunFolder, _ store: RunStore, _ style: Style, _ environment: OperatorEnvironment,
        _ work: (RunExecution, Applier) async throws(CommandFailure) -> Void
    ) async throws(CommandFailure) {
        let plan: ResolvedPlan
        let stepsEnded: Int
        do {
            plan = try folder.plan(readFile: { try Files.read($0, environment) })
            // A journal that can't be read is told by whatever needs it; giving locks up does not.
            stepsEnded = (try? folder.history())?.endedSteps.count ?? 0
        } catch {
            throw CommandFailure(error)
        }
        let connections = Connections(plan.inventory, environment, forRun: true)
        let execution = RunExecution(
            plan: plan, store: store, style: style, stepsEnded: stepsEnded, environment: environment)
        let applier = connections.applier(store, execution.options, environment)
        do {
            try await work(execution, applier)
        } catch {
            await connections.close()
            throw error
        }
        await connections.close()
    }
}
