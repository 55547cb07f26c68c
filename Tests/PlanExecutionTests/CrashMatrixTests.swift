import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

/// The process dies at every point of a run: before and after every record of the journal, and in every remote action, before it
/// is done and before its answer comes. Resumed, the run ends as if nothing had happened; rolled back, everything is as it was. No
/// point is left out. (`make crash-matrix` does so on real servers, KilledRecoveryTests a sample of it.)
@Suite struct CrashMatrixTests {
    static let join = """
          - name: Join
            steps:
              - require: [{serving: [zk1@v1, zk2@v1, zk3@v1]}]
              - set_myid: {zk4@v1: 4}
              - edit_config: {servers: [zk4@v1], members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}}
              - clear_data: zk4@v1
              - start: zk4@v1
              - edit_config: {servers: [zk1@v1, zk2@v1, zk3@v1], members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}}
              - rolling:
                  servers: [zk1@v1, zk2@v1, zk3@v1]
                  order: leader_last
                  steps:
                    - restart: $server
              - wait: [{synced_followers: 3, of: [zk1@v1, zk2@v1, zk3@v1, zk4@v1]}]
        """

    enum Work: String, CaseIterable, Sendable {
        case join, recovery

        func world() async throws -> SimulatedWorld {
            switch self {
            case .join: try await SimulatedWorld(hosts: 4, running: 3)
            case .recovery: try await StagedRecoveryTests.broken()
            }
        }

        func plan(_ world: SimulatedWorld) async throws -> ResolvedPlan {
            switch self {
            case .join: try await world.plan(CrashMatrixTests.join)
            case .recovery:
                try await world.plan(StagedRecoveryTests.stages, acknowledge: StagedRecoveryTests.acknowledge)
            }
        }
    }

    /// A run and its rollback that nothing disturbed, with what a death at each of their points leaves.
    private struct Undisturbed {
        var world: SimulatedWorld
        var run: String
        var plan: ResolvedPlan
        var before: [String]
        var after: [String]
        var deaths: [Death]
        /// Of its rollback.
        var deathsBack: [Death]
        /// Leaders that were restarted on the way back.
        var moves: Set<String>

        init(_ work: Work) async throws {
            world = try await work.world()
            plan = try await work.plan(world)
            before = await world.fingerprint(modes: false)
            let watch = await DeathWatch(world)
            let applier = watch.applier()
            let result = await applier.apply(plan, events: { _ in })
            try #require(result.failure == nil)
            run = result.run
            let folder = try applier.store.open(run)
            let (records, changes) = (try folder.records().count, await world.ensemble.changes)
            deaths = watch.take()
            try #require(deaths.count == 2 * (records + changes))
            after = await world.fingerprint()
            let undone = await applier.rollback(folder, plan, to: "start", acceptLostWrites: true, events: { _ in })
            try #require(undone.failure == nil)
            deathsBack = watch.take()
            let all = try folder.records().count + (await world.ensemble.changes)
            try #require(deathsBack.count == 2 * (all - records - changes))
            moves = try CrashMatrixTests.moves(folder)
            try #require(!moves.isEmpty)
        }

        /// What is left in the journal and on the hosts once a process has died, for the next one.
        func left(_ death: Death) async throws -> (world: SimulatedWorld, folder: RunFolder) {
            let left = try await death.world(of: world)
            return (left, try left.applier().store.open(run))
        }
    }

    /// Some at once, as many as there are cores; the points are independent of each other.
    private func forEach(
        _ deaths: [Death], of whole: Undisturbed, _ name: String,
        _ body: @escaping @Sendable (SimulatedWorld, RunFolder, Death.Point) async throws -> Void
    ) async throws {
        print("crash matrix, \(name): \(deaths.count) points")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, death) in deaths.enumerated() {
                if index >= 4 { try await group.next() }
                group.addTask {
                    let (world, folder) = try await whole.left(death)
                    defer { world.remove() }
                    try await body(world, folder, death.point)
                }
            }
            try await group.waitForAll()
        }
    }

    private static func moves(_ run: RunFolder) throws -> Set<String> {
        try run.history().undone.filter { $0.hasPrefix("move ") }
    }

    private func last(_ deaths: [Death]) -> Death.Point? {
        deaths.map(\.point).last { if case .record(_, isWritten: true) = $0 { true } else { false } }
    }

    @Test(arguments: Work.allCases) func resumesFromEveryPoint(_ work: Work) async throws {
        let whole = try await Undisturbed(work)
        defer { whole.world.remove() }
        let last = last(whole.deaths)
        try await forEach(whole.deaths, of: whole, "\(work) resumed") { world, run, point in
            let result = await world.applier(random: 7).resume(run, whole.plan, events: { _ in })
            if point == last {
                #expect(result.failure?.code == .runHasEnded, "\(point)")
            } else {
                #expect(result.failure == nil, "\(point)")
                #expect(result.outcome == .succeeded, "\(point)")
            }
            #expect(await world.fingerprint() == whole.after, "\(point)")
        }
    }

    @Test(arguments: Work.allCases) func rollsBackFromEveryPoint(_ work: Work) async throws {
        let whole = try await Undisturbed(work)
        defer { whole.world.remove() }
        try await forEach(whole.deaths, of: whole, "\(work) rolled back") { world, run, point in
            let result = await world.applier(random: 7).rollback(
                run, whole.plan, to: "start", acceptLostWrites: true, events: { _ in })
            #expect(result.failure == nil, "\(point)")
            #expect(result.outcome == .rolledBack, "\(point)")
            #expect(await world.fingerprint(modes: false) == whole.before, "\(point)")
            #expect(await world.ensemble.isLed, "\(point)")
        }
    }

    /// The rollback itself is killed, and resumed.
    @Test(arguments: Work.allCases) func resumesARollbackFromEveryPoint(_ work: Work) async throws {
        let whole = try await Undisturbed(work)
        defer { whole.world.remove() }
        let last = last(whole.deathsBack)
        try await forEach(whole.deathsBack, of: whole, "\(work)'s rollback resumed") { world, run, point in
            // Until the rollback stands in the journal, it is asked for again.
            let hasBegun = try run.history().rollback != nil
            let again = world.applier(random: 7)
            let result =
                hasBegun
                ? await again.resume(run, whole.plan, events: { _ in })
                : await again.rollback(run, whole.plan, to: "start", acceptLostWrites: true, events: { _ in })
            if point == last {
                #expect(result.failure?.code == .runHasEnded, "\(point)")
            } else {
                #expect(result.failure == nil, "\(point)")
                #expect(result.outcome == .rolledBack, "\(point)")
            }
            #expect(await world.fingerprint(modes: false) == whole.before, "\(point)")
            #expect(await world.ensemble.isLed, "\(point)")
            // One that was begun is gone on with, and not made anew.
            #expect(try Self.moves(run) == whole.moves, "\(point)")
        }
    }
}
