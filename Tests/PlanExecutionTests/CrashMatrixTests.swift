import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

/// The process dies before and after every record of the journal; resumed, the run ends as if nothing had happened.
@Suite struct CrashMatrixTests {
    static let stages = """
          - name: Join
            steps:
              - require: [{serving: [zk1@v1, zk2@v1, zk3@v1]}]
              - set_myid: {zk4@v1: 4}
              - edit_config: {servers: [zk4@v1], members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}}
              - clear_data: zk4@v1
              - start: zk4@v1
              - edit_config: {servers: [zk1@v1, zk2@v1, zk3@v1], members: {1: zk1, 2: zk2, 3: zk3, 4: zk4}}
              - rolling:
                  servers: [zk1@v1, zk2@v1, zk3@v1]
                  order: leader_last
                  steps:
                    - restart: $server
              - wait: [{synced_followers: 3, of: [zk1@v1, zk2@v1, zk3@v1, zk4@v1]}]
        """

    private struct Undisturbed {
        var plan: ResolvedPlan
        var before: [String]
        var after: [String]
        var records: Int
        var changes: [String]
    }

    /// Dies at one point: the record with this number, before it is written or after.
    private static func dying(_ number: Int, after: Bool) -> Journal.Probe {
        { (record, isWritten) throws(ExecutionError) in
            if record.number == number, isWritten == after {
                throw ExecutionError(.journalUnwritable, "the process died")
            }
        }
    }

    private static func undisturbed() async throws -> Undisturbed {
        let world = try await SimulatedWorld(hosts: 4, running: 3)
        defer { world.remove() }
        let applier = world.applier()
        // Every world begins the same, so one plan serves them all.
        let plan = try await world.plan(stages)
        let before = await world.fingerprint()
        let result = await applier.apply(plan, events: { _ in })
        try #require(result.failure == nil)
        let records = try applier.store.open(result.run).records().count
        return Undisturbed(
            plan: plan, before: before, after: await world.fingerprint(), records: records,
            changes: await world.ensemble.changeNames)
    }

    @Test func resumesAtEveryRecord() async throws {
        let whole = try await Self.undisturbed()
        #expect(whole.records > 40)
        for number in 1...whole.records {
            for after in [false, true] {
                let world = try await SimulatedWorld(hosts: 4, running: 3)
                defer { world.remove() }
                var applier = world.applier()
                applier.probe = Self.dying(number, after: after)
                let died = await applier.apply(whole.plan, events: { _ in })
                let place = Comment(rawValue: "record \(number), \(after ? "after" : "before") it was written")
                #expect(died.failure?.code == .journalUnwritable, place)
                let again = world.applier(random: 7)
                let run = try again.store.open(died.run)
                let result = await again.resume(run, whole.plan, events: { _ in })
                let wasWhole = number == whole.records && after
                if wasWhole {
                    #expect(result.failure?.code == .runHasEnded, place)
                } else {
                    #expect(result.failure == nil, place)
                    #expect(result.outcome == .succeeded, place)
                }
                #expect(await world.fingerprint() == whole.after, place)
                // Nothing was restarted a second time.
                let starts = await world.ensemble.changeNames.filter { $0.hasPrefix("start") }
                #expect(Set(starts).count == starts.count || starts.count <= whole.changes.count, place)
            }
        }
    }

    @Test func rollsBackFromEveryRecord() async throws {
        let whole = try await Self.undisturbed()
        for number in 1...whole.records {
            let world = try await SimulatedWorld(hosts: 4, running: 3)
            defer { world.remove() }
            var applier = world.applier()
            applier.probe = Self.dying(number, after: true)
            let died = await applier.apply(whole.plan, events: { _ in })
            let place = Comment(rawValue: "after record \(number)")
            let again = world.applier(random: 7)
            let run = try again.store.open(died.run)
            let result = await again.rollback(run, whole.plan, to: nil, acceptLostWrites: false, events: { _ in })
            #expect(result.failure == nil, place)
            #expect(result.outcome == .rolledBack, place)
            #expect(await world.fingerprint() == whole.before, place)
        }
    }
}
