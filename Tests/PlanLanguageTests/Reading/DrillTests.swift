import EnsembleModel
import TestSupport
import Testing

@testable import PlanLanguage

@Suite struct DrillTests {
    private static let head = "version: 1\ndrill: d\nplan: p.yaml\nworld: {lab: {version: 3.8.0}}\n"

    private func load(_ text: String) throws -> Drill {
        try PlanLoader { _ in Array(text.utf8) }.loadDrill("drills/d.yaml")
    }

    @Test func aWholeDrill() throws {
        let drill = try load(
            """
            version: 1
            drill: all-of-it
            summary: what is rehearsed
            world:
              lab: {version: 3.8.0, next_version: 3.9.3, hosts: [a1, a2, a3], observers: a3, tick_time: 500, znodes: 7,
                proxies: 2, shared_data: true, settings: {maxClientCnxns: "0"}}
            clients: {sessions: 5, every: 20ms, session_timeout: 4s}
            plan: ../plans/p.yaml
            vars: {installed: v3.9.3}
            faults:
              - {break: listener-death}
              - {break: kill, server: [a1, leader], before: "2.1", delay: 300ms, for: 5s}
              - {break: pause, server: any, between: [5s, 40s], for: 1s}
              - {break: operator-killed, after: "3.1[a1@v3.8.0].2"}
              - {break: cut, server: follower, when: {synced_followers: 1}}
            when_it_fails: rollback
            expect: {outcome: rolled-back, znodes: any, lost_writes: "<= 2", longest_write_outage: 30s,
              total_write_outage: 1m, elections: 2, expired_sessions: 0, duration: 5m, state: {synced_followers: 2}}
            """)
        #expect(drill.plan == "drills/../plans/p.yaml" && drill.variables == ["installed": "v3.9.3"])
        guard case .lab(let lab) = drill.world else {
            Issue.record("not a lab")
            return
        }
        #expect(lab.hosts == .named(["a1", "a2", "a3"]) && lab.observers == ["a3"] && lab.znodes == 7)
        #expect(lab.nextVersion == Version("3.9.3") && lab.sharesData && lab.settings.map(\.value) == ["0"])
        #expect(drill.clients.sessions == 5 && drill.clients.interval == .milliseconds(20))
        #expect(drill.faults.map(\.kind) == [.listenerDeath, .kill, .pause, .operatorKilled, .cut])
        #expect(drill.faults[1].victims == [.named("a1"), .leader] && drill.faults[1].lasting == .seconds(5))
        guard case .first = drill.faults[0].moment, case .before("2.1") = drill.faults[1].moment,
            case .time(let range) = drill.faults[2].moment, case .condition(let conditions) = drill.faults[4].moment
        else {
            Issue.record("other moments: \(drill.faults.map(\.moment))")
            return
        }
        #expect(range == .seconds(5)...(.seconds(40)) && conditions.count == 1)
        #expect(drill.answer == .rollback && drill.expectations.outcome == "rolled-back")
        #expect(drill.expectations.lostWrites == NumberTest(.atMost, 2) && drill.expectations.znodes == .any)
    }

    /// A drill that expects nothing in particular expects that nothing is lost.
    @Test func whatIsExpectedUnlessSaidOtherwise() throws {
        let wanted = try load(Self.head).expectations
        #expect(wanted.outcome == "succeeded" && wanted.znodes == .intact && wanted.lostWrites == NumberTest(.equal, 0))
    }

    @Test(arguments: [
        ("faults: [{break: kill}]", 5, "needs the key `server`"),
        ("faults:\n  - {break: kill, server: zk1, before: a, at: 3s}", 6, "a fault happens once"),
        ("faults:\n  - {break: lose-data, server: zk1, for: 3s}", 6, "can't be taken back"),
        ("faults:\n  - {break: operator-killed}", 6, "there is no operator to kill"),
        ("faults:\n  - {break: operator-killed, server: zk1, at: 1s}", 6, "is no server"),
        ("faults:\n  - {break: kill, server: zk1, between: [9s, 3s]}", 6, "the shorter first"),
        ("faults:\n  - {break: kil, server: zk1}", 6, "found `kil`"),
        ("faults:\n  - {break: kill, server: zk2}", 6, "the inventory has no host `zk2`"),
        ("faults:\n  - {break: kill, server: [leader, zk1@v3.9.3]}", 6, "has no installation `v3.9.3`"),
        ("expect: {state: {serving: [zk6@v3.8.0, zk5@v3.8.0]}}", 5, "the inventory has no host `zk5`"),
        ("expect: {lost_writes: few}", 5, "a number, or a comparison"),
        ("clients: {sessions: 0}", 5, "a whole number from 1 to 100"),
    ])
    func whatIsWrongIsToldWithItsPlace(_ text: String, line: Int, message: String) throws {
        let error = try #require(throws: InvalidInput.self) { try load(Self.head + text) }
        let found = try #require(error.diagnostics.first { $0.message.contains(message) }, "\(error.diagnostics)")
        #expect(found.range?.line == line)
    }

    @Test func thePlanHasToBeThere() throws {
        struct Missing: Error, CustomStringConvertible { var description: String { "no such file" } }
        let loader = PlanLoader { path in
            guard path == "drills/d.yaml" else { throw Missing() }
            return Array(Self.head.utf8)
        }
        let error = try #require(throws: InvalidInput.self) { try loader.loadDrill("drills/d.yaml") }
        #expect(error.diagnostics.map(\.message) == ["the plan `drills/p.yaml` can't be read: no such file"])
        #expect(error.diagnostics.first?.range.map { [$0.line, $0.column] } == [3, 7])
    }

    @Test func aStagingEnsembleIsBrokenInFewWays() throws {
        let text = "version: 1\ndrill: d\nplan: p.yaml\nworld: {staging: i.yaml}\nfaults: [{break: cut, server: zk1}]"
        let error = try #require(throws: InvalidInput.self) { try load(text) }
        #expect(error.diagnostics.map(\.message) == ["`cut` can be done to a lab only"])
    }

    @Test func aWorldIsOneOfTwo() throws {
        let both = "version: 1\ndrill: d\nplan: p.yaml\nworld: {staging: i.yaml, lab: {version: 3.8.0}}"
        #expect(throws: InvalidInput.self) { try load(both) }
        #expect(throws: InvalidInput.self) { try load("version: 1\ndrill: d\nplan: p.yaml\nworld: {}") }
    }
}
