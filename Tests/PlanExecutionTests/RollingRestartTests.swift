import EnsembleAccess
import EnsembleModel
import Testing

@testable import PlanExecution

@Suite struct RollingRestartTests {
    static let rolling = """
          - name: Restart
            steps:
              - require: [{serving: [zk1@v1, zk2@v1, zk3@v1]}]
              - rolling:
                  servers: [zk1@v1, zk2@v1, zk3@v1]
                  order: leader_last
                  steps:
                    - restart: $server
              - wait: [{synced_followers: 2, of: [zk1@v1, zk2@v1, zk3@v1]}]
        """

    @Test func restartsEveryServerOnceAndTheLeaderLast() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let recorder = EventRecorder()
        let result = await world.applier().apply(try await world.plan(Self.rolling), events: recorder.sink)
        #expect(result.failure == nil)
        #expect(result.outcome == .succeeded)
        #expect(result.exitCode == 0)
        let names = await world.ensemble.changeNames
        // Server 3 leads: the highest myid of those with the newest data.
        #expect(
            names == [
                "stop zk1@v1", "start zk1@v1", "stop zk2@v1", "start zk2@v1", "stop zk3@v1", "start zk3@v1",
            ])
        #expect(recorder.kinds.last.map { if case .runFinished = $0 { true } else { false } } ?? false)
    }
}
