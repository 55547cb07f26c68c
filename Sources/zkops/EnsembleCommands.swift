import ArgumentParser
import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import TerminalUI

struct EnsembleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ensemble",
        abstract: "Look at an ensemble; nothing is changed.",
        discussion: "Example: zkops ensemble status -i inventory.yaml",
        subcommands: [
            EnsembleStatusCommand.self, EnsembleWatchCommand.self, EnsembleFactsCommand.self, EnsembleProbeCommand.self,
            EnsembleContentsCommand.self,
            EnsembleDoctorCommand.self,
        ])
}

struct EnsembleStatusCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what every server says of itself, who leads, and whether a quorum serves.",
        discussion: """
            All hosts are asked side by side; one that does not answer within the inventory's connect_timeout is shown as such and \
            keeps nobody waiting. On a terminal that is too narrow, what is the same for all is told above the table, and the rest in a \
            second one; --wide prints one row a server. The last column says what answered: srvr, the AdminServer, or only the log.
            Example: zkops ensemble status -i inventory.yaml --format json
            """)

    @OptionGroup var inventory: InventoryOption
    @OptionGroup var colour: ColourOption

    @Option(help: "text, markdown or json")
    var format = DocumentFormat.text

    @Flag(help: "One row a server with every column, however wide.")
    var wide = false

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let inventory = try Files.inventory(inventory.inventory, environment, colour.palette(.errors, environment))
        let connections = Connections(inventory, environment)
        let status = await EnsembleStatus.look(
            ensemble: inventory.ensemble, places: inventory.orderedPlaces, control: connections.control)
        await connections.close()
        let view = StatusView(status)
        let width = wide ? nil : Terminal.tableWidth
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment), width: width))
        case .markdown: try Terminal.result(view.markdown)
        case .json: try Terminal.result(view.json)
        }
    }
}

struct EnsembleFactsCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "facts",
        abstract:
            "Write down what is on the hosts now: configuration, myid, version, mode, zxid and more of each server.",
        discussion: """
            Plans are previewed and verified from facts. Every host must answer: a server that was left out would count as \
            stopped and empty.
            Example: zkops ensemble facts -i inventory.yaml --plan plan.yaml -o facts.yaml
            """)

    @OptionGroup var inventory: InventoryOption
    @OptionGroup var variables: VariableOption
    @OptionGroup var colour: ColourOption

    @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file, not to standard output.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Capture also the other files that this plan edits.", valueName: "file"))
    var plan: String?

    func validate() throws {
        if plan == nil, !variables.assignments.isEmpty { throw ValidationError("--var is of use only with --plan") }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let inventory = try Files.inventory(inventory.inventory, environment, colour.palette(.errors, environment))
        let connections = Connections(inventory, environment)
        let facts: EnsembleFacts
        do {
            facts = try await capture(inventory, connections.control, environment)
        } catch {
            await connections.close()
            throw error
        }
        await connections.close()
        for place in inventory.orderedPlaces where facts.servers[place.name]?.isInstalled == false {
            Terminal.say("\(place.name) is written down as stopped and empty: \(place.notInstalled)")
        }
        let yaml = facts.yaml(ensemble: inventory.ensemble)
        guard let output else { return try Terminal.result(yaml) }
        try Files.write(yaml, to: output, environment)
        Terminal.say("the facts of \(counted(facts.servers.count, "server")) are in \(output)")
    }

    private func capture(
        _ inventory: Inventory, _ control: any EnsembleControl, _ environment: OperatorEnvironment
    ) async throws(CommandFailure) -> EnsembleFacts {
        let names = inventory.orderedPlaces.map(\.name)
        var facts = try await Observation.facts(of: names, control: control, now: environment.world.now)
        guard let plan else { return facts }
        // What a plan does to `server.N` lines depends on the configurations, so it is resolved with what has just been seen.
        let input = PlanInput(
            plan: plan, inventory: self.inventory.inventory, facts: nil, variables: variables.values)
        let files = try input.load(environment, colour.palette(.errors, environment), live: facts).filesEdited
        for (name, paths) in files.sorted(by: { $0.key < $1.key }) {
            facts.servers[name] = try await Observation.facts(of: name, files: paths, control: control)
        }
        return facts
    }
}
