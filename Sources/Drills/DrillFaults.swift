import EnsembleAccess
import EnsembleModel
import PlanExecution
import PlanLanguage
import Synchronization

/// Brings a drill's faults about, each at its moment, and writes down what was done.
final class DrillFaults: Sendable {
    private struct State {
        /// Of the faults that have not happened yet.
        var waiting: [Int]
        var deeds: [DrillResult.Deed] = []
        /// Why a fault whose moment came did not happen.
        var failures: [String] = []
        var underWay: [Task<Void, Never>] = []
        /// Faults that last a while.
        var lasting: [Task<Void, Never>] = []
        var operatorIsToDie = false
    }

    private let drill: Drill
    private let ensemble: DrillWorld
    private let world: World
    private let report: @Sendable (String) -> Void
    /// Drawn beforehand, so that the same seed gives the same whatever comes first.
    private let chances: [UInt64]
    private let moments: [Duration?]
    private let killOperator: Mutex<(@Sendable () -> Void)?> = Mutex(nil)
    private let state: Mutex<State>

    init(
        _ drill: Drill, _ ensemble: DrillWorld, world: World, seed: UInt64, report: @escaping @Sendable (String) -> Void
    ) {
        self.drill = drill
        self.ensemble = ensemble
        self.world = world
        self.report = report
        let chance = Chance(seed: seed)
        var (chances, moments): ([UInt64], [Duration?]) = ([], [])
        for fault in drill.faults {
            chances.append(chance.next())
            guard case .time(let range) = fault.moment else {
                moments.append(nil)
                continue
            }
            moments.append(chance.moment(in: range))
        }
        self.chances = chances
        self.moments = moments
        state = Mutex(State(waiting: Array(drill.faults.indices)))
    }

    var deeds: [DrillResult.Deed] { state.withLock { $0.deeds.sorted { $0.at < $1.at } } }
    var failures: [String] { state.withLock { $0.failures } }

    /// The faults that never came about, since their moment did not come.
    var missing: [Drill.Fault] { state.withLock { $0.waiting.map { drill.faults[$0] } } }

    /// What is broken before the run begins.
    func first() async {
        for index in take({ if case .first = $0 { true } else { false } }) { await bring(index) }
    }

    /// Those that wait for a time or a condition; the run has begun.
    func begin() {
        for index in drill.faults.indices {
            switch drill.faults[index].moment {
            case .time:
                later(index) { [self] in
                    guard (try? await world.sleep(moments[index] ?? .zero)) != nil else { return false }
                    return true
                }
            case .condition(let conditions):
                later(index) { [self] in
                    let watch = EnsembleWatch(
                        ensemble.inventory, places: ensemble.inventory.orderedPlaces, control: ensemble.control,
                        world: world, interval: .milliseconds(200))
                    return await watch.run(until: conditions, limit: nil) { _, _ in } == .held
                }
            case .first, .before, .after: continue
            }
        }
    }

    /// A step begins or has ended; the operator waits.
    func step(_ moment: StepMoment) async {
        let due = take { fault in
            switch (fault, moment) {
            case (.before(let step), .before(let now)), (.after(let step), .after(let now)): step == now
            default: false
            }
        }
        for index in due {
            let delay = drill.faults[index].delay
            guard delay > .zero else {
                await bring(index)
                continue
            }
            run { [self] in
                if (try? await world.sleep(delay)) != nil { await bring(index) }
            }
        }
    }

    /// - Parameter kill: ends the operator that works now.
    func operatorWorks(_ kill: @escaping @Sendable () -> Void) { killOperator.withLock { $0 = kill } }

    /// Whether the operator was killed since this was last asked.
    func operatorDied() -> Bool {
        state.withLock { state in
            defer { state.operatorIsToDie = false }
            return state.operatorIsToDie
        }
    }

    /// The run is over: what has not happened by now never will, and what lasts a while is waited for.
    func end() async {
        let (tasks, waiting) = state.withLock { ($0.underWay, Set($0.waiting)) }
        // Those that still wait for their moment would do so for ever.
        for (index, task) in waits.withLock({ $0 }) where waiting.contains(index) { task.cancel() }
        for task in tasks { await task.value }
        await lasting()
    }

    /// Waits until what lasts a while is taken back.
    func lasting() async {
        for task in state.withLock({ $0.lasting }) { await task.value }
    }

    private let waits = Mutex<[Int: Task<Void, Never>]>([:])

    private func later(_ index: Int, _ moment: @escaping @Sendable () async -> Bool) {
        let task = Task { [self] in
            guard await moment(), (try? await world.sleep(drill.faults[index].delay)) != nil, claim(index) else {
                return
            }
            await bring(index)
        }
        waits.withLock { $0[index] = task }
        state.withLock { $0.underWay.append(task) }
    }

    private func run(_ body: @escaping @Sendable () async -> Void) {
        let task = Task { await body() }
        state.withLock { $0.underWay.append(task) }
    }

    private func claim(_ index: Int) -> Bool {
        state.withLock { state in
            guard let place = state.waiting.firstIndex(of: index) else { return false }
            state.waiting.remove(at: place)
            return true
        }
    }

    private func take(_ isDue: (Drill.Fault.Moment) -> Bool) -> [Int] {
        state.withLock { state in
            let due = state.waiting.filter { isDue(drill.faults[$0].moment) }
            state.waiting.removeAll { due.contains($0) }
            return due
        }
    }

    // MARK: Deeds

    private func bring(_ index: Int) async {
        let fault = drill.faults[index]
        if fault.kind == .operatorKilled {
            state.withLock { $0.operatorIsToDie = true }
            done("the operator is killed")
            killOperator.withLock { $0 }?()
            return
        }
        do throws(DrillError) {
            var servers: [ServerName] = []
            for victim in fault.victims { servers.append(try await ensemble.find(victim, chance: chances[index])) }
            for line in try await ensemble.carryOut(fault.kind, on: servers) { done(line) }
            guard let lasting = fault.lasting else { return }
            let task = Task { [self, servers] in await takeBack(fault.kind, servers, after: lasting) }
            state.withLock { $0.lasting.append(task) }
        } catch {
            let text = "\(fault.kind.rawValue): \(error.message)"
            state.withLock { $0.failures.append(text) }
            done(text)
        }
    }

    private func takeBack(_ kind: Drill.Fault.Kind, _ servers: [ServerName], after time: Duration) async {
        guard (try? await world.sleep(time)) != nil else { return }
        for server in servers {
            do throws(DrillError) {
                done(try await ensemble.takeBack(kind, on: server))
            } catch {
                state.withLock { $0.failures.append(error.message) }
                done(error.message)
            }
        }
    }

    private func done(_ what: String) {
        report(what)
        let at = world.now()
        state.withLock { $0.deeds.append(.init(at: at, what: what)) }
    }
}
