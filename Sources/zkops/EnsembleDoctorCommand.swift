import ArgumentParser
import Diagnosis
import EnsembleAccess
import PlanExecution
import PlanLanguage
import TerminalUI

struct EnsembleDoctorCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find out what is wrong: causes with their evidence, remedies, and the plan that cures each.",
        discussion: """
            Every host is looked into side by side: processes, kernel, disks, configurations, and the servers' logs from where the current \
            term began. Nothing is changed. docs/incidents.md lists what is recognised. Ends with 5 where something is wrong, with 0 \
            where nothing is.
            Example: zkops ensemble doctor -i inventory.yaml
            """)

    @OptionGroup var inventory: InventoryOption
    @OptionGroup var colour: ColourOption

    @Option(help: "text, markdown or json")
    var format = DocumentFormat.text

    @Flag(help: "Have each JVM print its threads to its log (SIGQUIT), where /proc does not tell their names (Java 8).")
    var threadDump = false

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let world = try Files.inventory(inventory.inventory, environment, colour.palette(.errors, environment))
        let connections = Connections(world, environment)
        let evidence = await EnsembleEvidence.gather(
            ensemble: world.ensemble, places: world.orderedPlaces, control: connections.control,
            threadDump: threadDump, now: environment.world.now)
        await connections.close()
        let diagnosed = IncidentCatalogue.diagnose(evidence)
        let view = DoctorView(diagnosed, inventory: inventory.inventory)
        let width = min(max(Terminal.size(.output).columns, 100), 140)
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment), width: width))
        case .markdown: try Terminal.result(view.markdown)
        case .json: try Terminal.result(view.json)
        }
        if !diagnosed.findings.isEmpty { throw CommandFailure(.finding) }
    }
}
