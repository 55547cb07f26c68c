import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import PlanVerification
import TerminalUI

struct PlanApplyCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Verify a plan, compare the hosts with its facts, show it, ask, and carry it out.",
        discussion: """
            A plan without facts is verified from what the hosts say now. The first Control-C finishes the action in hand and \
            stops; the second stops now. A run that stopped can be resumed or rolled back.
            Example: zkops plan apply plan.yaml --reviewed 3f786850e387
            """)

    @OptionGroup var options: PlanOptions
    @OptionGroup var state: StateOption
    @OptionGroup var running: RunStyleOptions
    @OptionGroup var monitoring: MonitoringOptions

    @Option(
        help: ArgumentHelp(
            "Refuse if plan, inventory or facts differ from those with this digest, which the preview shows.",
            valueName: "digest"))
    var reviewed: String?

    @Option(
        help: ArgumentHelp("Stop after this step, such as 2.3, or after this stage, such as 2.", valueName: "step"),
        completion: Completions.steps)
    var until: String?

    func validate() throws {
        if let reviewed, reviewed.utf8.count < 32 || !reviewed.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
            throw ValidationError("--reviewed wants a digest, or at least its first 32 digits, not '\(reviewed)'")
        }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        // The run's folder names the plan; it must be found from any directory.
        var input = options.input
        input.plan = environment.absolute(input.plan)
        input.inventory = input.inventory.map(environment.absolute)
        input.facts = input.facts.map(environment.absolute)
        let plan = try input.load(environment, running.colour.palette(.errors, environment))
        let connections = Connections(plan.inventory, environment, forRun: true)
        do {
            try await apply(plan, input, connections, environment)
        } catch {
            await connections.close()
            throw error
        }
        await connections.close()
    }

    private func apply(
        _ loaded: ResolvedPlan, _ input: PlanInput, _ connections: Connections, _ environment: OperatorEnvironment
    ) async throws(CommandFailure) {
        var plan = loaded
        let store = RunStore(directory: environment.stateDirectory(state.directory))
        let options = ApplyOptions(lockTimeout: running.lockTimeout.duration)
        do throws(ExecutionError) {
            // In the middle of another run the hosts say what no plan is safe from.
            try await connections.applier(store, options, environment).awaitFreeLocks(plan, onHosts: plan.facts == nil)
        } catch {
            throw CommandFailure(error)
        }
        if plan.facts == nil {
            let live = try await Observation.facts(
                of: plan.inventory.orderedPlaces.map(\.name), files: plan.filesEdited, control: connections.control,
                now: environment.world.now)
            plan = try input.load(environment, running.colour.palette(.errors, environment), live: live)
        }
        if let reviewed, !plan.digest.hasPrefix(reviewed.lowercased()) {
            throw Self.differs(plan, from: reviewed.lowercased())
        }
        let style = running.style(environment, until: until, monitoring)
        let verified = try Self.verified(plan, style.palette, store)
        let execution = RunExecution(plan: plan, store: store, style: style, environment: environment)
        let applier = connections.applier(store, execution.options, environment)
        try await Self.compare(verified, applier, store)
        Terminal.write(PreviewView(verified).text(palette: style.palette), to: .errors)
        if let run = store.unfinished(of: plan.inventory.ensemble) {
            let place = run.step.map { " at step \($0)" } ?? ""
            Terminal.say(
                safeForTerminal(
                    "zkops: run \(run.run) of plan \(run.plan) ended\(place) (\(run.outcome.rawValue)) and was neither "
                        + "finished nor undone; what this plan changes may keep it from being resumed or rolled back"))
        }
        try ask(plan)
        try await execution.carryOut(applier) { events in await applier.apply(verified, events: events) }
    }

    private static func differs(_ plan: ResolvedPlan, from reviewed: String) -> CommandFailure {
        let inputs = plan.inputsDiffering(from: reviewed)
        let what =
            switch inputs.count {
            case 0:
                "plan, inventory, facts, files or variables differ from what was reviewed (the whole digest tells which)"
            case 1 where !inputs[0].hasSuffix("s"): "the \(inputs[0]) differs from what was reviewed"
            default: "the \(inputs.joined(separator: " and the ")) differ from what was reviewed"
            }
        return CommandFailure(
            .refused,
            """
            \(what); nothing was changed
            reviewed: \(reviewed)
            now:      \(plan.digest)
            """)
    }

    private static func verified(
        _ plan: ResolvedPlan, _ palette: Palette, _ store: RunStore
    ) throws(CommandFailure) -> VerifiedPlan {
        switch Verifier.verify(plan) {
        case .verified(let verified): return verified
        case .needsFacts: Terminal.write(CheckView(.needsFacts(plan)).text(palette: palette), to: .errors)
        case .unsafe:
            guard let findings = Verifier.findings(of: plan) else { break }
            Terminal.write(CheckView(.checked(plan, findings)).text(palette: palette), to: .errors)
        }
        let left = store.unfinished(of: plan.inventory.ensemble).map {
            ". Run \($0.run) of plan \($0.plan) is neither finished nor undone (\($0.outcome.rawValue)), and may be the cause: "
                + RunStore.waysOn($0.run, isGoingBack: $0.isGoingBack)
        }
        throw CommandFailure(
            .invalid,
            "the plan is not applied, since it is not known to be safe; nothing was changed\(left ?? "")")
    }

    private static func compare(
        _ plan: VerifiedPlan, _ applier: Applier, _ store: RunStore
    ) async throws(CommandFailure) {
        let found: Precheck
        do {
            try applier.checkOptions(plan)
            try await applier.awaitFreeLocks(plan.plan)
            found = try await applier.precheck(plan)
        } catch {
            throw CommandFailure(error)
        }
        guard var failure = found.failure else { return }
        if failure.code == .hostsDiffer, let run = store.unfinished(of: plan.plan.inventory.ensemble) {
            failure.remedy +=
                " Run \(run.run) of plan \(run.plan) is neither finished nor undone (\(run.outcome.rawValue)), and what it did "
                + "may be what differs: `zkops run show \(run.run)`."
        }
        throw CommandFailure(failure)
    }

    private func ask(_ plan: ResolvedPlan) throws(CommandFailure) {
        guard !running.yes else { return }
        guard Terminal.canAsk else {
            throw CommandFailure(
                .refused, "there is no terminal to ask on; nothing was changed. --yes applies the plan without asking")
        }
        let interruptions = plan.interruptions.map { safeForTerminal($0) + "\n" }.joined()
        Terminal.write("\n" + interruptions, to: .errors)
        guard Terminal.confirm("Apply \(safeForTerminal(plan.name)) to \(safeForTerminal(plan.inventory.ensemble))?")
        else {
            throw CommandFailure(.refused, "the answer was No; nothing was changed")
        }
    }
}

extension ResolvedPlan {
    /// Sentences that name every server whose process the plan ends or begins.
    var interruptions: [String] {
        var (stopped, started): (Set<ServerName>, Set<ServerName>) = ([], [])
        for operation in stages.flatMap(\.steps).flatMap(\.operations) {
            switch operation {
            case .stop(let server, _): stopped.insert(server)
            case .start(let server, _, _): started.insert(server)
            default: break
            }
        }
        let groups = [
            ("restarted", stopped.intersection(started)), ("stopped", stopped.subtracting(started)),
            ("started", started.subtracting(stopped)),
        ]
        return groups.filter { !$0.1.isEmpty }.map { verb, servers in
            "Will be \(verb): \(servers.sorted().map(\.description).joined(separator: ", "))"
        }
    }
}
