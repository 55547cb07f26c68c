import EnsembleAccess
import EnsembleModel
import PlanLanguage
import PlanVerification
import Testing

@testable import PlanExecution

/// The locks on hosts: of several runs one gets them, they are renewed while it lives, and nothing is done without them.
@Suite struct LockTests {
    static let stages = """
          - name: Two edits
            steps:
              - edit_config: {servers: [zk1@v1], set: {syncLimit: 8}}
              - confirm: go on?
              - edit_config: {servers: [zk2@v1, zk3@v1], set: {syncLimit: 8}}
        """
    static let servers = (1...3).map { ServerName(host: "zk\($0)", installation: "v1") }
    static let other = LockOwner(
        run: "other-1", operatorName: "somebody", machine: "elsewhere", since: "2026-01-11T18:00:00Z")

    /// Two operators' machines know nothing of each other; only the hosts' locks are between them.
    @Test func ofTwoMachinesThatBeginAtOnceOneProceeds() async throws {
        var contended = 0
        for _ in 0..<20 {
            let world = try await SimulatedWorld(hosts: 3, running: 3)
            defer { world.remove() }
            let plan = try await world.plan(Self.stages)
            let results = await withTaskGroup(of: RunResult.self) { group in
                for number in 1...2 {
                    let applier = Applier(
                        control: world.ensemble, world: world.clock.world(random: UInt64(number)),
                        store: RunStore(directory: "\(world.directory)/\(number)"),
                        options: ApplyOptions(assumeYes: true, watchInterval: nil))
                    group.addTask { await applier.apply(plan, events: { _ in }) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let loser = results.first { $0.exitCode != 0 }
            // Where the first is done before the second begins, the second finds the edits made.
            if loser?.failure?.code == .hostsDiffer { continue }
            contended += 1
            #expect(results.map(\.exitCode).sorted() == [0, 4])
            #expect(loser?.failure?.message.contains("has held the lock since") ?? false)
        }
        #expect(contended > 0)
    }

    /// The clock of an operator who sleeps stands still; the hosts' goes on, and another run takes over.
    @Test func anOperatorWhoWakesUpTouchesNothing() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let ensemble = world.ensemble
        let before = Locked<[String]>([])
        let options = ApplyOptions(confirm: { _ in
            for server in Self.servers { await ensemble.edit(server) { $0.lock = Self.other } }
            let names = await ensemble.changeNames
            before.update { $0 = names }
            return true
        })
        let result = await world.applier(options).apply(try await world.plan(Self.stages), events: { _ in })
        #expect(result.failure?.code == .lockLost)
        #expect(result.exitCode == 1)
        #expect(await ensemble.changeNames == before.value)
        #expect(await ensemble.locks() == Self.servers.map { "\($0) other-1" })
    }

    @Test func locksAreRenewedWhileTheRunLives() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let ensemble = world.ensemble
        let isRenewalDue = Locked(false)
        var real = world.clock.world()
        // A renewal comes when the test says so; all else that sleeps does so for a moment.
        real.sleep = { duration in
            try await Task.sleep(for: .milliseconds(2))
            while duration == HeldLock.renewal, !isRenewalDue.value { try await Task.sleep(for: .milliseconds(2)) }
        }
        let renewed = Locked<[Duration]>([])
        let options = ApplyOptions(
            confirm: { _ in
                world.clock.advance(.seconds(300))
                isRenewalDue.update { $0 = true }
                // Goes on only once every lock is renewed.
                for server in Self.servers {
                    while await ensemble.lockAge(server) ?? .zero >= .seconds(300) { await Task.yield() }
                }
                for server in Self.servers {
                    let age = await ensemble.lockAge(server) ?? .seconds(1000)
                    renewed.update { $0.append(age) }
                }
                return true
            }, watchInterval: .seconds(1))
        let applier = Applier(
            control: ensemble, world: real, store: RunStore(directory: world.directory), options: options)
        #expect(await applier.apply(try await world.plan(Self.stages), events: { _ in }).failure == nil)
        #expect(renewed.value.count == 3)
        #expect(renewed.value.allSatisfy { $0 < .seconds(300) })
    }

    @Test func aRunOfAnotherMachineIsGivenUpOnlyOnceItIsSilent() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let ensemble = world.ensemble
        for server in Self.servers.dropLast() { try await ensemble.lock(server, owner: Self.other) }
        let alive = await caught { () async throws(ExecutionError) in
            try await HostLocks.giveUp("other-1", on: Self.servers, through: ensemble)
        }
        guard case .failure(let error) = alive else {
            Issue.record("a run that lives was given up")
            return
        }
        #expect(error.code == .runStillAlive)
        #expect(error.exitCode == 4)
        world.clock.advance(HeldLock.renewal * 4)
        // The next to come is told how old the lock is, and what to do about it.
        let refused = await world.applier().apply(try await world.plan(Self.stages), events: { _ in })
        #expect(refused.exitCode == 4)
        #expect(refused.failure?.message.contains("last renewed it 2m ago") ?? false)
        #expect(refused.failure?.remedy.contains("zkops run unlock other-1 --reason") ?? false)
        #expect(try await HostLocks.giveUp("other-1", on: Self.servers, through: ensemble).left.isEmpty)
        #expect(await ensemble.locks().isEmpty)
        let unknown = await caught { () async throws(ExecutionError) in
            try await HostLocks.giveUp("other-1", on: Self.servers, through: ensemble)
        }
        if case .failure(let error) = unknown { #expect(error.code == .runNotFound) } else { Issue.record("no error") }
    }

    /// What a lock call did whose connection was lost is not known, so it is given back too.
    @Test func aLockThatMayHaveBeenTakenIsGivenBack() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        await world.ensemble.edit(Self.servers[1]) { $0.faults.losesAnswerOfLock = true }
        let result = await world.applier().apply(try await world.plan(Self.stages), events: { _ in })
        #expect(result.failure?.code == .outcomeUnknown)
        #expect(await world.ensemble.locks().isEmpty)
    }

    /// A run that succeeded says which locks it could not give back; the next is not told to go on with it.
    @Test func aLockThatStaysIsTold() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        await world.ensemble.edit(Self.servers[2]) { $0.faults.keepsLock = true }
        let events = EventRecorder()
        let result = await world.applier().apply(try await world.plan(Self.stages), events: events.sink)
        #expect(result.exitCode == 0)
        let warnings = events.warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("zk3@v1: the host is away") == true)
        #expect(warnings.first?.contains("zkops run unlock \(result.run) --reason") == true)
        let plan = try await world.plan(Self.stages.replacing("syncLimit: 8", with: "syncLimit: 9"))
        guard case .verified(let verified) = Verifier.verify(plan) else {
            Issue.record("the plan is not safe")
            return
        }
        let next = await caught { () async throws(ExecutionError) in
            try await world.applier().awaitFreeLocks(verified.plan)
        }
        guard case .failure(let error) = next else {
            Issue.record("the lock is free")
            return
        }
        #expect(error.exitCode == 4)
        #expect(error.remedy.hasPrefix("That run has ended") && !error.remedy.contains("resume"))
    }
}
