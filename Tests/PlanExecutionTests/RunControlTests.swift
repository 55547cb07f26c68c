import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage
import Testing

@testable import PlanExecution

/// Pausing, asking, interrupting, locking, and what lists of runs show.
@Suite struct RunControlTests {
    static let stages = """
          - name: First
            steps:
              - edit_config: {servers: [zk1@v1], set: {syncLimit: 8}}
              - confirm: go on?
              - restart: zk1@v1
          - name: Second
            steps:
              - edit_config: {servers: [zk2@v1], set: {syncLimit: 8}}
        """

    @Test(arguments: ["1.1", "1"]) func untilPausesAndResumeGoesOn(_ until: String) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        var options = ApplyOptions(assumeYes: true)
        options.until = until
        let paused = await world.applier(options).apply(plan, events: { _ in })
        #expect(paused.outcome == .stopped)
        #expect(paused.exitCode == 0)
        #expect(await world.ensemble.changeNames.count == (until == "1" ? 3 : 1))
        let applier = world.applier()
        let result = await applier.resume(try applier.store.open(paused.run), plan, events: { _ in })
        #expect(result.outcome == .succeeded)
        #expect(
            await world.ensemble.changeNames == [
                "replace zk1@v1", "stop zk1@v1", "start zk1@v1", "replace zk2@v1",
            ])
    }

    @Test func anUnknownStepIsWrongUsageAndNothingBegins() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        var options = ApplyOptions(assumeYes: true)
        options.until = "7.1"
        let result = await world.applier(options).apply(try await world.plan(Self.stages), events: { _ in })
        #expect(result.exitCode == 64)
        #expect(world.applier().store.list().isEmpty)
    }

    @Test func decliningStopsAndLeavesTheRunResumable() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let asked = Locked<[String]>([])
        let options = ApplyOptions(confirm: { text in
            asked.update { $0.append(text) }
            return false
        })
        let declined = await world.applier(options).apply(plan, events: { _ in })
        #expect(declined.outcome == .stopped)
        #expect(declined.exitCode == 1)
        #expect(declined.failure?.code == .declined)
        #expect(asked.value == ["go on?"])
        let applier = world.applier()
        #expect(
            await applier.resume(try applier.store.open(declined.run), plan, events: { _ in }).outcome == .succeeded)
    }

    @Test func aStopRequestFinishesTheActionInHand() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let isWanted = Locked(false)
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            if name == "start zk1@v1", !isDone { isWanted.update { $0 = true } }
        }
        let options = ApplyOptions(assumeYes: true, stopRequested: { isWanted.value ? .afterAction : .none })
        let stopped = await world.applier(options).apply(plan, events: { _ in })
        #expect(stopped.exitCode == 130)
        #expect(stopped.outcome == .stopped)
        // The server that was being started serves again.
        let server = ServerName(host: "zk1", installation: "v1")
        #expect(await world.ensemble.server(server)?.mode.serves == true)
        #expect(await world.ensemble.locks().isEmpty)
        let applier = world.applier()
        #expect(await applier.resume(try applier.store.open(stopped.run), plan, events: { _ in }).outcome == .succeeded)
        #expect(await world.ensemble.changeNames.filter { $0.hasPrefix("start") }.count == 1)
    }

    /// Where a run ends between a server's stop and its start, its last words say so.
    @Test func aServerThatIsLeftDownIsNamed() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let isWanted = Locked(false)
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            if name == "stop zk1@v1", isDone { isWanted.update { $0 = true } }
        }
        let events = EventRecorder()
        let options = ApplyOptions(assumeYes: true, stopRequested: { isWanted.value ? .afterAction : .none })
        let stopped = await world.applier(options).apply(plan, events: events.sink)
        #expect(stopped.exitCode == 130)
        #expect(events.kinds.contains(.warning("zk1@v1 is down until the run goes on.")))
        // Refused before anybody looked who leads, it says nothing of that.
        await world.ensemble.edit(ServerName(host: "zk3", installation: "v1")) { $0.myid = "9\n" }
        let applier = world.applier()
        let refused = await applier.resume(try applier.store.open(stopped.run), plan, events: events.sink)
        #expect(refused.exitCode == 3)
        guard case .runFinished(_, .failed, _, nil)? = events.kinds.last else {
            Issue.record("\(events.kinds.last as Any)")
            return
        }
    }

    @Test func whoeverHoldsTheEnsembleIsNamed() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let second = Locked<RunResult?>(nil)
        let options = ApplyOptions(confirm: { _ in
            // Another apply while the first one is asking.
            let result = await world.applier(ApplyOptions(), random: 99).apply(plan, events: { _ in })
            second.update { $0 = result }
            return true
        })
        let first = await world.applier(options).apply(plan, events: { _ in })
        #expect(first.outcome == .succeeded)
        #expect(second.value?.exitCode == 4)
        #expect(second.value?.failure?.message.contains(first.run) ?? false)
        #expect(second.value?.failure?.message.contains("ops on desk (process 4711)") ?? false)
        #expect(second.value?.failure?.message.contains("since 2026-01-11T18:0") ?? false)
    }

    /// Its process dies after its fifth record.
    private func dying(_ world: SimulatedWorld) -> Applier {
        var applier = world.applier()
        applier.probe = { (record, isWritten) throws(ExecutionError) in
            if record.number == 5, isWritten { throw ExecutionError(.journalUnwritable, "the process died") }
        }
        return applier
    }

    @Test func theLockOfARunThatDiedIsLeftToThatRun() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let died = await dying(world).apply(plan, events: { _ in })
        let store = world.applier().store
        #expect(store.list().map(\.outcome) == [.interrupted])
        let other = await world.applier(random: 99).apply(plan, events: { _ in })
        #expect(other.exitCode == 4)
        #expect(other.failure?.remedy.contains("zkops run resume \(died.run)") ?? false)
        #expect(await world.applier().resume(try store.open(died.run), plan, events: { _ in }).outcome == .succeeded)
        #expect(store.list().map(\.outcome) == [.succeeded])
    }

    @Test func aFinishedRunIsNotResumed() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        #expect(done.run.wholeMatch(of: /test-20260111-18\d{4}-[0-9a-f]{4}/) != nil, "\(done.run)")
        let folder = try applier.store.open("test-")
        #expect(await applier.resume(folder, plan, events: { _ in }).failure?.code == .runHasEnded)
        #expect(throws: ExecutionError.self) { _ = try applier.store.open("nothing") }
        #expect(!folder.events().isEmpty)
    }

    @Test func aHostChangedByAnotherStopsTheResume() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        var options = ApplyOptions(assumeYes: true)
        options.until = "1.1"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        let server = ServerName(host: "zk1", installation: "v1")
        await world.ensemble.edit(server) { $0.config = Array("tickTime=1\n".utf8) }
        let applier = world.applier()
        let before = await world.ensemble.changeNames
        let result = await applier.resume(try applier.store.open(paused.run), plan, events: { _ in })
        #expect(result.exitCode == 3)
        #expect(result.failure?.message.contains("+tickTime=1") ?? false)
        #expect(await world.ensemble.changeNames == before)
    }

    /// What somebody else did to a server after the run was paused, and what of it is said.
    @Test(arguments: [
        ("stopped", "zk1@v1: the run left it running, it is stopped"),
        ("myid", "zk3@v1: the run left it with the myid 3, it is 9"),
        ("script", "zk2@v1: bin/zkEnv.sh is not what the run left"),
        ("version", "zk2@v1: the run left it with version 3.4.14, it is 3.9.3"),
    ]) func whateverAnotherChangedIsSaid(_ what: String, _ said: String) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let names = (1...3).map { ServerName(host: "zk\($0)", installation: "v1") }
        await world.ensemble.edit(names[1]) { $0.files["bin/zkEnv.sh"] = Array("HEAP=1\n".utf8) }
        let plan = try await world.plan(
            """
              - name: Edit
                steps:
                  - edit_file: {servers: [zk2@v1], path: bin/zkEnv.sh, set: {HEAP: "2"}}
                  - restart: zk1@v1
                  - edit_config: {servers: [zk3@v1], set: {syncLimit: 8}}
            """)
        var options = ApplyOptions(assumeYes: true)
        options.until = "1.2"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        try #require(paused.outcome == .stopped)
        switch what {
        case "stopped": await world.ensemble.kill(names[0])
        case "myid": await world.ensemble.edit(names[2]) { $0.myid = "9\n" }
        case "script": await world.ensemble.edit(names[1]) { $0.files["bin/zkEnv.sh"] = Array("HEAP=3\n".utf8) }
        default: await world.ensemble.edit(names[1]) { $0.version = Version(3, 9, 3) }
        }
        let before = await world.ensemble.changeNames
        let applier = world.applier()
        let result = await applier.resume(try applier.store.open(paused.run), plan, events: { _ in })
        #expect(result.exitCode == 3)
        #expect(result.failure?.message.contains(said) ?? false, "\(result.failure?.message ?? "")")
        #expect(await world.ensemble.changeNames == before)
    }

    /// A restart by somebody else matters where the process then runs with an edit that the plan restarts the server for later.
    @Test func aRestartByAnotherThatLoadsAnEditStopsTheResume() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        var options = ApplyOptions(assumeYes: true)
        options.until = "1.1"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        try #require(paused.outcome == .stopped)
        await world.ensemble.restart(ServerName(host: "zk3", installation: "v1"))
        await world.ensemble.restart(ServerName(host: "zk1", installation: "v1"))
        let applier = world.applier()
        let folder = try applier.store.open(paused.run)
        for _ in 1...2 {
            let refused = await applier.resume(folder, plan, events: { _ in })
            #expect(refused.exitCode == 3)
            let message = refused.failure?.message ?? ""
            #expect(message.contains("zk1@v1: somebody restarted it"))
            #expect(message.contains("+syncLimit=8"))
            #expect(!message.contains("zk3@v1"))
            #expect(refused.failure?.remedy.contains("`zkops run rollback \(paused.run)`") == true)
            // It is as it was before the try.
            #expect(try folder.history().end?.outcome == .stopped)
        }
        let back = await applier.rollback(folder, plan, to: nil, acceptLostWrites: false, events: { _ in })
        #expect(back.outcome == .rolledBack)
    }

    /// A process was killed, and what differs keeps the next from going on: the run is still what it was.
    @Test func aRefusedResumeLeavesAKilledRunAsItWas() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let died = await dying(world).apply(plan, events: { _ in })
        let other = world.applier(random: 99)
        let folder = try other.store.open(died.run)
        #expect(other.store.summary(of: folder).outcome == .interrupted)
        await world.ensemble.edit(ServerName(host: "zk3", installation: "v1")) { $0.myid = "9\n" }
        #expect(await other.resume(folder, plan, events: { _ in }).exitCode == 3)
        #expect(other.store.summary(of: folder).outcome == .interrupted)
        #expect(other.store.unfinished(of: "test")?.run == died.run)
    }

    /// Told to stop now, a rollback and the look before a run end as stopped too, and not as what became of the call that was cut off.
    @Test(arguments: ["rollback", "look"]) func stoppingNowIsNoFailureOfAHost(_ what: String) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let done = await world.applier().apply(plan, events: { _ in })
        try #require(done.outcome == .succeeded)
        let isWanted = Locked(false)
        if what == "look" {
            await world.ensemble.setOnPulse { _, _ in isWanted.update { $0 = true } }
            await world.ensemble.setCutOff { isWanted.value }
        }
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            guard what == "rollback", name == "restore zk1@v1", !isDone else { return }
            isWanted.update { $0 = true }
            throw AccessError(.commandFailed, host: "zk1", "the command was cut off")
        }
        let events = EventRecorder()
        let options = ApplyOptions(assumeYes: true, stopRequested: { isWanted.value ? .now : .none })
        let applier = world.applier(options, random: 7)
        let result = await applier.rollback(
            try applier.store.open(done.run), plan, to: nil, acceptLostWrites: false,
            events: events.sink)
        #expect(isWanted.value)
        #expect(result.exitCode == 130)
        #expect(result.outcome == .stopped)
        #expect(result.failure?.code == .interrupted)
        let told = events.kinds.compactMap { kind -> Bool? in
            if case .failure(_, let message, _, let isWish) = kind {
                isWish == true && message == "The run was interrupted."
            } else {
                nil
            }
        }
        #expect(told == [true])
    }

    @Test func stepsStartOnlyInTheWindow() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        // The clock stands at 18:00 UTC, 03:00 in Seoul.
        let shut = try await world.plan(
            Self.stages, settings: "window: {from: \"02:00\", to: \"03:00\", timezone: Asia/Seoul}")
        let refused = await world.applier().apply(shut, events: { _ in })
        #expect(refused.failure?.code == .outsideWindow)
        #expect(refused.outcome == .stopped)
        #expect(await world.ensemble.changeNames.isEmpty)
        let open = try await world.plan(
            Self.stages, settings: "window: {from: \"23:00\", to: \"03:30\", timezone: Asia/Seoul}")
        #expect(await world.applier(random: 3).apply(open, events: { _ in }).outcome == .succeeded)
    }

    @Test func stoppingNowEndsAWaitAtOnce() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan("  - name: Restart\n    steps:\n      - restart: zk1@v1")
        await world.ensemble.onStop { $0.faults.neverJoins = true }
        let isStarted = Locked(false)
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            if name == "start zk1@v1", isDone { isStarted.update { $0 = true } }
        }
        // A clock that goes, with everything that goes on beside the steps.
        let clock = ContinuousClock()
        let begin = clock.now
        var real = world.clock.world()
        real.monotonic = { clock.now - begin }
        real.sleep = { try await clock.sleep(for: $0) }
        let options = ApplyOptions(
            assumeYes: true, stopRequested: { isStarted.value ? .now : .none }, watchInterval: .milliseconds(20))
        let applier = Applier(
            control: world.ensemble, world: real, store: RunStore(directory: world.directory), options: options)
        let result = await applier.apply(plan, events: { _ in })
        #expect(result.exitCode == 130)
        #expect(result.outcome == .stopped)
        #expect(await world.ensemble.locks().isEmpty)
        // What was in hand is found by looking.
        await world.ensemble.edit(ServerName(host: "zk1", installation: "v1")) { $0.faults = .init() }
        let again = world.applier()
        let resumed = await again.resume(try again.store.open(result.run), plan, events: { _ in })
        #expect(resumed.outcome == .succeeded)
    }

    @Test func theLocksOfARunThatDiedCanBeGivenUp() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let died = await dying(world).apply(plan, events: { _ in })
        #expect(await !world.ensemble.locks().isEmpty)
        let other = world.applier(random: 99)
        // Copied to another machine, the run goes on there: it is not given up here.
        let server = ServerName(host: "zk1", installation: "v1")
        let lock = try #require(try await world.ensemble.heldLock(server)).owner
        await world.ensemble.edit(server) { $0.lock?.origin = "elsewhere 1:1" }
        let alive = await caught { () async throws(ExecutionError) in
            try await other.unlock(try other.store.open(died.run), reason: "it is given up")
        }
        if case .failure(let error) = alive { #expect(error.code == .runStillAlive) } else { Issue.record("given up") }
        #expect(await world.ensemble.locks().contains { $0.hasPrefix("zk1@v1 ") })
        await world.ensemble.edit(server) { $0.lock = lock }
        // Nor while a process has it in hand.
        let path = other.store.lockPath(of: "test")
        let held = try #require(try OperatorLock.claim(path))
        let inHand = await caught { () async throws(ExecutionError) in
            try await other.unlock(try other.store.open(died.run), reason: "it is given up")
        }
        if case .failure(let error) = inHand { #expect(error.code == .runStillAlive) } else { Issue.record("given up") }
        withExtendedLifetime(held) {}
    }

    @Test func theLocksOfARunThatDiedAreFreeAfterwards() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let died = await dying(world).apply(plan, events: { _ in })
        let other = world.applier(random: 99)
        let folder = try other.store.open(died.run)
        // A journal that is damaged keeps nobody from that.
        try "damaged\n\n".write(toFile: folder.journalPath, atomically: true, encoding: .utf8)
        let given = try await other.unlock(folder, reason: "it is given up")
        #expect(given.left.isEmpty)
        #expect(given.wasHere)
        #expect(given.servers.map(\.host) == ["zk1", "zk2"])
        #expect(given.isUnfinished == true)
        #expect(folder.events().last?.kind == .warning("The locks were given up by ops: it is given up"))
        // Once more there is nothing to give up, and nothing to tell of.
        let count = folder.events().count
        let again = try await other.unlock(folder, reason: "again")
        #expect(!again.wasHere && again.servers.isEmpty && again.left.isEmpty)
        #expect(folder.events().count == count)
        #expect(await world.ensemble.locks().isEmpty)
        // What the dead run left half done may stand in the way of the next one, its locks do not.
        #expect(await other.apply(plan, events: { _ in }).failure?.code != .lockHeld)
    }
}
