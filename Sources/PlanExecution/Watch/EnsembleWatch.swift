package import EnsembleAccess
package import EnsembleModel
package import PlanLanguage
import Synchronization

/// Looks at an ensemble again and again, until conditions hold, time is up, or its task is cancelled.
///
/// Nothing tells zkops of an election, so servers are asked: each on its own, so that a host that does not answer keeps no other
/// waiting, and over sessions that stay open. A server is asked once in each interval, whether the table or a condition asks.
package struct EnsembleWatch: Sendable {
    package enum End: Sendable, Equatable {
        case held
        /// What was missing last; empty where nothing was waited for.
        case timedOut(String)
        case cancelled
    }

    /// Told of every look, in order: what changed by it, and how the ensemble looks now.
    package typealias Sink = @Sendable ([WatchEvent], EnsembleStatus) -> Void

    let inventory: Inventory
    let places: [ServerPlace]
    let control: any EnsembleControl
    let world: World
    let interval: Duration

    /// Between two looks at what seldom changes: configuration, epochs, disks.
    static let factsInterval = Duration.seconds(30)

    /// - Parameter interval: between two looks at a server.
    package init(
        _ inventory: Inventory, places: [ServerPlace], control: any EnsembleControl, world: World, interval: Duration
    ) {
        self.inventory = inventory
        self.places = places
        self.control = control
        self.world = world
        self.interval = interval
    }

    package func run(until conditions: [Condition], limit: Duration?, sink: @escaping Sink) async -> End {
        let teller = Teller(WatchState(ensemble: inventory.ensemble, places: places), now: world.now, sink: sink)
        let context = context(teller)
        return await withTaskGroup(of: End?.self) { group in
            for place in places {
                group.addTask {
                    await look(at: place.name, context.sight, teller)
                    return nil
                }
            }
            if !conditions.isEmpty {
                group.addTask { await holds(conditions, context, teller) ? .held : nil }
            }
            if let limit {
                group.addTask { (try? await world.sleep(limit)) == nil ? nil : .timedOut(teller.missing) }
            }
            var end: End?
            while end == nil, let next = await group.next() { end = next }
            group.cancelAll()
            return end ?? .cancelled
        }
    }

    private func look(at server: ServerName, _ sight: EnsembleSight, _ teller: Teller) async {
        var observed: (at: Duration, process: ProcessIdentity?)?
        while !Task.isCancelled {
            do throws(AccessError) {
                if sight.board.isDue(server, after: interval / 2) {
                    let pulse = try await sight.pulse(server)
                    teller.saw(pulse, of: server)
                }
                let (now, process) = (world.monotonic(), sight.board[server]?.process)
                if observed.map({ now - $0.at >= Self.factsInterval || $0.process != process }) ?? true {
                    teller.saw(try await control.observe(server, files: []), of: server)
                    observed = (now, process)
                }
            } catch {
                if !Task.isCancelled { teller.lost(server, error) }
                observed = nil
            }
            guard (try? await world.sleep(interval)) != nil else { return }
        }
    }

    /// - Returns: false where the task was cancelled first.
    private func holds(_ conditions: [Condition], _ context: ExecutionContext, _ teller: Teller) async -> Bool {
        let evaluator = ConditionEvaluator(context: context, copies: [])
        while !Task.isCancelled {
            // A host that can't be looked at may come back: that is what is waited for.
            let unmet = await evaluator.unmet(conditions)
            if Task.isCancelled { return false }
            if unmet.isEmpty { return true }
            teller.waiting(unmet.map(\.text).joined(separator: "; "))
            guard (try? await world.sleep(interval)) != nil else { return false }
        }
        return false
    }

    /// Conditions are evaluated as in a run that has no steps.
    private func context(_ teller: Teller) -> ExecutionContext {
        let plan = ResolvedPlan(
            name: "watch", summary: "", settings: PlanSettings(), acknowledgements: [], stages: [],
            inventory: inventory,
            facts: nil, warnings: [], digest: "", source: inventory.source)
        let report = RunReporter(
            now: world.now,
            sinks: [
                { event in
                    if case .pulse(let server, let pulse) = event.kind { teller.saw(pulse, of: server) }
                }
            ])
        let sight = EnsembleSight(
            control: control, inventory: inventory, board: PulseBoard(monotonic: world.monotonic), report: report,
            memory: ProcessMemory(path: nil))
        return ExecutionContext(
            run: "watch", plan: plan, control: control, sight: sight, world: world, report: report,
            options: ApplyOptions(watchInterval: nil), allowances: Allowances([]),
            listeners: ListenerKnowledge())
    }

    /// Puts looks from many tasks into one order.
    private final class Teller: Sendable {
        private struct Told {
            var state: WatchState
            var missing = ""
        }

        private let told: Mutex<Told>
        private let now: @Sendable () -> Double
        private let sink: Sink

        init(_ state: WatchState, now: @escaping @Sendable () -> Double, sink: @escaping Sink) {
            told = Mutex(Told(state: state))
            self.now = now
            self.sink = sink
        }

        var missing: String { told.withLock { $0.missing } }

        func saw(_ pulse: ServerPulse, of server: ServerName) {
            tell { told, now in told.state.saw(pulse, of: server, now: now) }
        }

        func saw(_ facts: ServerFacts, of server: ServerName) {
            tell { told, _ in
                told.state.saw(facts, of: server)
                return []
            }
        }

        func lost(_ server: ServerName, _ error: AccessError) {
            tell { told, now in told.state.lost(server, error, now: now) }
        }

        func waiting(_ missing: String) {
            tell { told, now in
                defer { told.missing = missing }
                return told.missing == missing ? [] : [WatchEvent(at: now, kind: .waiting(missing))]
            }
        }

        private func tell(_ change: (inout Told, Double) -> [WatchEvent]) {
            told.withLock { told in
                let events = change(&told, now())
                sink(events, told.state.status)
            }
        }
    }
}
