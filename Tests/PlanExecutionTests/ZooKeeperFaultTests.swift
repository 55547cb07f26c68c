import EnsembleAccess
import EnsembleModel
import PlanLanguage
import TestSupport
import Testing

@testable import PlanExecution

/// What servers do wrong, and what is said then; docs/faults.md lists all. Simulated, with a logical clock: real servers take minutes for
/// most of it. What needs real ones is in EndToEndTests.ServerFaultTests.
@Suite struct ZooKeeperFaultTests {
    static let server = ServerName(host: "zk1", installation: "v1")
    static let leader = ServerName(host: "zk3", installation: "v1")
    static let rolling = """
          - name: Restart
            steps:
              - rolling: {servers: [zk1@v1, zk2@v1, zk3@v1], order: leader_last, steps: [{restart: $server}]}
        """

    /// Applies a plan to a healthy trio that goes wrong by `fault`, and compares the message of its failure.
    /// - Parameter golden: nil where the words are those of the simulated host.
    private func expect(
        _ golden: String?, _ code: ExecutionError.Code, events: @escaping @Sendable (RunEvent) -> Void = { _ in },
        _ fault: (SimulatedEnsemble) async -> Void
    ) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.rolling)
        await fault(world.ensemble)
        let result = await world.applier().apply(plan, events: events)
        #expect(result.failure?.code == code)
        // 3 where nothing was changed yet.
        #expect(result.exitCode == (await world.ensemble.changeNames.isEmpty ? 3 : 1))
        #expect(result.outcome == .failed)
        // Nobody else was stopped for it.
        #expect(await world.ensemble.changeNames.filter { $0.hasPrefix("stop") }.count <= 1)
        #expect(await world.ensemble.locks().isEmpty)
        guard let golden else { return }
        try expectGolden((result.failure?.description ?? "") + "\n", "Faults/zookeeper/\(golden).txt")
    }

    @Test func aServerThatNeverJoins() async throws {
        try await expect("never-joins", .settleTimedOut) { await $0.onStop { $0.faults.neverJoins = true } }
    }

    @Test func aServerThatFlaps() async throws {
        try await expect("flaps", .settleTimedOut) { await $0.onStop { $0.faults.flapsAfter = .zero } }
    }

    @Test func aServerThatDiesRightAfterSettling() async throws {
        let hasSettled = Locked(false)
        let events: @Sendable (RunEvent) -> Void = { event in
            if case .stepFinished(let step, .done, _) = event.kind, step.contains("[zk1@v1]") {
                hasSettled.update { $0 = true }
            }
        }
        try await expect("dies-after-settling", .guardRefused, events: events) { ensemble in
            await ensemble.setOnPulse { ensemble, _ in
                if hasSettled.value, !ensemble.changeNames.contains("stop zk2@v1") { ensemble.kill(Self.server) }
            }
        }
    }

    @Test func aLeaderLostBetweenCheckAndStop() async throws {
        try await expect("leader-lost", .guardRefused) { ensemble in
            let looks = Locked(0)
            await ensemble.setOnPulse { ensemble, name in
                guard name == Self.server, ensemble.changes == 0 else { return }
                let count = looks.update { looks in
                    looks += 1
                    return looks
                }
                // The looks before the run and at its beginning are over.
                if count == 3 { ensemble.kill(Self.leader) }
            }
        }
    }

    @Test func aSnapshotThatTakesLongerThanInitLimit() async throws {
        try await expect("slow-snapshot", .settleTimedOut) { ensemble in
            await ensemble.onStop { $0.faults.snapshotTakes = .seconds(45) }
        }
    }

    /// What the message advises helps: more time for the snapshot.
    @Test func aSlowSnapshotArrivesWithALargerInitLimit() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: Raise
                steps:
                  - edit_config: {servers: [zk1@v1, zk2@v1, zk3@v1], set: {initLimit: 60}}
                  - rolling: {servers: [zk1@v1, zk2@v1, zk3@v1], order: leader_last, steps: [{restart: $server}]}
            """)
        await world.ensemble.onStop { $0.faults.snapshotTakes = .seconds(45) }
        #expect(await world.applier().apply(plan, events: { _ in }).failure == nil)
    }

    @Test func aScriptThatLies() async throws {
        try await expect("script-lies", .actionFailed) { await $0.onStop { $0.faults.liesOnStart = true } }
    }

    /// The boot id of whoever runs a server anew: a second operator's is the same, that of a rebooted host is another.
    @Test(arguments: [nil, "the next boot"]) func aServerThatRunsAnewBeforeItIsStopped(bootID: String?) async throws {
        try await expect(nil, .hostChanged) { ensemble in
            await ensemble.setBeforeChange { ensemble, name in
                guard name == "stop zk1@v1" else { return }
                ensemble.kill(Self.server)
                ensemble.boot(Self.server, bootID: bootID)
            }
        }
    }

    @Test(arguments: [nil, "the next boot"]) func aServerThatRunsAnewWhileItSettles(bootID: String?) async throws {
        try await expect("restarted-while-settling", .actionFailed) { ensemble in
            await whileSettling(ensemble, look: 3) { ensemble in
                ensemble.kill(Self.server)
                ensemble.boot(Self.server, bootID: bootID)
            }
        }
    }

    /// As of a host that reboots and starts no servers by itself.
    @Test func aServerThatEndsWhileItSettles() async throws {
        try await expect("ended-while-settling", .actionFailed) { ensemble in
            await whileSettling(ensemble, look: 2) { $0.kill(Self.server) }
        }
    }

    private func whileSettling(
        _ ensemble: SimulatedEnsemble, look: Int, _ deed: @escaping @Sendable (isolated SimulatedEnsemble) -> Void
    ) async {
        let looks = Locked(0)
        await ensemble.setOnPulse { ensemble, name in
            guard name == Self.server, ensemble.changeNames.last == "start zk1@v1" else { return }
            let count = looks.update { looks in
                looks += 1
                return looks
            }
            if count == look { deed(ensemble) }
        }
    }
}
