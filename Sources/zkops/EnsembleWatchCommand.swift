import ArgumentParser
import EnsembleAccess
import PlanExecution
import PlanLanguage
import TerminalUI

struct EnsembleWatchCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Look at an ensemble again and again: its status, elections, and every change of a server's mode.",
        discussion: """
            On a terminal the table of `ensemble status` is repainted in place (without the ports, which `ensemble probe` looks at), and what \
            happens scrolls away above it; elsewhere each thing that happens is a line with its time. Every server is asked once in each \
            --every over sessions that stay open; configurations and disks are looked at every 30 s.
            --until takes a condition as plans write it (docs/plan-language.md) and may be repeated: then all must hold. Ends with 0 when \
            they do, or when --timeout passes with nothing to wait for; with 5 where --timeout passes first; with 130 when interrupted.
            Example: zkops ensemble watch -i inventory.yaml --until 'synced_followers: 4' --timeout 5m
            """)

    @OptionGroup var inventory: InventoryOption
    @OptionGroup var colour: ColourOption

    @Option(help: ArgumentHelp("End when this condition holds, such as 'synced_followers: 4'.", valueName: "condition"))
    var until: [String] = []

    @Option(help: ArgumentHelp("End after this time, such as 30s or 5m.", valueName: "time"))
    var timeout: WaitingTime?

    @Option(help: ArgumentHelp("Ask each server so often; 200ms or more.", valueName: "time"))
    var every = WaitingTime(argument: "1s")!

    @Flag(help: "One JSON object a line for each thing that happens.")
    var json = false

    func validate() throws {
        if every.duration < .milliseconds(200) { throw ValidationError("--every wants 200ms or more") }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let errors = colour.palette(.errors, environment)
        let inventory = try Files.inventory(inventory.inventory, environment, errors)
        let conditions = try conditions(inventory, errors)
        let form: WatchDisplay.Form = json ? .json : environment.canRepaint(.output) ? .live : .lines
        let display = WatchDisplay(
            form: form, palette: colour.palette(.output, environment), size: { Terminal.size(.output) },
            write: { Terminal.write($0, to: .output) })
        let connections = Connections(inventory, environment)
        let watch = EnsembleWatch(
            inventory, places: inventory.orderedPlaces, control: connections.control, world: environment.world,
            interval: every.duration)
        let limit = timeout?.duration
        let (ends, end) = AsyncStream<Void>.makeStream()
        let watching = Task {
            await watch.run(until: conditions, limit: limit) { events, status in
                if !display.show(events, status) { end.yield() }
            }
        }
        let ending = Task {
            for await _ in ends { watching.cancel() }
        }
        let interrupts = Interrupts { _ in end.yield() }
        let result = await watching.value
        ending.cancel()
        display.end(result, at: environment.world.now())
        await connections.close()
        switch result {
        case .held: return
        case .timedOut: if !conditions.isEmpty { throw CommandFailure(.finding) }
        // Nobody reads any more, or somebody asked for the end.
        case .cancelled: if interrupts.request != .none { throw CommandFailure(.interrupted) }
        }
    }

    private func conditions(_ inventory: Inventory, _ palette: Palette) throws(CommandFailure) -> [Condition] {
        var all: [Condition] = []
        for text in until {
            do throws(InvalidInput) {
                all += try PlanLoader.conditions(text, named: "--until", inventory: inventory)
            } catch {
                Terminal.write(DiagnosticsView(error).text(palette: palette), to: .errors)
                throw CommandFailure(.usage)
            }
        }
        return all
    }
}
