import EnsembleAccess
import EnsembleModel
import Testing

@testable import PlanExecution

@Suite struct ExpandTests {
    @Test func aFourthServerJoins() async throws {
        let world = try await SimulatedWorld(hosts: 4, running: 3)
        defer { world.remove() }
        let recorder = EventRecorder()
        let result = await world.applier().apply(try await world.plan(CrashMatrixTests.join), events: recorder.sink)
        #expect(result.failure == nil)
        let names = (1...4).map { ServerName(host: "zk\($0)", installation: "v1") }
        for name in names {
            let server = try #require(await world.ensemble.server(name))
            #expect(server.mode.serves)
            #expect(server.process?.members.count == 4)
            #expect(server.data.paths.count == 5)
        }
    }

    @Test func aSecondRunFindsEverythingDone() async throws {
        let world = try await SimulatedWorld(hosts: 4, running: 3)
        defer { world.remove() }
        let stages = """
              - name: Join
                steps:
                  - set_myid: {zk4@v1: 4}
                  - edit_config: {servers: [zk4@v1], members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}}
                  - start: zk4@v1
            """
        #expect(await world.applier().apply(try await world.plan(stages), events: { _ in }).failure == nil)
        let before = await world.ensemble.changeNames.count
        let recorder = EventRecorder()
        let result = await world.applier(random: 9).apply(try await world.plan(stages), events: recorder.sink)
        #expect(result.failure == nil)
        #expect(await world.ensemble.changeNames.count == before)
        let outcomes = recorder.kinds.compactMap { kind -> StepOutcome? in
            if case .stepFinished(_, let outcome, _) = kind { outcome } else { nil }
        }
        #expect(outcomes == [.already, .already, .already])
    }
}
