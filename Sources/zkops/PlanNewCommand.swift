import ArgumentParser
import EnsembleModel
import Foundation
import PlanExecution
import PlanLanguage
import PlanVerification
import PlanWriting
import TerminalUI

struct PlanNewCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Write a plan for an ensemble as it is now, or say why none is safe.",
        discussion: """
            Observes the ensemble, or starts from --facts. The plan is verified before it is written; where the obvious way is not safe \
            another is tried. What is missing is asked for on a terminal. With -o plan.yaml and no --facts, what was seen goes to plan.facts.yaml.

            \(PlanKinds.all.map { "\($0.name): \($0.summary)\(options($0))" }.joined(separator: "\n"))

            Example: zkops plan new expand -i inventory.yaml --add zk4,zk5 -o grow.yaml
            """)

    @Argument(
        help: ArgumentHelp("What the plan is to do.", valueName: "kind"),
        completion: .list(PlanKinds.all.map { $0.name }))
    var kind: String

    @OptionGroup var inventory: InventoryOption
    @OptionGroup var colour: ColourOption
    @OptionGroup var wishes: PlanWishes

    @Option(
        help: ArgumentHelp("Facts, in the place of what the hosts say now.", valueName: "file"), completion: .file())
    var facts: String?

    @Option(
        help: ArgumentHelp(
            "A hazard that you accept, with the reason; may be repeated.", valueName: "hazard=reason"))
    var accept: [String] = []

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write to this file, not to standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Write over what the file of --output holds.")
    var replace = false

    private static func options(_ kind: any PlanKind.Type) -> String {
        let options = kind.needs.map { "--\($0.rawValue)" } + kind.takes.map { "[--\($0.rawValue)]" }
        return options.isEmpty ? "" : " (\(options.joined(separator: " ")))"
    }

    func validate() throws {
        guard let chosen = PlanKinds.named(kind) else {
            let names = PlanKinds.all.map { $0.name }
            let hint =
                nearest(kind, among: names).map { "did you mean '\($0)'?" } ?? "kinds: \(names.joined(separator: ", "))"
            throw ValidationError("there is no kind of plan '\(kind)'; \(hint)")
        }
        let known = chosen.needs + chosen.takes
        if let foreign = wishes.values.keys.filter({ !known.contains($0) }).map(\.rawValue).min() {
            throw ValidationError(
                "'\(kind)' takes no --\(foreign)"
                    + (known.isEmpty ? "" : "; it takes \(known.map { "--\($0.rawValue)" }.joined(separator: ", "))"))
        }
        let missing = chosen.needs.filter { wishes.values[$0] == nil }
        if !missing.isEmpty, !Terminal.canAsk {
            throw ValidationError("'\(kind)' needs \(missing.map { "--\($0.rawValue)" }.joined(separator: " and "))")
        }
        for text in accept where !text.contains("=") || text.hasPrefix("=") || text.hasSuffix("=") {
            throw ValidationError("--accept wants hazard=reason, not '\(text)'")
        }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let palette = colour.palette(.errors, environment)
        try refuseToReplace(environment)
        let world = try Files.inventory(inventory.inventory, environment, palette)
        guard let chosen = PlanKinds.named(kind) else { return }
        var values = wishes.values
        for key in chosen.needs where values[key] == nil {
            guard let answer = Terminal.ask(key.question) else { throw CommandFailure(.usage, "no plan was written") }
            values[key] = PlanWishes.pieces(answer)
        }
        let target = try values[.target]?.first.map { path throws(CommandFailure) in
            try self.target(path, world, environment, palette)
        }
        let known = try await knownFacts(world, environment, palette)
        let author = PlanAuthor(
            world, known, inventoryPath: path(inventory.inventory, environment),
            factsPath: factsFile.map { path($0, environment) },
            accepts: accept.map { text in
                let parts = text.split(separator: "=", maxSplits: 1)
                return .init(String(parts[0]), because: String(parts[1]))
            })
        do {
            try report(author.write(chosen, PlanRequest(values, target: target)), known, world, environment)
        } catch let error as NoPlan {
            throw CommandFailure(
                .invalid, "\(error.description)\nno plan was written" + hint(error.code))
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    /// What stands there may have been worked on by hand, and reviewed.
    private func refuseToReplace(_ environment: OperatorEnvironment) throws(CommandFailure) {
        let written = [output, facts == nil ? factsFile : nil].compactMap { $0 }
        guard !replace, let there = written.first(where: { Files.exists($0, environment) }) else { return }
        throw CommandFailure(.usage, "\(there) exists, and no plan was written; --replace writes over it")
    }

    private func hint(_ code: NoPlan.Code) -> String {
        code == .unsafe
            ? "; --accept HAZARD=REASON writes one that accepts a hazard, with your reason in it" : ""
    }

    /// Where the plan will say that its facts are; nil where it is printed and nothing holds them.
    private var factsFile: String? {
        facts ?? output.map { ($0.hasSuffix(".yaml") ? String($0.dropLast(5)) : $0) + ".facts.yaml" }
    }

    private func report(
        _ written: PlanAuthor.Written, _ known: EnsembleFacts, _ world: Inventory, _ environment: OperatorEnvironment
    ) throws(CommandFailure) {
        for reason in written.reasons {
            Terminal.say("not safe here, so another way was taken: " + safeForTerminal(reason, keepingLines: true))
        }
        guard let output else { return try Terminal.result(written.text) }
        if facts == nil, let factsFile {
            try Files.write(known.yaml(ensemble: world.ensemble), to: factsFile, environment)
        }
        try Files.write(written.text, to: output, environment)
        let accepted = written.plan.hazards.count { $0.acknowledgedBecause != nil }
        let explored = counted(written.plan.statesExplored, "state")
        Terminal.say(
            "\(output): safe, \(explored) explored"
                + (accepted > 0 ? ", \(counted(accepted, "hazard")) acknowledged in it" : "")
                + "; zkops plan preview \(output) shows it")
    }

    private func knownFacts(
        _ world: Inventory, _ environment: OperatorEnvironment, _ palette: Palette
    ) async throws(CommandFailure) -> EnsembleFacts {
        if let facts {
            do {
                return try Files.loader(environment).loadFacts(facts, inventory: world)
            } catch {
                throw .invalid(error, palette)
            }
        }
        let connections = Connections(world, environment)
        do {
            let known = try await Observation.facts(
                of: world.orderedPlaces.map(\.name), control: connections.control, now: environment.world.now)
            await connections.close()
            return known
        } catch {
            await connections.close()
            throw error
        }
    }

    private func target(
        _ path: String, _ world: Inventory, _ environment: OperatorEnvironment, _ palette: Palette
    ) throws(CommandFailure) -> Target {
        do {
            return try Files.loader(environment).loadTarget(path, inventory: world)
        } catch {
            throw .invalid(error, palette)
        }
    }

    /// As the plan names the file: from the plan's folder, or from here where it is printed.
    private func path(_ file: String, _ environment: OperatorEnvironment) -> String {
        func parts(_ path: String) -> [String] { URL(fileURLWithPath: path).standardizedFileURL.pathComponents }
        let target = parts(environment.absolute(file))
        let folder =
            output.map { Array(parts(environment.absolute($0)).dropLast()) } ?? parts(environment.currentDirectory)
        let shared = zip(target, folder).prefix { $0 == $1 }.count
        guard shared > 1 else { return environment.absolute(file) }
        return (Array(repeating: "..", count: folder.count - shared) + target[shared...]).joined(separator: "/")
    }
}

/// What kinds of plans may be told; each says which of it.
struct PlanWishes: ParsableArguments {
    @Option(help: ArgumentHelp("Servers that join.", valueName: "servers"), completion: Completions.servers)
    var add: [String] = []

    @Option(help: ArgumentHelp("Members that leave.", valueName: "servers"), completion: Completions.servers)
    var remove: [String] = []

    @Option(help: ArgumentHelp("Only these members.", valueName: "servers"), completion: Completions.servers)
    var servers: [String] = []

    @Option(help: ArgumentHelp("The installation to move to.", valueName: "installation"))
    var to: String?

    @Option(help: ArgumentHelp("A setting of zoo.cfg; may be repeated.", valueName: "key=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("Keys whose lines go.", valueName: "keys"))
    var unset: [String] = []

    @Option(help: ArgumentHelp("A member's new myid; may be repeated.", valueName: "server=id"))
    var myid: [String] = []

    @Option(help: ArgumentHelp("A host that is no member and helps.", valueName: "host"), completion: Completions.hosts)
    var spare: String?

    @Flag(help: "The old ensemble serves until the new one does; what it commits after the copy is lost.")
    var keepServing = false

    @Option(help: ArgumentHelp("The keystore's path on every host.", valueName: "path"))
    var keystore: String?

    @Option(help: ArgumentHelp("The truststore's path on every host.", valueName: "path"))
    var truststore: String?

    @Option(help: ArgumentHelp("The path of the file with their password on every host.", valueName: "path"))
    var passwordPath: String?

    @Option(
        help: ArgumentHelp("Members, versions and settings that are wanted.", valueName: "file"), completion: .file())
    var target: String?

    /// Those that were given.
    var values: [PlanRequest.Key: [String]] {
        let lists: [(PlanRequest.Key, [String])] = [
            (.add, add.flatMap(Self.pieces)), (.remove, remove.flatMap(Self.pieces)),
            (.servers, servers.flatMap(Self.pieces)),
            (.to, to.map { [$0] } ?? []), (.set, set), (.unset, unset.flatMap(Self.pieces)),
            (.myid, myid.flatMap(Self.pieces)),
            (.spare, spare.map { [$0] } ?? []), (.keepServing, keepServing ? [""] : []),
            (.keystore, keystore.map { [$0] } ?? []), (.truststore, truststore.map { [$0] } ?? []),
            (.passwordPath, passwordPath.map { [$0] } ?? []), (.target, target.map { [$0] } ?? []),
        ]
        return Dictionary(uniqueKeysWithValues: lists.filter { !$0.1.isEmpty })
    }

    static func pieces(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
