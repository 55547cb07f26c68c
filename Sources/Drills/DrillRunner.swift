package import EnsembleAccess
import EnsembleModel
import Foundation
package import Lab
package import PlanExecution
package import PlanLanguage
import Synchronization

/// Holds a drill: raises or takes its ensemble, breaks it as the drill says, has the plan applied by another process of zkops while
/// client sessions write and read, and compares what came of it with what was expected.
package struct DrillRunner: Sendable {
    /// What a drill takes from the machine that it is held on.
    package struct Settings: Sendable {
        package var surroundings: LabSurroundings
        /// zkops itself.
        package var executable: String
        /// Where the drill's lab, run and reports lie; it is made.
        package var folder: String
        package var seed: UInt64
        package var world: World
        /// Opens the hosts of an inventory.
        package var connect: @Sendable (Inventory) -> any EnsembleControl
        /// One line a thing that happens.
        package var report: @Sendable (String) -> Void

        package init(
            surroundings: LabSurroundings, executable: String, folder: String, seed: UInt64, world: World,
            connect: @escaping @Sendable (Inventory) -> any EnsembleControl,
            report: @escaping @Sendable (String) -> Void
        ) {
            self.surroundings = surroundings
            self.executable = executable
            self.folder = folder
            self.seed = seed
            self.world = world
            self.connect = connect
            self.report = report
        }
    }

    let drill: Drill
    let settings: Settings
    let loader: PlanLoader

    package init(_ drill: Drill, loader: PlanLoader, settings: Settings) {
        self.drill = drill
        self.loader = loader
        self.settings = settings
    }

    package func run() async throws(DrillError) -> DrillResult {
        let begin = settings.world.monotonic()
        do {
            try FileManager.default.createDirectory(
                atPath: settings.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw DrillError("can't make \(settings.folder): \(error.localizedDescription)")
        }
        var lab: Lab?
        if case .lab(let wanted) = drill.world { lab = try await raise(wanted) }
        let result: Result<DrillResult, DrillError>
        do throws(DrillError) {
            let ensemble = try ensemble(lab)
            result = .success(try await hold(on: ensemble, since: begin))
            await ensemble.control.close()
        } catch {
            result = .failure(error)
        }
        if let lab { await takeDown(lab) }
        return try result.get()
    }

    /// In a task of its own: that the drill was interrupted must not keep anything running.
    private func takeDown(_ lab: Lab) async {
        let failure = await Task { () -> LabError? in
            do throws(LabError) {
                try await lab.down()
                return nil
            } catch {
                return error
            }
        }.value
        if let failure { settings.report("the lab is not down: \(failure.message)") }
    }

    // MARK: The ensemble

    private func raise(_ wanted: Drill.Lab) async throws(DrillError) -> Lab {
        do throws(LabError) {
            settings.report("raising the lab")
            let lab = try await Lab.up(
                try wanted.topology(name: drill.name), in: settings.folder + "/lab", settings.surroundings,
                report: settings.report)
            if wanted.znodes > 0 { try await lab.createZnodes(wanted.znodes) }
            if wanted.proxies > 0 { try await lab.startProxies(wanted.proxies, executable: settings.executable) }
            return lab
        } catch {
            throw DrillError("the lab can't be raised: \(error.message)")
        }
    }

    private func ensemble(_ lab: Lab?) throws(DrillError) -> DrillWorld {
        let path: String
        switch drill.world {
        case .lab: path = settings.folder + "/lab/inventory.yaml"
        case .staging(let inventory): path = inventory
        }
        let inventory: Inventory
        do throws(InvalidInput) {
            inventory = try loader.loadInventory(path)
        } catch {
            throw DrillError("the inventory \(path): " + error.diagnostics.map(\.message).joined(separator: "; "))
        }
        guard lab != nil || inventory.isStaging else {
            throw DrillError(
                "\(path) does not say `allow: staging`, so nothing of \(inventory.ensemble) is broken; add that line to the "
                    + "inventory of an ensemble that nobody needs")
        }
        return DrillWorld(
            inventory: inventory, inventoryPath: path, control: settings.connect(inventory), lab: lab)
    }

    // MARK: The drill

    private func hold(on ensemble: DrillWorld, since begin: Duration) async throws(DrillError) -> DrillResult {
        let faults = DrillFaults(
            drill, ensemble, world: settings.world, seed: settings.seed, report: settings.report)
        return try await whileReachable(ensemble) { (addresses) async throws(DrillError) in
            let before = try await tree(addresses)
            await faults.first()
            let facts = try await observe(ensemble)
            try checkSteps(ensemble, facts)
            let epoch = await self.epoch(of: ensemble)
            var options = CanarySessions.Options()
            options.sessions = drill.clients.sessions
            options.interval = drill.clients.interval
            options.timeout = drill.clients.timeout
            let canary = CanarySessions(
                addresses: addresses, name: drill.name, options: options, world: settings.world)
            let (outcome, clients) = await canary.during { () async -> Result<DrillRun, DrillError> in
                do throws(DrillError) {
                    return .success(try await apply(facts, ensemble, faults))
                } catch {
                    return .failure(error)
                }
            }
            var run = try outcome.get()
            run.elections = await self.epoch(of: ensemble) - epoch
            try? RunStore(directory: state).open(run.run).add(clients)
            var judgement = DrillJudgement(drill.expectations)
            judgement.judge(run, clients)
            judgement.judgeFaults(failures: faults.failures, missing: faults.missing)
            if drill.expectations.znodes == .intact { judgement.judge(before: before, after: await after(addresses)) }
            return DrillResult(
                drill: drill.name, plan: drill.plan, seed: settings.seed, run: run.run, attempts: run.attempts,
                deeds: faults.deeds, clients: clients, checks: judgement.checks, folder: settings.folder,
                seconds: (settings.world.monotonic() - begin).inSeconds)
        }
    }

    /// - Returns: the path of the facts.
    private func observe(_ ensemble: DrillWorld) async throws(DrillError) -> String {
        let path = settings.folder + "/facts.yaml"
        let words =
            ["ensemble", "facts", "-i", ensemble.inventoryPath, "--plan", drill.plan, "-o", path] + variables
        let outcome: (code: Int32, output: String)
        do throws(LabError) {
            outcome = try await Conversation.run(
                settings.executable, words, environment: settings.surroundings.environment)
        } catch {
            throw DrillError(error.message)
        }
        guard outcome.code == 0 else { throw DrillError("the hosts can't be observed: \(outcome.output)") }
        return path
    }

    /// A step that the plan does not have would never begin, and the fault never happen.
    private func checkSteps(_ ensemble: DrillWorld, _ facts: String) throws(DrillError) {
        let plan: ResolvedPlan
        do throws(InvalidInput) {
            plan = try loader.load(
                plan: drill.plan, variables: drill.variables, inventoryFile: ensemble.inventoryPath, factsFile: facts)
        } catch {
            throw DrillError(error.diagnostics.map { Self.placed($0.message, at: $0.range) }.joined(separator: "; "))
        }
        let steps = plan.allSteps.map(\.id)
        for fault in drill.faults {
            let step: String
            switch fault.moment {
            case .before(let named), .after(let named): step = named
            case .first, .time, .condition: continue
            }
            guard !steps.contains(step) else { continue }
            let near = nearest(step, among: steps).map { "; did you mean \($0)?" } ?? "."
            throw DrillError(
                Self.placed(
                    "the plan has no step \(step)\(near) Its steps: \(steps.joined(separator: ", "))", at: fault.range))
        }
    }

    private static func placed(_ message: String, at range: SourceRange?) -> String {
        range.map { "\($0.file):\($0.line):\($0.column): \(message)" } ?? message
    }

    private var variables: [String] {
        drill.variables.sorted { $0.key < $1.key }.flatMap { ["--var", "\($0.key)=\($0.value)"] }
    }

    private var state: String { DrillResult.state(in: settings.folder) }

    /// Applies the plan, and goes on with it as the drill says, until nobody does any more.
    private func apply(
        _ facts: String, _ ensemble: DrillWorld, _ faults: DrillFaults
    ) async throws(DrillError) -> DrillRun {
        var run = DrillRun()
        let begin = settings.world.monotonic()
        var words =
            ["plan", "apply", drill.plan, "-i", ensemble.inventoryPath, "--facts", facts, "--state", state] + variables
        settings.report("applying \(drill.plan)")
        while true {
            let code = try await attempt(words, &run, faults)
            let wasKilled = faults.operatorDied()
            let next = wasKilled ? Drill.Answer.resume : code == 0 ? .stop : drill.answer
            guard next != .stop, !run.run.isEmpty, run.attempts.count < Self.mostAttempts else { break }
            if !wasKilled, next == .rollback, words.contains("rollback") { break }
            // Whoever is called to a run that failed goes on when its servers are back.
            if !wasKilled { await faults.lasting() }
            settings.report(next == .resume ? "the operator goes on with the run" : "the operator goes back")
            words = ["run", next.rawValue, run.run, "--state", state]
        }
        run.seconds = (settings.world.monotonic() - begin).inSeconds
        await faults.end()
        run.outcome = outcome(of: run.run)
        run.unmet = await unmet(ensemble)
        return run
    }

    /// An operator who resumes a run so often has long called for help.
    private static let mostAttempts = 8

    private func attempt(
        _ words: [String], _ run: inout DrillRun, _ faults: DrillFaults
    ) async throws(DrillError) -> Int32 {
        let log = settings.folder + "/operator.log"
        let person: DrillOperator
        do throws(LabError) {
            person = try DrillOperator(
                words, executable: settings.executable, environment: settings.surroundings.environment, errors: log)
        } catch {
            throw DrillError(error.message)
        }
        faults.operatorWorks { person.kill() }
        var seen = run
        let code = await withTaskCancellationHandler {
            await person.work { event in
                if event.event == "run-started", let name = event.run {
                    if seen.run.isEmpty { faults.begin() }
                    seen.run = name
                }
                if event.event == "failure", let message = event.message {
                    seen.failure = message
                    settings.report(message)
                }
                guard let step = event.step else { return }
                if event.event == "step-started" { await faults.step(.before(step: step)) }
                if event.event == "step-finished" { await faults.step(.after(step: step)) }
            }
        } onCancel: {
            person.kill()
        }
        if Task.isCancelled { throw DrillError("the drill was interrupted") }
        run = seen
        run.attempts.append(.init(command: person.command, exitCode: code))
        return code
    }

    private func outcome(of run: String) -> String {
        guard !run.isEmpty else { return "refused" }
        let store = RunStore(directory: state)
        return (try? store.open(run)).map { store.summary(of: $0).outcome.rawValue } ?? "unreadable"
    }

    // MARK: What is looked at

    /// What of the expected state is still missing after a minute; nil where nothing is.
    private func unmet(_ ensemble: DrillWorld) async -> String? {
        let wanted = drill.expectations.state
        guard !wanted.isEmpty else { return nil }
        let watch = EnsembleWatch(
            ensemble.inventory, places: ensemble.inventory.orderedPlaces, control: ensemble.control,
            world: settings.world, interval: .milliseconds(500))
        switch await watch.run(until: wanted, limit: .seconds(60), sink: { _, _ in }) {
        case .held: return nil
        case .timedOut(let missing): return missing
        case .cancelled: return "nobody looked to the end"
        }
    }

    private func epoch(of ensemble: DrillWorld) async -> Int {
        let epochs = await ensemble.pulses().values.compactMap { $0.zxid?.epoch.rawValue }
        return Int(epochs.max() ?? 0)
    }

    private func whileReachable<Value: Sendable>(
        _ ensemble: DrillWorld, _ body: (String) async throws(DrillError) -> Value
    ) async throws(DrillError) -> Value {
        if let lab = ensemble.lab { return try await body(lab.clientAddresses) }
        guard let remote = ensemble.control as? RemoteEnsemble else {
            throw DrillError("a staging ensemble is reached over SSH")
        }
        return try await remote.withClientPorts { (addresses) async -> Result<Value, DrillError> in
            guard let addresses else { return .failure(DrillError("no configuration names a client port")) }
            do throws(DrillError) {
                return .success(try await body(addresses))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func tree(_ addresses: String) async throws(DrillError) -> TreeSnapshot {
        do throws(LabError) {
            return try await Lab.withClient(of: addresses) { client throws(ZooKeeperClientError) in
                try await TreeSnapshot.read(client)
            }
        } catch {
            throw DrillError("the znodes can't be read: \(error.message)")
        }
    }

    private func after(_ addresses: String) async -> Result<TreeSnapshot, DrillError> {
        do throws(DrillError) {
            return .success(try await tree(addresses))
        } catch {
            return .failure(error)
        }
    }
}

/// What the operators of a drill did.
struct DrillRun: Sendable {
    var run = ""
    var attempts: [DrillResult.Attempt] = []
    var outcome = ""
    /// What the operator was told last that went wrong.
    var failure: String?
    /// From the beginning of the first attempt to the end of the last.
    var seconds = 0.0
    var elections = 0
    /// What of the expected state was missing in the end.
    var unmet: String?
}

extension Drill.Lab {
    func topology(name: String) throws(LabError) -> LabTopology {
        var topology = LabTopology.story(name: name, version: version, next: nextVersion)
        // The story's own spare stays one.
        let spares = hosts == nil && spare.isEmpty ? ["zk1"] : spare
        topology.hosts = try LabTopology.hosts(hostNames, spare: spares, observers: observers)
        topology.tickTime = tickTime ?? topology.tickTime
        topology.initLimit = initLimit ?? topology.initLimit
        topology.syncLimit = syncLimit ?? topology.syncLimit
        topology.sharesData = sharesData
        topology.separatesHosts = separatesHosts
        topology.settings = settings.map { LabTopology.Setting($0.key, $0.value) }
        try topology.validate()
        return topology
    }
}
