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

    /// A run that nothing disturbed. Every world begins the same, so its plan serves them all.
    private struct Undisturbed {
        var plan: ResolvedPlan
        var before: [String]
        var after: [String]
        var points: [Death.Point]
        /// Of its rollback.
        var pointsBack: [Death.Point]

        init(_ work: Work) async throws {
            let world = try await work.world()
            defer { world.remove() }
            plan = try await work.plan(world)
            before = await world.fingerprint(modes: false)
            let applier = world.applier()
            let result = await applier.apply(plan, events: { _ in })
            try #require(result.failure == nil)
            let run = try applier.store.open(result.run)
            let (records, changes) = (try run.records().count, await world.ensemble.changes)
            points = Death.Point.all(records: 1...records, changes: 1...changes)
            after = await world.fingerprint()
            let undone = await applier.rollback(run, plan, to: "start", acceptLostWrites: true, events: { _ in })
            try #require(undone.failure == nil)
            pointsBack = Death.Point.all(
                records: (records + 1)...(try run.records().count),
                changes: (changes + 1)...(await world.ensemble.changes))
        }
    }

    /// Some at once, as many as there are cores; the points are independent of each other.
    private func forEach(
        _ points: [Death.Point], _ name: String, _ body: @escaping @Sendable (Death.Point) async throws -> Void
    ) async throws {
        print("crash matrix, \(name): \(points.count) points")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, point) in points.enumerated() {
                if index >= 4 { try await group.next() }
                group.addTask { try await body(point) }
            }
            try await group.waitForAll()
        }
    }

    /// Applies the plan until the process dies.
    private func died(
        _ work: Work, _ plan: ResolvedPlan, at point: Death.Point
    ) async throws -> (world: SimulatedWorld, run: RunFolder) {
        let world = try await work.world()
        let death = Death(at: point)
        await death.strike(world)
        var applier = world.applier()
        applier.probe = death.probe
        let result = await applier.apply(plan, events: { _ in })
        #expect(death.hasCome, "\(point)")
        #expect(result.failure?.code == .journalUnwritable, "\(point)")
        await Death.pass(world)
        return (world, try world.applier().store.open(result.run))
    }

    @Test(arguments: Work.allCases) func resumesFromEveryPoint(_ work: Work) async throws {
        let whole = try await Undisturbed(work)
        let last = whole.points.filter { if case .record = $0 { true } else { false } }.last
        try await forEach(whole.points, "\(work) resumed") { point in
            let (world, run) = try await died(work, whole.plan, at: point)
            defer { world.remove() }
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
        try await forEach(whole.points, "\(work) rolled back") { point in
            let (world, run) = try await died(work, whole.plan, at: point)
            defer { world.remove() }
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
        let last = whole.pointsBack.filter { if case .record = $0 { true } else { false } }.last
        try await forEach(whole.pointsBack, "\(work)'s rollback resumed") { point in
            let world = try await work.world()
            defer { world.remove() }
            let done = await world.applier().apply(whole.plan, events: { _ in })
            let run = try world.applier().store.open(done.run)
            let death = Death(at: point)
            await death.strike(world)
            var applier = world.applier()
            applier.probe = death.probe
            let died = await applier.rollback(run, whole.plan, to: "start", acceptLostWrites: true, events: { _ in })
            #expect(death.hasCome, "\(point)")
            #expect(died.failure?.code == .journalUnwritable, "\(point)")
            await Death.pass(world)
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
        }
    }
}
