import EnsembleAccess
import EnsembleModel
import PlanLanguage
import Testing

@testable import PlanExecution

@Suite struct MaintenanceWindowTests {
    /// 2026-01-11T18:00:00Z, 03:00 in Seoul.
    static let three = 1_768_154_400.0

    private func refusal(_ from: Int, _ to: Int, now: Double = three, usual: Double = 0) -> String? {
        let window = PlanSettings.Window(from: from, to: to, timezone: "Asia/Seoul")
        return MaintenanceWindow.refusal(window, now: now, usual: usual)
    }

    @Test func stepsStartOnlyInside() {
        #expect(refusal(2 * 60, 4 * 60) == nil)
        #expect(refusal(3 * 60, 4 * 60) == nil)
        #expect(refusal(2 * 60, 3 * 60) == "It is 03:00 in Asia/Seoul, outside the window from 02:00 to 03:00.")
        // Past midnight.
        #expect(refusal(23 * 60, 3 * 60 + 30) == nil)
        #expect(refusal(4 * 60, 2 * 60) != nil)
        #expect(MaintenanceWindow.refusal(nil, now: Self.three, usual: 1e9) == nil)
        let nowhere = PlanSettings.Window(from: 0, to: 1439, timezone: "Nowhere/Land")
        #expect(MaintenanceWindow.refusal(nowhere, now: Self.three, usual: 0)?.contains("Nowhere/Land") ?? false)
    }

    @Test func noneMayCrossTheEnd() {
        #expect(refusal(2 * 60, 3 * 60 + 1, usual: 60) == nil)
        #expect(
            refusal(2 * 60, 3 * 60 + 1, usual: 61)
                == "It is 03:00 in Asia/Seoul, and it usually takes 61 s, past the end of the window from 02:00 to 03:01."
        )
        #expect(refusal(2 * 60, 3 * 60 + 1, now: Self.three + 30, usual: 31) != nil)
        #expect(refusal(23 * 60, 3 * 60 + 1, usual: 600)?.contains("usually takes 10 min") ?? false)
    }

    /// A step was begun inside, and its process died. Outside, what was begun is not gone on with, but for a server that is down.
    @Test(arguments: [false, true]) func aStepThatWasBegunIsNotGoneOnWithOutside(isDown: Bool) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            "  - name: Two\n    steps:\n      - restart: [zk1@v1, zk2@v1]",
            settings: "window: {from: \"02:00\", to: \"04:00\", timezone: Asia/Seoul}")
        var mortal = world.applier()
        let isDead = Locked(false)
        await world.ensemble.setCutOff { isDead.value }
        mortal.probe = { (record, isWritten) throws(ExecutionError) in
            guard case .actionEnded(let action, _) = record.entry, isWritten else { return }
            // The first server is down, or it is back.
            guard action == (isDown ? "1.1.1.1" : "1.1.2.1") else { return }
            isDead.update { $0 = true }
            throw ExecutionError(.journalUnwritable, "the process died")
        }
        let died = await mortal.apply(plan, events: { _ in })
        isDead.update { $0 = false }
        let before = await world.ensemble.changeNames
        world.clock.advance(.seconds(9 * 3600))
        let resumed = await world.applier().resume(try mortal.store.open(died.run), plan, events: { _ in })
        #expect(resumed.failure?.code == .outsideWindow && resumed.outcome == .stopped)
        #expect(resumed.failure?.message.contains("The rest of step 1.1 is not started. It is 12:0") == true)
        #expect(await world.ensemble.changeNames == before + (isDown ? ["start zk1@v1"] : []))
    }

    @Test func aStepThatWouldNotBeDoneInTimeWaitsForTheNextNight() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            "  - name: Two\n    steps:\n      - restart: zk1@v1\n      - confirm: go on?\n      - restart: zk2@v1",
            settings: "window: {from: \"02:00\", to: \"03:01\", timezone: Asia/Seoul}")
        let options = ApplyOptions(confirm: { _ in
            world.clock.advance(.seconds(30))
            return true
        })
        let stopped = await world.applier(options).apply(plan, events: { _ in })
        #expect(stopped.outcome == .stopped)
        #expect(stopped.failure?.code == .outsideWindow)
        #expect(stopped.failure?.message.contains("Step 1.3 is not started. It is 03:00") ?? false)
        #expect(stopped.failure?.message.contains("it usually takes 40 s") ?? false)
        #expect(await world.ensemble.changeNames == ["stop zk1@v1", "start zk1@v1"])
        // By now the run itself has told how long a restart takes on these servers.
        let applier = world.applier()
        #expect(
            await applier.resume(try applier.store.open(stopped.run), plan, events: { _ in }).outcome == .succeeded)
    }

    /// A server must not be left stopped until the window opens again.
    @Test func aTurnOfARollingStepIsBegunOnlyWhereAllOfItFits() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: Rolling
                steps:
                  - rolling:
                      servers: [zk1@v1, zk2@v1]
                      order: listed
                      steps: [{stop: $server}, {start: $server}]
            """, settings: "window: {from: \"02:00\", to: \"03:01\", timezone: Asia/Seoul}")
        world.clock.advance(.seconds(25))
        let stopped = await world.applier().apply(plan, events: { _ in })
        #expect(stopped.failure?.code == .outsideWindow)
        #expect(stopped.failure?.message.contains("The turn of zk1@v1 in step 1.1 is not started") ?? false)
        #expect(await world.ensemble.changeNames.isEmpty)
    }

    @Test func usualTimesComeFromRunsBefore() async throws {
        func event(_ kind: RunEvent.Kind) -> RunEvent { RunEvent(at: 0, kind: kind) }
        let zk1 = ServerName(host: "zk1", installation: "v1")
        let zk2 = ServerName(host: "zk2", installation: "v1")
        let start = Operation.start(zk1, settle: .serving, limit: .seconds(120))
        #expect(UsualTimes().seconds(start) == 30)
        let known = UsualTimes(runs: [
            [
                event(.actionStarted(action: "1", summary: start.summary, step: nil, kind: "start")),
                event(.actionFinished(action: "1", change: .changed, seconds: 300)),
            ],
            [
                event(.actionStarted(action: "1", summary: start.summary, step: nil, kind: "start")),
                event(.actionFinished(action: "1", change: .changed, seconds: 200)),
                event(.actionStarted(action: "2", summary: start.summary, step: nil, kind: "start")),
                event(.actionFinished(action: "2", change: .already, seconds: 0)),
            ],
        ])
        // The last time that it was done; of one that never was, the longest of its kind.
        #expect(known.seconds(start) == 200)
        #expect(known.seconds(.start(zk2, settle: .serving, limit: .seconds(120))) == 300)
        #expect(known.seconds(.stop(zk1, limit: .seconds(120))) == 10)
    }

    /// A person's thinking, another wait's patience and the writing of something else say nothing about how long this takes.
    @Test func onlyWhatIsAlikeTeachesHowLongItTakes() {
        let zk1 = ServerName(host: "zk1", installation: "v1")
        let confirm = Operation.confirm("go on?")
        let wait = Operation.wait([Condition(.leader(oneOf: [zk1]))], limit: .seconds(600))
        let other = Operation.wait([Condition(.serving([zk1]))], limit: .seconds(600))
        let persist = Operation.persistZnodes(through: zk1, from: "/a", under: nil)
        let put = Operation.putFile(.config(zk1), content: .text("x"), mode: nil)
        let events = [confirm, wait, persist].enumerated().flatMap { number, operation -> [RunEvent] in
            let kinds: [RunEvent.Kind] = [
                .actionStarted(
                    action: "\(number)", summary: operation.summary, step: "1.1", kind: operation.timeKind),
                .actionFinished(action: "\(number)", change: nil, seconds: 500),
            ]
            return kinds.map { RunEvent(at: 0, kind: $0) }
        }
        let known = UsualTimes(runs: [events])
        #expect(known.seconds(confirm) == 0)
        #expect(known.seconds(wait) == 500)
        #expect(known.seconds(other) == 2)
        #expect(known.seconds(persist) == 500)
        #expect(known.seconds(put) == 2)
    }
}
