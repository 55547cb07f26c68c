import EnsembleAccess
import EnsembleModel
import Foundation
import Glibc
import PlanExecution
import PlanLanguage
import Synchronization
import TerminalUI

/// Carries out a run in front of a person or a program: live view, questions, signals, exit code.
final class RunExecution: Sendable {
    struct Style: Sendable {
        var assumeYes: Bool
        var json: Bool
        var until: String?
        var lockTimeout: Duration
        var canary: Bool
        var waitsAtSteps: Bool
        var palette: Palette
        var monitoring: MonitoringOptions?
    }

    private let environment: OperatorEnvironment
    private let style: Style
    private let store: RunStore
    private let display: RunDisplay
    private let monitoring: RunMonitoring
    private let interrupts: Interrupts
    private let hasBegun: Begun
    private let failureShown = Mutex(false)

    /// - Parameter stepsEnded: in earlier attempts.
    init(
        plan: ResolvedPlan, store: RunStore, style: Style, stepsEnded: Int = 0, environment: OperatorEnvironment
    ) {
        self.environment = environment
        self.store = store
        self.style = style
        let begun = Begun()
        hasBegun = begun
        let form: RunDisplay.Form = style.json ? .json : environment.canRepaint(.errors) ? .live : .lines
        display = RunDisplay(
            form: form, palette: style.palette,
            state: RunViewState(stages: plan.stages.map(\.name), servers: plan.serversTouched, stepsEnded: stepsEnded),
            size: { Terminal.size(.errors) }, now: environment.world.now,
            write: { Terminal.write($0, to: form == .json ? .output : .errors) })
        // A program that reads the events is told of what happens, not of what becomes of a notifier.
        monitoring = RunMonitoring(style.monitoring, stepsEnded: stepsEnded, environment) { [display] text in
            guard !style.json else { return Terminal.say("zkops: \(safeForTerminal(text))") }
            display.receive(RunEvent(at: environment.world.now(), kind: .warning(text)))
        }
        interrupts = Interrupts { [display] request in
            guard begun.value else {
                Terminal.restoreEcho()
                Terminal.say("\nzkops: interrupted; nothing was changed")
                _exit(Outcome.interrupted.rawValue)
            }
            let text =
                request == .now
                ? "stopping now; what the action in hand did is found out when the run is resumed"
                : "stopping when the action in hand has ended; once more stops now"
            // A program that reads the events is told of what happens, not of what a person asked for.
            guard !style.json else { return Terminal.say("zkops: \(text)") }
            display.receive(RunEvent(at: environment.world.now(), kind: .note(text)))
        }
    }

    /// What the applier is to be made with.
    var options: ApplyOptions {
        var options = ApplyOptions(
            until: style.until, assumeYes: style.assumeYes, confirm: { [self] text in await confirm(text) },
            lockTimeout: style.lockTimeout, stopRequested: { [interrupts] in interrupts.request })
        if style.waitsAtSteps { options.atStep = { _ in await Terminal.nextLine() } }
        return options
    }

    /// From here on a signal no longer ends the process at once: hosts are being changed.
    func beginsToChange() { hasBegun.value = true }

    /// Carries out `work` of `applier`, which is given where to send its events.
    func carryOut(
        _ applier: Applier,
        _ work: (@escaping @Sendable (RunEvent) -> Void) async -> RunResult
    ) async throws(CommandFailure) {
        beginsToChange()
        let ticking = Task { [display, environment] in
            while !Task.isCancelled {
                display.tick()
                try? await environment.world.sleep(.milliseconds(100))
            }
        }
        let (result, clients) = await monitoring.during { [self] in
            await withCanary(applier) {
                await work { event in
                    if case .failure = event.kind { self.failureShown.withLock { $0 = true } }
                    self.display.receive(event)
                    self.monitoring.receive(event)
                }
            }
        }
        ticking.cancel()
        await ticking.value
        display.finish()
        writeReport(result.run, clients)
        guard result.exitCode != 0 else {
            if result.outcome == .stopped, let until = style.until {
                Terminal.say(
                    "zkops: stopped after \(until), as --until says; `zkops run resume \(result.run)` goes on, "
                        + "`zkops run rollback \(result.run)` goes back")
            }
            if Self.exitCode(result, clients) != 0 { throw CommandFailure(.finding) }
            return
        }
        // The live view and the plain lines have told of a failure that happened on the way; a program's stream is not what
        // a person reads.
        let isTold = !style.json && failureShown.withLock { $0 }
        let message = isTold ? "" : result.failure.map { CommandFailure($0).message } ?? ""
        throw CommandFailure(code: result.exitCode, message)
    }

    /// Of a run that is well itself, writes of clients that are lost.
    static func exitCode(_ result: RunResult, _ clients: CanaryReport?) -> Int32 {
        guard result.exitCode == 0, let clients, clients.lost > 0 else { return result.exitCode }
        return Outcome.finding.rawValue
    }

    /// Has client sessions write meanwhile, where the operator wants it.
    private func withCanary(
        _ applier: Applier, _ work: () async -> RunResult
    ) async -> (RunResult, CanaryReport?) {
        guard style.canary, let ensemble = applier.control as? RemoteEnsemble else { return (await work(), nil) }
        let world = environment.world
        return await ensemble.withClientPorts { addresses in
            guard let addresses else {
                Terminal.say("zkops: no configuration names a client port, so there is no canary")
                return (await work(), nil)
            }
            let canary = CanarySessions(
                addresses: addresses, name: "run-" + String(world.random(), radix: 16), options: .init(), world: world)
            let (result, clients) = await canary.during(waiting: .seconds(10), work)
            return (result, clients)
        }
    }

    /// What `run show` shows, kept beside the journal. That it can't be written is said, and changes nothing of what the run did.
    private func writeReport(_ run: String, _ clients: CanaryReport?) {
        if let clients {
            Terminal.write(
                style.json ? CanaryText.line(clients) : CanaryText.lines(clients).map { "zkops: \($0)\n" }.joined(),
                to: style.json ? .output : .errors)
        }
        guard !run.isEmpty else { return }
        do {
            let folder = try store.open(run)
            if let clients { try folder.add(clients) }
            let view = RunShowView(RunReport(folder, of: store), folder: folder.path)
            try folder.write(report: view.text(Palette(colour: false)))
        } catch {
            Terminal.say("zkops: the report is not written: \(safeForTerminal(error.description))")
        }
    }

    private func confirm(_ question: String) async -> Bool {
        if style.assumeYes { return true }
        guard Terminal.canAsk else {
            Terminal.say(
                "zkops: \(safeForTerminal(question)): there is no terminal to ask on; --yes answers Yes to every question"
            )
            return false
        }
        let wake = interrupts.wake
        return await display.paused { Terminal.confirm(safeForTerminal(question), wake: wake) }
    }

    private final class Begun: Sendable {
        private let flag = Mutex(false)

        var value: Bool {
            get { flag.withLock { $0 } }
            set { flag.withLock { $0 = newValue } }
        }
    }
}
