import Checksums
import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage
import Testing

@testable import PlanExecution

/// What comes after an attempt that was refused, cut off or overtaken by what others did: nothing is taken for done that isn't.
@Suite struct RefusedAndResumedTests {
    private static let zk1 = ServerName(host: "zk1", installation: "v1")
    private static let zk2 = ServerName(host: "zk2", installation: "v1")

    private static func edited(_ world: SimulatedWorld, _ server: ServerName) async -> Bool {
        await world.ensemble.server(server)?.configText.contains("initLimit=20") ?? false
    }

    // MARK: A rollback that was refused

    /// Another run has the hosts when the rest is to be undone. The run is still one that went back: to go on forwards would leave out
    /// what was undone.
    @Test func aRunThatWentBackIsNotGoneOnWith() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(GoingBackTests.stages)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        let folder = try applier.store.open(done.run)
        func back(_ point: String?) async -> RunResult {
            await applier.rollback(folder, plan, to: point, acceptLostWrites: false, events: { _ in })
        }
        #expect(await back("second").outcome == .rolledBack)
        await world.ensemble.edit(Self.zk1) { $0.lock = LockTests.other }
        #expect(await back("start").exitCode == 4)
        await world.ensemble.edit(Self.zk1) { $0.lock = nil }
        #expect(applier.store.list().first?.outcome == .rolledBack)
        let resumed = await applier.resume(folder, plan, events: { _ in })
        #expect(resumed.failure?.code == .runHasEnded)
        #expect(resumed.failure?.remedy.contains("--to start") == true)
        #expect(await [Self.edited(world, Self.zk1), Self.edited(world, Self.zk2)] == [true, false])
        #expect(await back("start").outcome == .rolledBack)
        #expect(await [Self.edited(world, Self.zk1), Self.edited(world, Self.zk2)] == [false, false])
    }

    @Test func aRefusedRollbackLeavesTheRunAsItWas() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(GoingBackTests.stages)
        let applier = world.applier()
        let folder = try applier.store.open(await applier.apply(plan, events: { _ in }).run)
        await world.ensemble.edit(Self.zk1) { $0.lock = LockTests.other }
        let refused = await applier.rollback(folder, plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(refused.exitCode == 4)
        await world.ensemble.edit(Self.zk1) { $0.lock = nil }
        #expect(applier.store.list().first?.outcome == .succeeded)
        #expect(try await applier.prune(folder, removing: false).count > 0)
    }

    /// What stands in the way of a rollback of a run that has ended keeps nobody else from working.
    @Test func aSecretThatIsMissedLocksNobodyOut() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: Change
                steps:
                  - run: {hosts: zk1, command: deploy, undo: undeploy, environment: {TOKEN: {secret: THE_TOKEN}}}
            """)
        func applier(_ secret: String?) -> Applier {
            var real = world.clock.world(random: 1)
            real.secret = { _ in secret }
            return Applier(
                control: world.ensemble, world: real, store: RunStore(directory: world.directory),
                options: ApplyOptions(assumeYes: true, watchInterval: nil))
        }
        let folder = try applier("x").store.open(await applier("x").apply(plan, events: { _ in }).run)
        let refused = await applier(nil).rollback(folder, plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(refused.exitCode == 3)
        let other = try await world.plan(GoingBackTests.stages)
        #expect(await world.applier(random: 77).apply(other, events: { _ in }).outcome == .succeeded)
    }

    // MARK: Writes that came since

    /// When the rollback began there was nothing to lose: the one server of the new trio had no quorum. Until it is gone on with, others
    /// have started the rest of the trio, and clients have written.
    @Test func writesThatCameSinceARollbackBeganAreNotDropped() async throws {
        let world = try await StagedRecoveryTests.broken()
        defer { world.remove() }
        let plan = try await world.plan(StagedRecoveryTests.stages, acknowledge: StagedRecoveryTests.acknowledge)
        var options = ApplyOptions(assumeYes: true)
        options.until = "3.1"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        try #require(paused.failure == nil)
        var mortal = world.applier()
        mortal.probe = { (record, isWritten) throws(ExecutionError) in
            if case .rollbackBegan = record.entry, isWritten {
                throw ExecutionError(.journalUnwritable, "the process died")
            }
        }
        let folder = try mortal.store.open(paused.run)
        _ = await mortal.rollback(folder, plan, to: nil, acceptLostWrites: false, events: { _ in })
        try #require(try folder.history().rollback?.isDone == false)
        for host in 3...5 { await world.ensemble.kill(ServerName(host: "zk\(host)", installation: "v1")) }
        for host in 1...2 { await world.ensemble.boot(ServerName(host: "zk\(host)", installation: "v2")) }
        await world.ensemble.letElect()
        await world.ensemble.write("/app/late")

        let before = await world.ensemble.changeNames
        let refused = await world.applier().resume(folder, plan, events: { _ in })
        #expect(refused.failure?.code == .writesWouldBeLost, "\(String(describing: refused.failure))")
        #expect(await world.ensemble.changeNames == before)
        // Who asks for it and accepts the loss gets it.
        let accepted = await world.applier().rollback(folder, plan, to: nil, acceptLostWrites: true, events: { _ in })
        #expect(accepted.outcome == .rolledBack, "\(String(describing: accepted.failure))")
    }

    /// A new epoch counts from nothing; what the earlier ones had is no less lost.
    @Test func anElectionHidesNoWrites() async throws {
        let world = try await StagedRecoveryTests.broken()
        defer { world.remove() }
        let plan = try await world.plan(StagedRecoveryTests.stages, acknowledge: StagedRecoveryTests.acknowledge)
        var options = ApplyOptions(assumeYes: true)
        options.until = "4"
        let paused = await world.applier(options).apply(plan, events: { _ in })
        try #require(paused.failure == nil)
        await world.ensemble.write("/app/new")
        let leader = ServerName(host: "zk6", installation: "v2")
        await world.ensemble.kill(leader)
        await world.ensemble.boot(leader)
        await world.ensemble.letElect()
        let applier = world.applier()
        let refused = await applier.rollback(
            try applier.store.open(paused.run), plan, to: nil, acceptLostWrites: false, events: { _ in })
        #expect(refused.failure?.code == .writesWouldBeLost)
        #expect(refused.failure?.message.contains("of earlier epochs") == true, "\(refused.failure?.message ?? "")")
    }

    // MARK: Backups and files

    @Test(arguments: ["file", "data", "software"]) func aBackupThatIsGoneIsMissed(_ what: String) async throws {
        let world = try await SimulatedWorld(hosts: 4, running: 3)
        defer { world.remove() }
        let (archive, sum) = (world.directory + ".tar.gz", SHA256.hexDigest(of: SimulatedWorld.archive))
        try Data(SimulatedWorld.archive).write(to: URL(fileURLWithPath: archive))
        defer { try? FileManager.default.removeItem(atPath: archive) }
        let plan = try await world.plan(
            """
              - name: Change
                steps:
                  - edit_config: {servers: zk1@v1, set: {initLimit: 20}}
                  - stop: zk2@v1
                  - clear_data: zk2@v1
                  - install: {servers: zk2@v1, archive: \(archive), sha256: \(sum)}
            """)
        let applier = world.applier()
        let done = await applier.apply(plan, events: { _ in })
        try #require(done.outcome == .succeeded, "\(String(describing: done.failure))")
        let folder = try applier.store.open(done.run)
        let (config, data) = await (
            world.ensemble.server(Self.zk1)?.fileBackups.values.first,
            world.ensemble.server(Self.zk2)?.dataBackups.values.first
        )
        await world.ensemble.edit(what == "file" ? Self.zk1 : Self.zk2) {
            if what == "file" { $0.fileBackups = [:] }
            if what == "data" { $0.dataBackups = [:] }
            if what == "software" { $0.softwareBackups = [:] }
        }
        func back() async -> RunResult {
            await applier.rollback(folder, plan, to: "start", acceptLostWrites: false, events: { _ in })
        }
        // As long as nobody has put it back, it is missed, at every attempt; once somebody has, the backup is no longer needed.
        for _ in 1...2 {
            let failed = await back()
            #expect(failed.outcome == .failed)
            #expect(failed.failure?.message.contains("the backup is not there any more") == true)
        }
        await world.ensemble.edit(what == "file" ? Self.zk1 : Self.zk2) {
            if what == "file", let config { $0.config = config }
            if what == "data", let data { $0.data = data }
            if what == "software" { $0.version = Version(3, 4, 14) }
        }
        #expect(await back().outcome == .rolledBack)
        #expect(await !Self.edited(world, Self.zk1))
        #expect(await world.ensemble.server(Self.zk2)?.data.transactions.starts(with: data?.transactions ?? []) == true)
        #expect(data?.transactions.isEmpty == false)
    }

    /// A plan that moves the data directory leaves backups in the old one.
    @Test func backupsAreLookedForWhereDataWereOnce() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            "  - name: Move\n    steps:\n      - edit_config: {servers: zk1@v1, set: {dataLogDir: /logs}}")
        let applier = world.applier()
        let folder = try applier.store.open(await applier.apply(plan, events: { _ in }).run)
        _ = try await applier.prune(folder, removing: true)
        #expect(await world.ensemble.backupDirectories[Self.zk1] == ["/data", "/logs"])
    }

    /// Of a server in whose stop the process died, the configuration is compared all the same.
    @Test func aFileChangedBesideAnActionInHandIsFound() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan("  - name: Restart\n    steps:\n      - restart: zk1@v1")
        var mortal = world.applier()
        mortal.probe = { (record, isWritten) throws(ExecutionError) in
            if case .actionBegan = record.entry, isWritten { throw ExecutionError(.journalUnwritable, "died") }
        }
        let died = await mortal.apply(plan, events: { _ in })
        await world.ensemble.edit(Self.zk1) { $0.config = ($0.config ?? []) + Array("initLimit=77\n".utf8) }
        let before = await world.ensemble.changeNames
        let resumed = await world.applier().resume(try mortal.store.open(died.run), plan, events: { _ in })
        #expect(resumed.exitCode == 3)
        #expect(resumed.failure?.message.contains("+initLimit=77") == true)
        #expect(await world.ensemble.changeNames == before)
    }

    /// Before a rollback is gone on with, too.
    @Test func aFileChangedSinceARollbackBeganIsFound() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(GoingBackTests.stages)
        let applier = world.applier()
        let folder = try applier.store.open(await applier.apply(plan, events: { _ in }).run)
        var mortal = world.applier()
        mortal.probe = { (record, isWritten) throws(ExecutionError) in
            if case .undoEnded = record.entry, isWritten { throw ExecutionError(.journalUnwritable, "died") }
        }
        _ = await mortal.rollback(folder, plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(await [Self.edited(world, Self.zk1), Self.edited(world, Self.zk2)] == [true, false])
        let good = await world.ensemble.server(Self.zk1)?.config
        await world.ensemble.edit(Self.zk1) { $0.config = ($0.config ?? []) + Array("# by hand\n".utf8) }
        let before = await world.ensemble.changeNames
        let refused = await world.applier().resume(folder, plan, events: { _ in })
        #expect(refused.exitCode == 3 && refused.failure?.message.contains("+# by hand") == true)
        #expect(await world.ensemble.changeNames == before)
        await world.ensemble.edit(Self.zk1) { $0.config = good }
        #expect(await world.applier().resume(folder, plan, events: { _ in }).outcome == .rolledBack)
    }

    // MARK: Commands

    /// A command without a check that was cut off: nothing tells what came of it, so somebody has to.
    @Test func aCommandThatMayHaveRunIsAskedAbout() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan("  - name: Run\n    steps:\n      - run: {hosts: zk1, command: migrate}")
        var mortal = world.applier()
        mortal.probe = { (record, isWritten) throws(ExecutionError) in
            if case .actionBegan = record.entry, isWritten { throw ExecutionError(.journalUnwritable, "died") }
        }
        let died = await mortal.apply(plan, events: { _ in })
        let folder = try mortal.store.open(died.run)
        let asked = Locked<[String]>([])
        let no = ApplyOptions(confirm: { text in
            asked.update { $0.append(text) }
            return false
        })
        let declined = await world.applier(no).resume(folder, plan, events: { _ in })
        #expect(declined.outcome == .stopped && declined.failure?.code == .declined)
        #expect(asked.value.count == 1 && asked.value[0].contains("has no check"))
        #expect(await world.ensemble.commandsRun.isEmpty)
        #expect(await world.applier().resume(folder, plan, events: { _ in }).outcome == .succeeded)
        #expect(await world.ensemble.commandsRun == ["migrate"])
    }

    // MARK: Stopping

    /// Told to stop now, a run is left where it is, whatever the action that was cut off says, and whatever the plan wants after failures.
    @Test func stoppingNowIsNoFailure() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            "  - name: Run\n    steps:\n      - edit_config: {servers: zk1@v1, set: {initLimit: 20}}\n"
                + "      - run: {hosts: zk1, command: migrate}",
            settings: "on_failure: rollback")
        let isStopped = Locked(false)
        await world.ensemble.setHook { (_, name, isDone) throws(AccessError) in
            guard name.hasPrefix("run"), !isDone else { return }
            isStopped.update { $0 = true }
            throw AccessError(.outcomeUnknown, host: "zk1", "it was cancelled")
        }
        let options = ApplyOptions(assumeYes: true, stopRequested: { isStopped.value ? .now : .none })
        let stopped = await world.applier(options).apply(plan, events: { _ in })
        #expect(stopped.exitCode == 130 && stopped.outcome == .stopped)
        #expect(await Self.edited(world, Self.zk1))
        await world.ensemble.setHook(nil)
        let applier = world.applier()
        let folder = try applier.store.open(stopped.run)
        #expect(try folder.history().rollback == nil)
        #expect(await applier.resume(folder, plan, events: { _ in }).outcome == .succeeded)
    }

    @Test func whoWaitsForALockCanBeStopped() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(GoingBackTests.stages)
        await world.ensemble.edit(Self.zk1) { $0.lock = LockTests.other }
        let stopped = await world.applier(
            ApplyOptions(assumeYes: true, lockTimeout: .seconds(3600), stopRequested: { .afterAction })
        ).apply(plan, events: { _ in })
        #expect(stopped.exitCode == 130)
        #expect(world.clock.now < .seconds(60))
        #expect(await world.ensemble.locks() == ["zk1@v1 other-1"])
    }
}
