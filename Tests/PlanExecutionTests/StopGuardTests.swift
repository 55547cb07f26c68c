import EnsembleAccess
import EnsembleModel
import Testing

@testable import PlanExecution

@Suite struct StopGuardTests {
    private static func stop(_ servers: String) -> String {
        "  - name: Stop\n    steps:\n      - stop: \(servers)"
    }

    private static func server(_ number: Int) -> ServerName { ServerName(host: "zk\(number)", installation: "v1") }

    private func refusal(_ world: SimulatedWorld, _ stages: String, acknowledge: String = "") async throws
        -> ExecutionError?
    {
        let before = await world.ensemble.changeNames
        let result = await world.applier().apply(
            try await world.plan(stages, acknowledge: acknowledge), events: { _ in })
        if result.failure != nil { #expect(await world.ensemble.changeNames == before) }
        return result.failure
    }

    @Test func refusesToTakeTheQuorumAway() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        await world.ensemble.kill(Self.server(1))
        await world.ensemble.letElect()
        let failure = try await refusal(world, Self.stop("zk2@v1"))
        #expect(failure?.code == .guardRefused)
        #expect(failure?.exitCode == 3)
        #expect(failure?.message.contains("server.1 on 10.0.0.1 is stopped") ?? false)
    }

    @Test func acceptsItWhereThePlanDoes() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        await world.ensemble.kill(Self.server(1))
        await world.ensemble.letElect()
        let accepted = "  - {hazard: quorum-loss, stage: Stop, because: it is meant}"
        #expect(try await refusal(world, Self.stop("zk2@v1"), acknowledge: accepted) == nil)
    }

    @Test func acceptingItElsewhereIsNotEnough() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        await world.ensemble.kill(Self.server(1))
        await world.ensemble.letElect()
        let accepted = "  - {hazard: fragile, because: another hazard}"
        #expect(try await refusal(world, Self.stop("zk2@v1"), acknowledge: accepted)?.code == .guardRefused)
    }

    @Test func countsServersThatAreDownAtOnce() async throws {
        let world = try await SimulatedWorld(hosts: 5, running: 5)
        defer { world.remove() }
        // Three of five keep a quorum, but two would be down.
        let failure = try await refusal(world, Self.stop("{servers: [zk1@v1, zk2@v1], parallel: true}"))
        #expect(failure?.code == .guardRefused)
        #expect(failure?.message.contains("max_unavailable is 1") ?? false)
    }

    @Test func doubtRefuses() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stop("zk2@v1"))
        await world.ensemble.setOnPulse { ensemble, name in
            // The host of server 1 goes away when server 2 is about to be stopped.
            if name.host == "zk2", ensemble.changes == 0 { ensemble.makeUnreachable("zk1") }
        }
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure?.code == .guardRefused || result.failure?.code == .hostUnreachable)
        #expect(await world.ensemble.changeNames.isEmpty)
    }

    @Test func aServerThatIsStillJoiningIsWaitedFor() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        await world.ensemble.kill(Self.server(1))
        await world.ensemble.letElect()
        await world.ensemble.boot(Self.server(1))
        var facts = await world.ensemble.facts()
        facts.servers[Self.server(1)]?.mode = .follower
        let plan = try await world.plan(Self.stop("zk2@v1"), facts: facts)
        await world.ensemble.letElect()
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure == nil)
    }

    @Test func aDeafEnsembleIsNotRestarted() async throws {
        let world = try await SimulatedWorld(hosts: 5, running: 5, version: Version(3, 4, 6))
        defer { world.remove() }
        for number in 1...3 { await world.ensemble.edit(Self.server(number)) { $0.process?.listener = .dead } }
        let stages = "  - name: Restart\n    steps:\n      - restart: zk4@v1"
        let failure = try await refusal(world, stages)
        #expect(failure?.code == .guardRefused)
        #expect(failure?.message.contains("ZOOKEEPER-2186") ?? false)
        #expect(failure?.message.contains("No order of restarts heals this ensemble") ?? false)
    }

    @Test func aListenerThatNobodyLookedAtRefuses() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3, version: Version(3, 4, 6))
        defer { world.remove() }
        await world.ensemble.hideListeners()
        let stages = "  - name: Restart\n    steps:\n      - restart: zk1@v1"
        let failure = try await refusal(world, stages)
        #expect(failure?.code == .guardRefused)
        #expect(failure?.exitCode == 3)
    }

    @Test func aLonelyServerIsNotStopped() async throws {
        let world = try await SimulatedWorld(hosts: 1, running: 1)
        defer { world.remove() }
        #expect(try await refusal(world, Self.stop("zk1@v1"))?.message.contains("standalone") ?? false)
    }

    @Test func twoInstallationsOfOneHostDoNotRunTogether() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3, installations: ["v1", "v2"])
        defer { world.remove() }
        let failure = try await refusal(world, "  - name: Start\n    steps:\n      - start: zk1@v2")
        #expect(failure?.code == .guardRefused)
    }
}
