import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

/// Where the hosts are not what the plan was made for, nothing is changed and the exit code is 3.
@Suite struct WrongWorldTests {
    static let stages = """
          - name: Work
            steps:
              - require:
                  - {leader: zk3@v1}
                  - {synced_followers: 2, of: [zk1@v1, zk2@v1, zk3@v1]}
              - edit_config: {servers: [zk1@v1, zk2@v1, zk3@v1], set: {syncLimit: 10}}
              - rolling:
                  servers: [zk1@v1, zk2@v1, zk3@v1]
                  order: leader_last
                  steps: [{restart: $server}]
        """

    private static func server(_ number: Int) -> ServerName { ServerName(host: "zk\(number)", installation: "v1") }

    /// Applies the plan to a world that was changed since the facts, or since the facts were compared.
    private func result(
        _ change: @Sendable (SimulatedEnsemble) async -> Void, freshFacts: Bool = false
    ) async throws -> (result: RunResult, messages: [String]) {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let old = await world.ensemble.facts()
        await change(world.ensemble)
        let plan = try await world.plan(Self.stages, facts: freshFacts ? nil : old)
        let before = await world.ensemble.configs()
        let recorder = EventRecorder()
        let result = await world.applier().apply(plan, events: recorder.sink)
        #expect(await world.ensemble.changeNames.isEmpty)
        #expect(await world.ensemble.configs() == before)
        let locks = await world.ensemble.locks()
        #expect(locks.isEmpty)
        return (
            result, recorder.kinds.compactMap { if case .failure(_, let message, _, _) = $0 { message } else { nil } }
        )
    }

    @Test func anotherLeader() async throws {
        let (result, messages) = try await result { ensemble in
            await ensemble.kill(Self.server(3))
            await ensemble.letElect()
            await ensemble.boot(Self.server(3))
            await ensemble.letElect()
        }
        #expect(result.exitCode == 3)
        #expect(result.failure?.code == .hostsDiffer)
        #expect(messages.first?.contains("zk2@v1: mode is leader, the facts say follower") ?? false)
        #expect(messages.first?.contains("zk3@v1: mode is follower, the facts say leader") ?? false)
    }

    @Test func anotherLeaderThatTheFactsKnowOf() async throws {
        let (result, messages) = try await result(
            { ensemble in
                await ensemble.kill(Self.server(3))
                await ensemble.letElect()
                await ensemble.boot(Self.server(3))
                await ensemble.letElect()
            }, freshFacts: true)
        #expect(result.exitCode == 3)
        #expect(result.failure?.code == .preconditionFailed)
        #expect(messages.first?.contains("wanted zk3@v1 to lead, zk3@v1 is follower") ?? false)
    }

    @Test func aFollowerThatIsGone() async throws {
        let (result, _) = try await result(
            { ensemble in
                await ensemble.kill(Self.server(1))
                await ensemble.letElect()
            }, freshFacts: true)
        #expect(result.exitCode == 3)
        #expect(result.failure?.message.contains("wanted 2 synced followers, the leader, zk3@v1, counts 1") ?? false)
    }

    @Test func aHostThatIsDown() async throws {
        let (result, _) = try await result { await $0.makeUnreachable("zk2") }
        #expect(result.exitCode == 3)
        #expect(result.failure?.code == .hostUnreachable)
        #expect(result.failure?.message.contains("zk2: the host does not answer") ?? false)
    }

    @Test func aFileThatSomebodyEdited() async throws {
        let (result, messages) = try await result { ensemble in
            await ensemble.edit(Self.server(2)) {
                $0.config = ($0.config ?? []) + Array("autopurge.purgeInterval=1\n".utf8)
            }
        }
        #expect(result.exitCode == 3)
        #expect(messages.first?.contains("+autopurge.purgeInterval=1") ?? false)
    }

    /// A restart could let a server lead that has not what the others have.
    @Test func aTreeThatDiffers() async throws {
        let (result, messages) = try await result(
            { ensemble in
                await ensemble.edit(Self.server(1)) { $0.data.transactions.removeAll { $0.path == "/app/node-2" } }
            }, freshFacts: true)
        #expect(result.exitCode == 3)
        #expect(result.failure?.code == .guardRefused)
        #expect(messages.first?.contains("zk1@v1 holds 4 znodes at") == true, "\(messages)")
        #expect(messages.first?.contains("where zk2@v1 and zk3@v1 hold 5") == true)
    }

    @Test func aDiskWithoutRoom() async throws {
        let world = try await SimulatedWorld(hosts: 4, running: 3)
        defer { world.remove() }
        let stages = "  - name: Copy\n    steps:\n      - copy_data: {from: zk3@v1, to: zk4@v1}"
        let plan = try await world.plan(stages)
        await world.ensemble.setRoom(1 << 20)
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.exitCode == 3)
        #expect(result.failure?.code == .noRoom)
        #expect(await world.ensemble.changeNames.isEmpty)
    }

    @Test func aHostThatAnotherRunHolds() async throws {
        let (result, _) = try await resultKeepingLocks()
        #expect(result.exitCode == 4)
        #expect(result.failure?.message.contains("run other-1 of somebody") ?? false)
    }

    private func resultKeepingLocks() async throws -> (RunResult, [String]) {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let other = LockOwner(
            run: "other-1", operatorName: "somebody", machine: "elsewhere", since: "2026-01-11T18:00:00Z")
        await world.ensemble.edit(Self.server(2)) { $0.lock = other }
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(await world.ensemble.changeNames.isEmpty)
        // Those that were taken were given back, and the other's is untouched.
        #expect(await world.ensemble.locks() == ["zk2@v1 other-1"])
        return (result, [])
    }
}
