import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

/// The recovery of a five-server ensemble with dead election listeners, by a trio on new software beside it, as
/// `plans/staged-recovery-3-to-5.yaml` does it.
@Suite struct StagedRecoveryTests {
    static let trio = "{1: zk6, 2: zk1, 3: zk2}"

    private static func joins(_ host: String, _ id: Int, _ members: String, _ others: [String]) -> String {
        let list = others.map { "\($0)@v2" }.joined(separator: ", ")
        return """
              - name: \(host) joins as \(id)
                steps:
                  - set_myid: {\(host)@v2: \(id)}
                  - edit_config: {servers: \(host)@v2, members: \(members), dropped: comment}
                  - clear_data: \(host)@v2
                  - start: \(host)@v2
                  - edit_config: {servers: [\(list)], members: \(members), dropped: comment}
                  - rolling: {servers: [\(list)], order: leader_last, steps: [{restart: $server}]}
                  - wait: [{synced_followers: \(others.count), of: [\(list), \(host)@v2]}]

            """
    }

    static let stages =
        """
          - name: Check
            steps:
              - require: [{leader: zk5@v1}, {synced_followers: 2, of: [zk3@v1, zk4@v1, zk5@v1]}]
              - require: [{server: zk1@v1, mode: looking}, {server: zk6@v2, running: false}]
          - name: Prepare
            steps:
              - persist_znodes: {through: zk5@v1, from: /app/node-*}
              - rollback_point: before the trio
              - set_myid: {zk6@v2: 1, zk1@v2: 2, zk2@v2: 3}
              - edit_config: {servers: [zk6@v2, zk1@v2, zk2@v2], members: \(trio), dropped: comment}
              - stop: [zk1@v1, zk2@v1]
              - clear_data: [zk6@v2, zk1@v2, zk2@v2]
              - copy_data: {from: zk5@v1, to: zk6@v2}
          - name: Serve
            steps:
              - start: {servers: [zk6@v2], settle: running}
              - start: zk1@v2
              - require: [{leader: zk6@v2}]
              - start: zk2@v2
              - require: [{leader: zk6@v2}, {writable: [zk6@v2, zk1@v2, zk2@v2]}]
          - name: Retire
            steps:
              - stop: [zk3@v1, zk4@v1, zk5@v1]

        """ + joins("zk3", 4, "{1: zk6, 2: zk1, 3: zk2, 4: zk3}", ["zk1", "zk2", "zk6"])
        + joins("zk4", 5, "{1: zk6, 2: zk1, 3: zk2, 4: zk3, 5: zk4}", ["zk6", "zk1", "zk2", "zk3"])
            + """
              - name: The spare leaves
                steps:
                  - stop: zk6@v2
                  - edit_config: {servers: [zk1@v2, zk2@v2, zk3@v2, zk4@v2], members: {2: zk1, 3: zk2, 4: zk3, 5: zk4}}
                  - rolling: {servers: [zk1@v2, zk2@v2, zk3@v2, zk4@v2], order: leader_last, steps: [{restart: $server}]}
                  - wait: [{serving: [zk1@v2, zk2@v2, zk3@v2, zk4@v2]}]
            """

    static let acknowledge = "  - {hazard: quorum-loss, stage: Retire, because: the trio has taken over}"

    private static func server(_ host: Int, _ installation: String) -> ServerName {
        ServerName(host: "zk\(host)", installation: installation)
    }

    /// Five servers, all deaf; 1 and 2 were restarted and can't come back.
    static func broken() async throws -> SimulatedWorld {
        let world = try await SimulatedWorld(
            hosts: 6, running: 5, version: Version(3, 4, 6), installations: ["v1", "v2"])
        for host in 1...5 { await world.ensemble.edit(server(host, "v1")) { $0.process?.listener = .dead } }
        for host in 1...2 {
            await world.ensemble.kill(server(host, "v1"))
            await world.ensemble.boot(server(host, "v1"))
        }
        await world.ensemble.letElect()
        for host in 1...2 { #expect(await world.ensemble.server(server(host, "v1"))?.mode == .looking) }
        return world
    }

    @Test func bringsTheEnsembleBack() async throws {
        let world = try await Self.broken()
        defer { world.remove() }
        let plan = try await world.plan(Self.stages, acknowledge: Self.acknowledge)
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure == nil)
        for host in 1...4 {
            let server = try #require(await world.ensemble.server(Self.server(host, "v2")))
            #expect(server.mode.serves)
            #expect(server.process?.members.count == 4)
            #expect(server.data.paths.count == 10)
        }
        for host in 1...5 { #expect(await world.ensemble.server(Self.server(host, "v1"))?.mode == .stopped) }
        let starts = await world.ensemble.changeNames.filter { $0.hasPrefix("start") }
        #expect(starts.prefix(3) == ["start zk6@v2", "start zk1@v2", "start zk2@v2"])
        #expect(starts.last.map { $0 != "start zk1@v2" } ?? false)
    }

    /// Whatever went wrong with a copy, the old servers are not stopped for an ensemble that lacks its data.
    @Test(arguments: [true, false])
    func aCopyThatBroughtNothingStopsTheRunWhileTheOldServersServe(isEmpty: Bool) async throws {
        let world = try await Self.broken()
        defer { world.remove() }
        let plan = try await world.plan(Self.stages, acknowledge: Self.acknowledge)
        await world.ensemble.onCopy { data in
            data = isEmpty ? SimulatedData() : SimulatedData(transactions: Array(data.transactions.prefix(1)))
        }
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure?.code == (isEmpty ? .actionFailed : .guardRefused))
        let message = try #require(result.failure?.message)
        #expect(message.contains(isEmpty ? "zk6@v2 has none" : "znodes, and zk5@v1 had 10 when"))
        for host in 3...5 { #expect(await world.ensemble.server(Self.server(host, "v1"))?.mode.serves ?? false) }
    }

    @Test func goingBackWouldDropWritesAndSaysHowMany() async throws {
        let world = try await Self.broken()
        defer { world.remove() }
        let plan = try await world.plan(Self.stages, acknowledge: Self.acknowledge)
        var options = ApplyOptions(assumeYes: true)
        options.until = "5"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        #expect(paused.failure == nil)
        await world.ensemble.write("/app/new")
        let applier = world.applier()
        let run = try applier.store.open(paused.run)
        let before = await world.ensemble.changeNames
        let refused = await applier.rollback(run, plan, to: nil, acceptLostWrites: false, events: { _ in })
        #expect(refused.failure?.code == .writesWouldBeLost)
        // All that it has counted in its epoch is lost, and whatever there was in those between the copy and it.
        let leader = try #require(refused.failure?.server)
        let zxid = try #require(try await world.ensemble.pulse(leader).zxid)
        #expect(zxid.counter > 0)
        let count = "\(zxid.counter) transactions of epoch \(zxid.epoch), and those of earlier epochs"
        #expect(refused.failure?.message.contains(count) ?? false, "\(refused.failure?.message ?? "")")
        #expect(await world.ensemble.changeNames == before)
        let accepted = await applier.rollback(run, plan, to: nil, acceptLostWrites: true, events: { _ in })
        #expect(accepted.failure == nil)
        #expect(accepted.outcome == .rolledBack)
        await world.ensemble.letElect()
        // The old ensemble serves again, now with listeners that live, and what was written through it before is there.
        for host in 1...5 {
            let server = try #require(await world.ensemble.server(Self.server(host, "v1")))
            #expect(server.mode.serves, "zk\(host)")
            #expect(server.data.paths.count == 10)
        }
        for host in 1...6 {
            let server = try #require(await world.ensemble.server(Self.server(host, "v2")))
            #expect(server.mode == .stopped)
            #expect(server.data.transactions.count == 0)
            #expect(server.myid == nil)
        }
    }

    @Test func lostWritesAreCountedFromTheCopy() async throws {
        let check = "      - require: [{lost_writes: 0, from: zk5@v1, to: zk6@v2}]"
        for (stops, writes, isLost) in [(true, false, false), (false, false, false), (false, true, true)] {
            let world = try await Self.broken()
            defer { world.remove() }
            let stop = stops ? "      - stop: [zk3@v1, zk4@v1, zk5@v1]\n" : ""
            let stages =
                "  - name: Retire\n    steps:\n\(stop)      - copy_data: {from: zk5@v1, to: zk6@v2}\n"
                + "      - confirm: look\n\(check)\n"
            let plan = try await world.plan(stages, acknowledge: Self.acknowledge)
            let ensemble = world.ensemble
            let options = ApplyOptions(confirm: { _ in
                if writes { await ensemble.write("/app/late") }
                return true
            })
            let result = await world.applier(options).apply(plan, events: { _ in })
            #expect((result.failure == nil) == !isLost)
            if isLost { #expect(result.failure?.message.contains("1 were committed since it was copied") ?? false) }
        }
    }
}
