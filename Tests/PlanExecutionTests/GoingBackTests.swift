import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

/// Back to a rollback point, and further back from there.
@Suite struct GoingBackTests {
    static let stages = """
          - name: one
            steps:
              - rollback_point: first
              - edit_config: {servers: zk1@v1, set: {initLimit: 20}}
              - rollback_point: second
              - edit_config: {servers: zk2@v1, set: {initLimit: 20}}
        """

    private static func configs(_ world: SimulatedWorld) async -> [Bool] {
        var changed: [Bool] = []
        for host in 1...2 {
            let server = ServerName(host: "zk\(host)", installation: "v1")
            let facts = await world.ensemble.facts(files: [])
            changed.append(facts.servers[server]?.config?.contains("initLimit=20") ?? false)
        }
        return changed
    }

    @Test func aRunGoesBackPointByPoint() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        try #require(done.outcome == .succeeded)
        let folder = try applier.store.open(done.run)
        #expect(await Self.configs(world) == [true, true])

        func goBack(_ point: String?) async throws -> RunResult {
            await applier.rollback(folder, plan, to: point, acceptLostWrites: false, events: { _ in })
        }
        #expect(UndoPlan.lastPoint(plan, try folder.history()) == "second")
        #expect(try await goBack(nil).outcome == .rolledBack)
        #expect(await Self.configs(world) == [true, false])
        // Not over what is undone already: the point before it is the last one now.
        #expect(UndoPlan.lastPoint(plan, try folder.history()) == "first")
        #expect(try UndoPlan(plan, try folder.history(), to: nil).actions.map(\.action) == ["1.2.1.1"])
        #expect(try await goBack("second").failure?.code == .pointUnknown)
        #expect(try await goBack("start").outcome == .rolledBack)
        #expect(await Self.configs(world) == [false, false])
        let more = try await goBack(nil)
        #expect(more.failure?.message.contains("rolled back to its start already") == true)
    }

    /// Nothing is undone where a file could not be put back after all.
    @Test func filesChangedByAnotherAreFoundBeforeAnythingIsUndone() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        let server = ServerName(host: "zk1", installation: "v1")
        await world.ensemble.edit(server) { $0.config = ($0.config ?? []) + Array("# by hand\n".utf8) }
        let before = await world.ensemble.changeNames
        let result = await applier.rollback(
            try applier.store.open(done.run), plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(result.exitCode == 3)
        #expect(result.failure?.message.contains("+# by hand") == true)
        #expect(await world.ensemble.changeNames == before)
    }

    /// Somebody restarts a server between an edit and its undoing: its file is back, and its process runs with what is undone.
    @Test func whatAProcessLoadedMeanwhileIsSaid() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        try #require(done.outcome == .succeeded)
        await world.ensemble.restart(ServerName(host: "zk1", installation: "v1"))
        let events = EventRecorder()
        let result = await applier.rollback(
            try applier.store.open(done.run), plan, to: "start", acceptLostWrites: false,
            events: events.sink)
        #expect(result.outcome == .rolledBack)
        #expect(await Self.configs(world) == [false, false])
        let warnings = events.warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("somebody restarted zk1@v1 after the run had edited them") == true)
        #expect(warnings.first?.contains("--servers zk1@v1 -o restart.yaml`") == true)
    }

    /// What the run did not do is not undone, and said.
    @Test func whatElseIsOtherwiseIsSaid() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        await world.ensemble.edit(ServerName(host: "zk3", installation: "v1")) { $0.myid = nil }
        let events = EventRecorder()
        let result = await applier.rollback(
            try applier.store.open(done.run), plan, to: "start", acceptLostWrites: false,
            events: events.sink)
        #expect(result.outcome == .rolledBack)
        let warnings = events.warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("zk3@v1: the run left it with the myid 3, it is none") == true)
    }

    /// Back to a point and then further: servers that the first way back restarted are restarted again once their files are back.
    @Test(arguments: [false, true]) func inTwoHopsServersRunWithWhatIsBack(_ dies: Bool) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: one
                steps:
                  - edit_config: {servers: [zk1@v1, zk2@v1, zk3@v1], set: {initLimit: 20}}
                  - rollback_point: edited
                  - rolling: {servers: [zk1@v1, zk2@v1, zk3@v1], order: leader_last, steps: [{restart: $server}]}
            """)
        let before = await world.fingerprint(modes: false)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        let folder = try applier.store.open(done.run)
        let first = await applier.rollback(folder, plan, to: nil, acceptLostWrites: false, events: { _ in })
        try #require(first.outcome == .rolledBack)
        let events = EventRecorder()
        if dies {
            // In the middle of the second restart.
            let stops = Locked(0)
            await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
                guard name.hasPrefix("stop"), isDone else { return }
                stops.update { $0 += 1 }
                if stops.value == 2 { throw AccessError(.commandFailed, host: "zk1", "cut off") }
            }
            let cut = await applier.rollback(folder, plan, to: "start", acceptLostWrites: false, events: events.sink)
            #expect(cut.outcome == .failed)
            #expect(applier.store.summary(of: folder).isGoingBack)
            await world.ensemble.setHook(nil)
            #expect(await applier.resume(folder, plan, events: events.sink).outcome == .rolledBack)
        } else {
            let second = await applier.rollback(folder, plan, to: "start", acceptLostWrites: false, events: events.sink)
            #expect(second.outcome == .rolledBack)
        }
        #expect(events.warnings == [])
        #expect(await world.fingerprint(modes: false) == before)
        #expect(!applier.store.summary(of: folder).isGoingBack)
    }

    /// A step is undone when all of it is: files of two steps are put back server by server.
    @Test func aStepThatIsHalfUndoneIsNotSaidToBe() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        for host in 1...3 {
            await world.ensemble.edit(ServerName(host: "zk\(host)", installation: "v1")) {
                $0.files["bin/zkEnv.sh"] = Array("HEAP=1\n".utf8)
            }
        }
        let plan = try await world.plan(
            """
              - name: one
                steps:
                  - edit_config: {servers: [zk1@v1, zk2@v1], set: {initLimit: 20}}
                  - edit_file: {servers: [zk1@v1, zk2@v1], path: bin/zkEnv.sh, set: {HEAP: "2"}}
                  - restart: [zk1@v1, zk2@v1]
            """)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        try #require(done.outcome == .succeeded)
        let events = EventRecorder()
        let isWanted = Locked(false)
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            if name.hasPrefix("start"), isDone { isWanted.update { $0 = true } }
        }
        let options = ApplyOptions(assumeYes: true, stopRequested: { isWanted.value ? .afterAction : .none })
        let folder = try applier.store.open(done.run)
        let stopped = await world.applier(options, random: 7).rollback(
            folder, plan, to: "start", acceptLostWrites: false,
            events: events.sink)
        try #require(stopped.exitCode == 130)
        func undone() -> [String] {
            events.kinds.compactMap { kind in
                if case .stepFinished(let step, .undone, _) = kind { step } else { nil }
            }
        }
        #expect(undone() == [])
        let remedies = events.kinds.compactMap { if case .failure(_, _, let remedy, _) = $0 { remedy } else { nil } }
        #expect(remedies == ["It can be resumed. `zkops run resume \(done.run)` goes on going back."])
        await world.ensemble.setHook(nil)
        let resumed = await applier.resume(folder, plan, events: events.sink)
        #expect(resumed.outcome == .rolledBack)
        #expect(Set(undone()) == ["1.1", "1.2", "1.3"])
    }

    /// The same, where the restart is the run's own, and the rollback's.
    @Test func aServerThatTheRollbackRestartsRunsWithWhatIsBack() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: one
                steps:
                  - edit_config: {servers: zk1@v1, set: {initLimit: 20}}
                  - restart: zk1@v1
            """)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        let events = EventRecorder()
        let result = await applier.rollback(
            try applier.store.open(done.run), plan, to: "start", acceptLostWrites: false,
            events: events.sink)
        #expect(result.outcome == .rolledBack)
        #expect(events.warnings == [])
        let process = await world.ensemble.server(ServerName(host: "zk1", installation: "v1"))?.process
        #expect(process?.configText.contains("initLimit=20") == false)
    }

    @Test func aRunThatWasLeftIsNamedToTheNext() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        var options = ApplyOptions(assumeYes: true)
        options.until = "1.2"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        let applier = world.applier()
        #expect(applier.store.unfinished(of: "test")?.run == paused.run)
        #expect(applier.store.unfinished(of: "another") == nil)
        _ = await applier.resume(try applier.store.open(paused.run), plan, events: { _ in })
        #expect(applier.store.unfinished(of: "test") == nil)
    }
}

extension GoingBackTests {
    /// The views find an action by the step that it names; one that is not open is shown nowhere.
    @Test func whatIsUndoneNamesAStepThatWasToldOf() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: one
                steps:
                  - rolling:
                      servers: [zk1@v1, zk2@v1]
                      steps:
                        - edit_config: {servers: $server, set: {initLimit: 20}}
                        - restart: $server
                  - edit_config: {servers: zk3@v1, set: {initLimit: 20}}
            """)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        let events = EventRecorder()
        let result = await applier.rollback(
            try applier.store.open(done.run), plan, to: "start", acceptLostWrites: false, events: events.sink)
        #expect(result.outcome == .rolledBack)
        var (open, undone): (Set<String>, [String]) = ([], [])
        for event in events.all {
            switch event.kind {
            case .stepStarted(let step, _): open.insert(step)
            case .stepFinished(let step, let outcome, _):
                #expect(outcome == .undone)
                open.remove(step)
            case .actionStarted(let action, _, let step, _):
                undone.append(action)
                #expect(open == step.map { [$0] } ?? [], "\(action)")
            default: break
            }
        }
        #expect(undone.count >= 7 && undone.allSatisfy { $0.hasPrefix("undo ") })
        #expect(open.isEmpty)
    }
}
