import ArgumentParser
import Drills
import EnsembleModel
import Foundation
import Lab
import PlanExecution
import PlanLanguage
import PlanVerification
import TerminalUI

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Rehearsals: a plan on a real ensemble that is broken on purpose.",
        discussion: "Example: zkops drill run examples/drills/staged-recovery.yaml",
        subcommands: [DrillRunCommand.self])
}

struct DrillRunCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract:
            "Hold drills: apply a plan to an ensemble that is broken on purpose, and compare it with what was expected.",
        discussion: """
            A drill raises a lab of its own, or takes a staging ensemble whose inventory says `allow: staging`. Client sessions write and \
            read from before the run to its end, and every write that was acknowledged is looked for. Each drill leaves a folder with its \
            run and report.html. Exit code 5 where an expectation is not met.
            Example: zkops drill run examples/drills/staged-recovery.yaml
            Example: zkops drill run --all examples/drills --junit drills.xml
            Example: zkops drill run examples/drills/soak.yaml --repeat 20 --seed 7
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, json }

    @Argument(help: "The drills.", completion: Completions.yaml)
    var drills: [String] = []

    @Option(help: ArgumentHelp("Hold every drill of this folder.", valueName: "dir"))
    var all: String?

    @Option(help: ArgumentHelp("Hold each so often, with one seed after the other.", valueName: "number"))
    var `repeat` = 1

    @Option(help: "Decides where a drill leaves something to chance; the same seed decides the same. Default: any.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("Write the results as JUnit's XML, for schedulers.", valueName: "file"))
    var junit: String?

    @Option(help: "text, markdown or json")
    var format = Format.text

    @OptionGroup var state: StateOption
    @OptionGroup var colour: ColourOption

    func validate() throws {
        if drills.isEmpty, all == nil { throw ValidationError("name a drill, or a folder of them with --all") }
        if !(1...10_000).contains(self.repeat) { throw ValidationError("--repeat wants 1 to 10000") }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let files = try files(environment)
        var loaded: [Drill] = []
        for file in files { loaded.append(try load(file, environment)) }
        let first = seed ?? environment.world.random() % 1_000_000
        var results: [DrillResult] = []
        var notHeld = 0
        for drill in loaded {
            for round in 0..<UInt64(self.repeat) {
                switch await hold(drill, seed: first &+ round, environment) {
                case .success(let result): results.append(result)
                case .failure(let failure):
                    // Whoever interrupts means all of them.
                    if failure.code == Outcome.interrupted.rawValue { throw failure }
                    Terminal.say("zkops: drill \(safeForTerminal(drill.name)): \(safeForTerminal(failure.message))")
                    notHeld += 1
                }
            }
        }
        let view = DrillView(results)
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment)))
        case .markdown: try Terminal.result(view.markdown)
        case .json: try Terminal.result(view.json)
        }
        if let junit { try Files.write(view.junit, to: junit, environment) }
        guard notHeld == 0 else {
            throw CommandFailure(.failed, "drills that could not be held: \(notHeld)")
        }
        if results.contains(where: { !$0.isPassed }) { throw CommandFailure(.finding) }
    }

    private func files(_ environment: OperatorEnvironment) throws(CommandFailure) -> [String] {
        guard let all else { return drills }
        let folder = environment.absolute(all)
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let found = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.map { "\(folder)/\($0)" }
        guard !found.isEmpty else { throw CommandFailure(.usage, "\(all) holds no drill") }
        return drills + found
    }

    private func load(_ file: String, _ environment: OperatorEnvironment) throws(CommandFailure) -> Drill {
        do {
            // Another process applies the plan, and must find it.
            return try Files.loader(environment).loadDrill(environment.absolute(file))
        } catch {
            throw .invalid(error, colour.palette(.errors, environment))
        }
    }

    private func hold(
        _ drill: Drill, seed: UInt64, _ environment: OperatorEnvironment
    ) async -> Result<DrillResult, CommandFailure> {
        let place = environment.stateDirectory(state.directory) + "/drills"
        let stamp = Timestamps.compact(environment.world.now())
        let settings = DrillRunner.Settings(
            surroundings: labSurroundings(), executable: LabCommand.ownPath,
            folder: "\(place)/\(drill.name)-\(stamp)-\(seed)", seed: seed, world: environment.world,
            connect: { Connections($0, environment).control },
            report: { Terminal.say(safeForTerminal("\(drill.name): \($0)")) })
        Terminal.say(safeForTerminal("\(drill.name): seed \(seed), kept in \(settings.folder)"))
        let runner = DrillRunner(drill, loader: Files.loader(environment), settings: settings)
        let holding = Task { () -> Result<DrillResult, DrillError> in
            do throws(DrillError) {
                return .success(try await runner.run())
            } catch {
                return .failure(error)
            }
        }
        let interrupts = Interrupts { _ in holding.cancel() }
        let held = await holding.value
        if interrupts.request != .none { return .failure(CommandFailure(.interrupted)) }
        switch held {
        case .failure(let error): return .failure(CommandFailure(.failed, error.message))
        case .success(let result):
            report(result, environment)
            return .success(result)
        }
    }

    /// That a report can't be written changes nothing of how the drill went.
    private func report(_ result: DrillResult, _ environment: OperatorEnvironment) {
        let store = RunStore(directory: DrillResult.state(in: result.folder))
        do throws(CommandFailure) {
            try Files.write(DrillView([result]).json, to: result.folder + "/result.json", environment)
            guard let folder = try? store.open(result.run) else { return }
            try Files.write(
                RunReportCommand.page(folder, of: store, drill: result, environment),
                to: result.folder + "/report.html", environment)
        } catch {
            Terminal.say("zkops: \(safeForTerminal(error.message))")
        }
    }
}
