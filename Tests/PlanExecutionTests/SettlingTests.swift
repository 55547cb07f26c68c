import EnsembleAccess
import EnsembleModel
import Testing

@testable import PlanExecution

@Suite struct SettlingTests {
    static let stages = "  - name: Restart\n    steps:\n      - restart: zk1@v1"
    static let server = ServerName(host: "zk1", installation: "v1")

    private func failure(
        _ fault: @escaping @Sendable (inout SimulatedServer.Faults) -> Void
    ) async throws -> (ExecutionError?, Duration) {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        // It goes wrong from the moment at which it is stopped.
        await world.ensemble.setHook { (_, _, _) throws(AccessError) in }
        await world.ensemble.onStop { fault(&$0.faults) }
        let begin = world.clock.now
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.outcome == .failed)
        #expect(result.exitCode == 1)
        return (result.failure, world.clock.now - begin)
    }

    @Test func aServerThatNeverJoinsTimesOutWithWhatIsMissing() async throws {
        let (failure, took) = try await failure { $0.neverJoins = true }
        #expect(failure?.code == .settleTimedOut)
        #expect(failure?.message.contains("zk1@v1 is looking") ?? false)
        // The plan's limit is longer than 60 s + initLimit ticks.
        #expect(took >= .seconds(120) && took < .seconds(125))
    }

    @Test func aStartThatLiesFailsAtOnce() async throws {
        let (failure, took) = try await failure { $0.liesOnStart = true }
        #expect(failure?.code == .actionFailed)
        #expect(failure?.message.contains("left no process behind") ?? false)
        #expect(took < .seconds(5))
    }

    @Test func aServerThatDiesRightAfterServingFailsAtOnce() async throws {
        let (failure, took) = try await failure { $0.diesAfterServing = .zero }
        #expect(failure?.code == .actionFailed)
        #expect(took < .seconds(5))
    }

    @Test func theDeadlineIsNeverBelowWhatAHealthyJoinMayTake() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages, settings: "settle_timeout: 5s")
        await world.ensemble.onStop { $0.faults.neverJoins = true }
        let begin = world.clock.now
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure?.code == .settleTimedOut)
        // 60 s + 10 ticks of 2 s.
        #expect(world.clock.now - begin >= .seconds(80))
    }

    /// It refuses all clients while it looks for a leader, which is what is waited for to end.
    @Test func aWaitBearsAServerThatDoesNotServeYet() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: Restart
                steps:
                  - stop: zk1@v1
                  - start: {servers: [zk1@v1], settle: running}
                  - wait: [{znode: /app, through: zk1@v1, exists: false}, {server: zk1@v1, mode: follower}]
            """)
        await world.ensemble.onStop { $0.faults.neverJoins = true }
        let begin = world.clock.now
        await world.ensemble.setOnPulse { ensemble, _ in
            if ensemble.clock.now - begin > .seconds(40) { ensemble.edit(Self.server) { $0.faults = .init() } }
        }
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure == nil)
        #expect(world.clock.now - begin > .seconds(40))
    }

    @Test func aMendedServerIsResumed() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        await world.ensemble.onStop { $0.faults.liesOnStart = true }
        let failed = await world.applier().apply(plan, events: { _ in })
        #expect(failed.outcome == .failed)
        await world.ensemble.edit(Self.server) { $0.faults = .init() }
        let applier = world.applier()
        let result = await applier.resume(try applier.store.open(failed.run), plan, events: { _ in })
        #expect(result.failure == nil)
        let names = await world.ensemble.changeNames
        // The restart was pending all the while; its stop is not repeated.
        #expect(names == ["stop zk1@v1", "start zk1@v1", "start zk1@v1"])
    }
}
