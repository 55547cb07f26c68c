import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import PlanVerification
import TerminalUI

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Write, check, preview and apply plans.",
        discussion: "Example: zkops plan check plan.yaml && zkops plan apply plan.yaml",
        subcommands: [
            PlanCheckCommand.self, PlanPreviewCommand.self, PlanApplyCommand.self, PlanNewCommand.self,
            PlanSchemaCommand.self,
        ])
}

/// The plan and what may stand in for the files that it names.
struct PlanOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The plan.", valueName: "plan"), completion: Completions.yaml)
    var plan: String

    @Option(
        name: [.customShort("i"), .long],
        help: ArgumentHelp("The inventory, in the place of the one that the plan names.", valueName: "file"),
        completion: Completions.yaml)
    var inventory: String?

    @Option(
        help: ArgumentHelp("The facts, in the place of those that the plan names.", valueName: "file"),
        completion: Completions.yaml)
    var facts: String?

    @OptionGroup var variables: VariableOption

    var input: PlanInput {
        PlanInput(plan: plan, inventory: inventory, facts: facts, variables: variables.values)
    }
}

struct PlanCheckCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Parse, resolve and verify a plan offline.",
        discussion: """
            Starts from the plan's facts and needs no host. Ends with 2 where the plan is invalid, has no facts, or an error that was \
            found is not acknowledged.
            Example: zkops plan check plan.yaml --failures 2
            """)

    @OptionGroup var options: PlanOptions
    @OptionGroup var colour: ColourOption

    @Option(help: "text or json")
    var format = ListFormat.text

    @Option(help: ArgumentHelp("How many servers may crash at any point.", valueName: "number"))
    var failures = 1

    @Flag(help: "Tell who may lead after each restart, and why.")
    var explain = false

    @Flag(help: ArgumentHelp("Explore every state, also those that add nothing to the verdict.", visibility: .hidden))
    var unreduced = false

    func validate() throws {
        if !(0...9).contains(failures) { throw ValidationError("--failures wants a number from 0 to 9") }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let outcome = look(environment)
        let view = CheckView(outcome, failures: failures)
        switch format {
        case .text:
            try Terminal.result(view.text(palette: colour.palette(.output, environment)))
        case .json: try Terminal.result(view.json)
        }
        guard case .checked(_, let findings) = outcome, findings.blockingHazards.isEmpty else {
            throw CommandFailure(.invalid)
        }
    }

    private func look(_ environment: OperatorEnvironment) -> CheckView.Outcome {
        do {
            let plan = try options.input.resolve(environment)
            let findings = Verifier.findings(
                of: plan, failures: failures, explaining: explain, reductions: unreduced ? [] : .all)
            guard let findings else { return .needsFacts(plan) }
            return .checked(plan, findings)
        } catch {
            return .invalid(error)
        }
    }
}

struct PlanPreviewCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Show every step of a plan before anything is done.",
        discussion: """
            Every file as a unified diff, the servers touched, the quorum's margin at each step, the hazards with their traces, and the \
            digest for apply --reviewed. The same plan, inventory and facts always give the same preview. Ends with 2 as check does.
            Example: zkops plan preview plan.yaml --format markdown -o preview.md
            """)

    @OptionGroup var options: PlanOptions
    @OptionGroup var colour: ColourOption

    @Option(help: "text, markdown or json")
    var format = DocumentFormat.text

    @Flag(help: "Start from what the hosts say now, not from the facts; nothing is changed.")
    var live = false

    @Option(
        help: ArgumentHelp(
            "Show what changed since this plan was reviewed, step by step. What it names is looked for beside it, then beside the plan.",
            valueName: "old-plan"), completion: Completions.yaml)
    var against: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file, not to standard output.", valueName: "file"))
    var output: String?

    func validate() throws {
        if live, options.facts != nil { throw ValidationError("give --live or --facts, not both") }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let plan =
            live
            ? try await observed(environment)
            : try options.input.load(environment, colour.palette(.errors, environment))
        let findings = try Self.findings(plan)
        let old = try against.map { path throws(CommandFailure) in
            let old = try older(path, plan, environment)
            return (old, try Self.findings(old))
        }
        let view = PreviewView(plan, findings, against: old)
        let text =
            switch format {
            case .text:
                view.text(palette: output == nil ? colour.palette(.output, environment) : Palette(colour: false))
            case .markdown: view.markdown()
            case .json: view.json()
            }
        if let output {
            try Files.write(text, to: output, environment)
        } else {
            try Terminal.result(text)
        }
        guard findings.blockingHazards.isEmpty else { throw CommandFailure(.invalid) }
    }

    private static func findings(_ plan: ResolvedPlan) throws(CommandFailure) -> PlanFindings {
        guard let findings = Verifier.findings(of: plan, explaining: true) else {
            throw CommandFailure(.invalid, CheckView(.needsFacts(plan)).text())
        }
        return findings
    }

    /// The plan as it was, in the world of today where it hasn't one of its own: `git show main:plan.yaml` leaves the files that it names behind.
    private func older(
        _ path: String, _ plan: ResolvedPlan, _ environment: OperatorEnvironment
    ) throws(CommandFailure) -> ResolvedPlan {
        let loader = PlanLoader { [plan = options.plan] name in
            do {
                return try Files.read(name, environment)
            } catch {
                let folder = { (file: String) in file.lastIndex(of: "/").map { String(file[...$0]) } ?? "" }
                guard name != path, name.hasPrefix(folder(path)) else { throw error }
                return try Files.read(folder(plan) + name.dropFirst(folder(path).count), environment)
            }
        }
        do {
            return try loader.load(
                plan: path, variables: options.variables.values, facts: live ? plan.facts : nil,
                inventoryFile: options.inventory, factsFile: options.facts)
        } catch {
            throw .invalid(error, colour.palette(.errors, environment))
        }
    }

    private func observed(_ environment: OperatorEnvironment) async throws(CommandFailure) -> ResolvedPlan {
        let input = options.input
        // Names the servers and files; the facts of the plan, which may not be there, are not asked for.
        let outline = try input.load(
            environment, colour.palette(.errors, environment), live: EnsembleFacts(servers: [:]))
        let connections = Connections(outline.inventory, environment)
        do {
            let facts = try await Observation.facts(
                of: outline.inventory.orderedPlaces.map(\.name), files: outline.filesEdited,
                control: connections.control, now: environment.world.now)
            await connections.close()
            return try input.load(environment, colour.palette(.errors, environment), live: facts)
        } catch {
            await connections.close()
            throw error
        }
    }
}
