import ArgumentParser
import EnsembleAccess
import Foundation
import PlanExecution
import PlanLanguage
import RemoteHosts
import TerminalUI

struct EnsembleProbeCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Connect to the ports of every running server, from here and from every host.",
        discussion: """
            A port is open, closed, filtered (nothing answers), or stuck: it accepts connections by the kernel alone, and the process never \
            takes them (ZOOKEEPER-2186). What is stuck is found on the host first; only where that leaves a doubt, one connection is \
            made and half closed, once for each process. Nothing is ever sent to quorum and election ports.
            Ends with 5 where something is wrong. Ports that only this machine can't reach are shown and are not wrong, since zkops needs none \
            but SSH.
            With --every it goes on until it is interrupted, and says when what is wrong changes; --textfile is for node_exporter, \
            --listen for Prometheus itself.
            Example: zkops ensemble probe -i inventory.yaml
            Example: zkops ensemble probe -i inventory.yaml --every 30s --listen 127.0.0.1:9141
            """)

    @OptionGroup var inventory: InventoryOption
    @OptionGroup var colour: ColourOption

    @Option(help: "text, markdown or json")
    var format = DocumentFormat.text

    @Option(help: ArgumentHelp("Probe again and again, so often; 5s or more.", valueName: "time"))
    var every: WaitingTime?

    @Option(
        help: ArgumentHelp(
            "Write Prometheus metrics to this file after each round, whole or not at all.", valueName: "file"))
    var textfile: String?

    @Option(
        help: ArgumentHelp(
            "Serve Prometheus metrics over HTTP, at /metrics; every 30s unless --every says otherwise.",
            valueName: "address:port"))
    var listen: String?

    private static let usualInterval = Duration.seconds(30)

    func validate() throws {
        if let every, every.duration < .seconds(5) { throw ValidationError("--every wants 5s or more") }
        if every != nil || listen != nil, format != .text {
            throw ValidationError(
                "--format is for one look; with --every or --listen there are lines, and metrics for programs")
        }
        if listen != nil, Self.socket(listen ?? "") == nil {
            throw ValidationError("--listen wants an address and a port, such as 127.0.0.1:9141")
        }
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let inventory = try Files.inventory(inventory.inventory, environment, colour.palette(.errors, environment))
        let connections = Connections(inventory, environment)
        let prober = Prober(inventory: inventory, control: connections.control, world: environment.world)
        do throws(CommandFailure) {
            if every != nil || listen != nil {
                try await goOn(prober, environment)
            } else {
                try await once(prober, environment)
            }
            await connections.close()
        } catch {
            await connections.close()
            throw error
        }
    }

    private func once(_ prober: Prober, _ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (survey, metrics) = await prober.round()
        if let textfile { try Files.write(metrics, to: textfile, environment) }
        let view = ProbeView(survey)
        switch format {
        case .text: try Terminal.result(view.text(colour.palette(.output, environment)))
        case .markdown: try Terminal.result(view.markdown)
        case .json: try Terminal.result(view.json)
        }
        if !survey.findings.isEmpty { throw CommandFailure(.finding) }
    }

    /// Round after round, until a signal comes. A textfile that can't be written ends it: monitoring would go on showing the last.
    private func goOn(_ prober: Prober, _ environment: OperatorEnvironment) async throws(CommandFailure) {
        let server = try listen.map { place throws(CommandFailure) in try Self.server(place) }
        if let server { Terminal.say("zkops: metrics are at http://\(server.address)/metrics") }
        let rounds = Task { () -> CommandFailure in
            await withTaskGroup(of: CommandFailure?.self) { group in
                if let server {
                    group.addTask {
                        await server.serve()
                        return nil
                    }
                }
                group.addTask { await self.rounds(prober, server, environment) }
                var failure: CommandFailure?
                for await end in group {
                    failure = failure ?? end
                    group.cancelAll()
                }
                return failure ?? CommandFailure(.interrupted)
            }
        }
        let interrupts = Interrupts { _ in rounds.cancel() }
        let failure = await rounds.value
        withExtendedLifetime(interrupts) {}
        throw failure
    }

    private func rounds(
        _ prober: Prober, _ server: MetricsServer?, _ environment: OperatorEnvironment
    ) async -> CommandFailure? {
        var told: [String]?
        while !Task.isCancelled {
            let (survey, metrics) = await prober.round()
            if Task.isCancelled { return nil }
            server?.publish(metrics)
            do throws(CommandFailure) {
                if let textfile { try Files.write(metrics, to: textfile, environment) }
            } catch {
                return error
            }
            let view = ProbeView(survey)
            if view.findings != told {
                let time = Amounts.timestamp(environment.world.now())
                let lines = view.findings.isEmpty ? ["nothing is wrong"] : view.findings
                if !Terminal.write(lines.map { "\(time) \($0)\n" }.joined(), to: .output) { return nil }
                told = view.findings
            }
            let interval = every?.duration ?? Self.usualInterval
            guard (try? await environment.world.sleep(interval)) != nil else { return nil }
        }
        return nil
    }

    private static func server(_ place: String) throws(CommandFailure) -> MetricsServer {
        guard let (address, port) = socket(place) else { throw CommandFailure(.usage) }
        do throws(HostError) {
            return try MetricsServer(address: address, port: port, contentType: ProbeMetrics.contentType)
        } catch {
            throw CommandFailure(.failed, error.message)
        }
    }

    /// `127.0.0.1:9141`
    private static func socket(_ text: String) -> (address: String, port: UInt16)? {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        return (String(text[..<colon]), port)
    }
}

/// One round of probes, with what it gives to monitoring.
private struct Prober: Sendable {
    let inventory: Inventory
    let control: any EnsembleControl
    let world: World

    func round() async -> (PortSurvey, metrics: String) {
        let begun = world.monotonic()
        let survey = await PortSurvey.take(
            ensemble: inventory.ensemble, places: inventory.orderedPlaces, hosts: inventory.hosts.map(\.name),
            control: control)
        let seconds = (world.monotonic() - begun).inSeconds
        return (survey, ProbeMetrics.text(survey, endedAt: world.now(), seconds: seconds))
    }
}
