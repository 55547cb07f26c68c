import ArgumentParser
import PlanExecution
import RemoteHosts
import Synchronization
import TerminalUI

/// Who is to hear of a run besides the terminal.
struct MonitoringOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Run this command of sh for every event, with the event as one JSON object on its standard input.",
            valueName: "command"))
    var notify: String?

    @Option(
        help: ArgumentHelp(
            "Write Prometheus metrics of the run to this file while it goes on, whole or not at all.", valueName: "file"
        ), completion: .file())
    var textfile: String?
}

/// Tells a run's events to a command and its metrics to a file. Neither holds up the run, and neither can stop it: what goes wrong is warned of once.
final class RunMonitoring: Sendable {
    private struct Metrics {
        var metrics: RunMetrics
        var hasChanged = false
        var writtenAt = -Double.infinity
        var hasWarned = false
    }

    /// While nothing happens, the file is written so often, in seconds, so that its age tells whether the process lives.
    private static let heartbeat = 10.0

    private let environment: OperatorEnvironment
    private let notifier: RunNotifier?
    private let textfile: String?
    private let metrics: Mutex<Metrics>
    private let warn: @Sendable (String) -> Void

    init(
        _ options: MonitoringOptions?, stepsEnded: Int, _ environment: OperatorEnvironment,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.environment = environment
        self.warn = warn
        textfile = options?.textfile
        metrics = Mutex(Metrics(metrics: RunMetrics(stepsEnded: stepsEnded)))
        notifier = options?.notify.map { command in
            RunNotifier(
                monotonic: environment.world.monotonic,
                deliver: { line, limit in
                    await LocalShell.run(
                        command, input: line + "\n", environment: environment.assignments, limit: limit)
                }, warn: warn)
        }
    }

    func receive(_ event: RunEvent) {
        notifier?.receive(event)
        guard textfile != nil else { return }
        metrics.withLock { metrics in
            metrics.metrics.apply(event)
            metrics.hasChanged = true
        }
    }

    /// Tells of what comes in during `work`, and of the rest after it, within a limit of time.
    func during(
        _ work: () async -> (RunResult, CanaryReport?)
    ) async -> (RunResult, CanaryReport?) {
        let writing = Task { [environment] in
            while !Task.isCancelled {
                write()
                try? await environment.world.sleep(.seconds(1))
            }
        }
        let telling = Task { [notifier] in await notifier?.run() }
        let (result, clients) = await work()
        writing.cancel()
        await writing.value
        metrics.withLock { metrics in
            metrics.metrics.exitCode = RunExecution.exitCode(result, clients)
            metrics.hasChanged = true
        }
        write()
        notifier?.end()
        await telling.value
        return (result, clients)
    }

    private func write() {
        guard let textfile else { return }
        let now = environment.world.now()
        let text = metrics.withLock { metrics -> String? in
            guard metrics.metrics.hasBegun, metrics.hasChanged || now >= metrics.writtenAt + Self.heartbeat else {
                return nil
            }
            metrics.hasChanged = false
            metrics.writtenAt = now
            return metrics.metrics.text(at: now)
        }
        guard let text else { return }
        do {
            try Files.write(text, to: textfile, environment)
        } catch {
            let isFirst = metrics.withLock { metrics in
                defer { metrics.hasWarned = true }
                return !metrics.hasWarned
            }
            if isFirst { warn("\(error.message); the run goes on without metrics") }
        }
    }
}
