import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

/// Connections that break in the middle, leaders that move, and plans that want to go back by themselves.
@Suite struct FaultTests {
    static let stages = """
          - name: Change
            steps:
              - rollback_point: begin
              - edit_config: {servers: [zk1@v1, zk2@v1, zk3@v1], set: {syncLimit: 8}}
              - rolling: {servers: [zk1@v1, zk2@v1, zk3@v1], order: leader_last, steps: [{restart: $server}]}
        """

    private static func changes() async throws -> (plan: ResolvedPlan, before: [String], after: [String], count: Int) {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(stages)
        let before = await world.fingerprint()
        try #require(await world.applier().apply(plan, events: { _ in }).failure == nil)
        return (plan, before, await world.fingerprint(), await world.ensemble.changes)
    }

    /// Applies the plan once for either side of every change, where an error takes the place of the answer; whatever `body` does then, every
    /// world ends as an undisturbed one.
    private func disturbed(
        by code: AccessError.Code, _ words: String,
        _ body: (SimulatedWorld, ResolvedPlan, RunResult) async throws -> Void
    ) async throws {
        let whole = try await Self.changes()
        for number in 1...whole.count {
            for afterwards in [false, true] {
                let world = try await SimulatedWorld(hosts: 3, running: 3)
                defer { world.remove() }
                await world.ensemble.setHook { (change, _, isDone) throws(AccessError) in
                    guard change == number, isDone == afterwards else { return }
                    throw AccessError(code, host: "zk1", words)
                }
                let result = await world.applier().apply(whole.plan, events: { _ in })
                try await body(world, whole.plan, result)
                #expect(await world.fingerprint() == whole.after, "change \(number)")
            }
        }
    }

    @Test func aConnectionLostAroundAnyChangeIsLookedAfter() async throws {
        try await disturbed(by: .outcomeUnknown, "the connection was lost") { _, _, result in
            #expect(result.failure == nil)
        }
    }

    @Test func aHostLostAroundAnyChangeStopsAndCanBeResumed() async throws {
        try await disturbed(by: .hostUnreachable, "the host is gone") { world, plan, failed in
            #expect(failed.failure?.code == .hostUnreachable)
            #expect(failed.exitCode == 1)
            await world.ensemble.setHook(nil)
            let applier = world.applier()
            let result = await applier.resume(try applier.store.open(failed.run), plan, events: { _ in })
            #expect(result.failure == nil)
        }
    }

    /// All of the plan, or the step that fails.
    @Test(arguments: [true, false]) func aPlanThatWantsToGoesBackByItself(ofPlan: Bool) async throws {
        let whole = try await Self.changes()
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let ofStep = "{on_failure: rollback, rolling: {"
        let plan = try await world.plan(
            ofPlan ? Self.stages : Self.stages.replacing("rolling: {", with: ofStep) + "}",
            settings: ofPlan ? "on_failure: rollback" : "")
        let isBroken = Locked(false)
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            // The second server does not start with the new configuration.
            guard name == "start zk2@v1", !isDone, !isBroken.value else { return }
            isBroken.update { $0 = true }
            throw AccessError(.startFailed, host: "zk2", "the command exited with 1")
        }
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.outcome == .rolledBack)
        #expect(result.exitCode == 1)
        #expect(result.failure?.code == .actionFailed)
        #expect(await world.fingerprint() == whole.before)
    }

    @Test func aRollbackKilledAnywhereIsResumed() async throws {
        let whole = try await Self.changes()
        /// Applies all but the last restart, rolls back with `probe`, and says how many records there were.
        func undone(_ probe: Journal.Probe?) async throws -> (SimulatedWorld, RunFolder, RunResult) {
            let world = try await SimulatedWorld(hosts: 3, running: 3)
            var options = ApplyOptions(assumeYes: true)
            options.until = "1.3[zk2@v1].1"
            let paused = await world.applier(options).apply(whole.plan, events: { _ in })
            var applier = world.applier()
            applier.probe = probe
            let run = try applier.store.open(paused.run)
            let result = await applier.rollback(run, whole.plan, to: nil, acceptLostWrites: false, events: { _ in })
            return (world, run, result)
        }
        let (world, run, result) = try await undone(nil)
        #expect(result.outcome == .rolledBack)
        #expect(await world.fingerprint() == whole.before)
        let records = try run.records()
        world.remove()
        let first = try #require(records.firstIndex { if case .rollbackBegan = $0.entry { true } else { false } })
        for number in (first + 1)..<records.count {
            let (world, run, died) = try await undone { (record, isWritten) throws(ExecutionError) in
                if record.number == number, isWritten { throw ExecutionError(.journalUnwritable, "the process died") }
            }
            defer { world.remove() }
            #expect(died.failure?.code == .journalUnwritable)
            let again = await world.applier().resume(run, whole.plan, events: { _ in })
            #expect(again.failure == nil, "record \(number)")
            #expect(again.outcome == .rolledBack, "record \(number)")
            #expect(await world.fingerprint() == whole.before, "record \(number)")
        }
    }

    @Test func aLeaderThatMovesBeforeItsTurnIsPutLast() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            "  - name: Restart\n    steps:\n"
                + "      - rolling: {servers: [zk1@v1, zk2@v1, zk3@v1], order: leader_last, steps: [{restart: $server}]}"
        )
        let looks = Locked(0)
        await world.ensemble.setOnPulse { ensemble, name in
            // Between the look for the leader and the stop of server 1, server 1 comes to lead.
            guard name.description == "zk1@v1", ensemble.changes == 0,
                looks.update({
                    $0 += 1
                    return $0
                }) == 3
            else { return }
            ensemble.makeLeader(name)
        }
        let recorder = EventRecorder()
        let result = await world.applier().apply(plan, events: recorder.sink)
        #expect(result.failure == nil)
        let stops = await world.ensemble.changeNames.filter { $0.hasPrefix("stop") }
        #expect(stops.count == 3)
        #expect(stops.last == "stop zk1@v1")
    }

    @Test func theOutageIsMeasured() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let stages = """
              - name: All
                steps:
                  - stop: [zk1@v1, zk2@v1, zk3@v1]
                  - start: {servers: [zk1@v1], settle: running}
                  - start: [zk2@v1, zk3@v1]
            """
        let plan = try await world.plan(stages, acknowledge: "  - {hazard: quorum-loss, because: an outage is planned}")
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure == nil)
        #expect(result.unavailableSeconds > 0.2)
        #expect(result.unavailableSeconds < result.seconds)
    }

    /// `é` in ISO 8859-1, as Java wrote it for years: no UTF-8, and none of the edit's business.
    @Test func bytesOfAnOldEncodingSurviveAnEdit() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let server = ServerName(host: "zk1", installation: "v1")
        let comment = Array("# caf".utf8) + [0xE9, UInt8(ascii: "\n")]
        await world.ensemble.edit(server) { $0.config = comment + ($0.config ?? []) }
        let plan = try await world.plan(
            "  - name: Edit\n    steps:\n      - edit_config: {servers: zk1@v1, set: {syncLimit: 10}}")
        let result = await world.applier().apply(plan, events: { _ in })
        #expect(result.failure == nil)
        let after = try #require(await world.ensemble.server(server)?.config)
        #expect(after.starts(with: comment))
        #expect(String(decoding: after, as: UTF8.self).contains("syncLimit=10\n"))
    }
}
