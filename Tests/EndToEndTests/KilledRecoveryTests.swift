import Foundation
import TestSupport
import Testing

/// The staged recovery on real servers, killed by SIGKILL at places of its journal and in its actions: resumed, or rolled back.
///
/// A run that dies again and again, each time at the next place, takes seconds a place, and so `make crash-matrix` (`CRASH_EVERY=1`) takes
/// every one; `make test` takes one of forty, chosen by a seed. Runs that die once are as many as `CRASH_POINTS` says.
/// PlanExecutionTests.CrashMatrixTests takes every place each by itself, over simulated hosts.
@Suite(.serialized, .timeLimit(.minutes(240))) struct KilledRecoveryTests {
    private static let plan = TestLab.plan("staged-recovery-3-to-5")
    /// Records that an undisturbed recovery writes at least, as `StagedRecoveryTests` finds.
    static let records = 340

    private static let environment = ProcessInfo.processInfo.environment
    private static let every = environment["CRASH_EVERY"].flatMap { Int($0) } ?? 40
    private static let seed = environment["CRASH_SEED"].flatMap { UInt64($0) } ?? 2186

    /// Records from which on a run dies once.
    private static func points(pass: UInt64) -> [Int] {
        if environment["CRASH_POINTS"] == "all" { return Array(3...records) }
        var random = SeededGenerator(seed: seed + pass)
        return (0..<(environment["CRASH_POINTS"].flatMap { Int($0) } ?? 1)).map { _ in
            Int.random(in: 3...records, using: &random)
        }
    }

    // MARK: Again and again

    @Test func aRecoveryThatDiesAgainAndAgainEndsAsAnUndisturbedOne() throws {
        let undisturbed = try Self.undisturbed()
        try Self.withBrokenLab("recovery") { lab, before in
            let deaths = Deaths(lab: lab, every: Self.every, seed: Self.seed, seconds: undisturbed.seconds)
            let end = try deaths.run(Self.apply(lab)) { _ in ["run", "resume", lab.name, "--yes"] }
            try expectEnd(end, deaths)
            #expect(try lab.newestRun().outcome == "succeeded")
            #expect(try lab.settings() == undisturbed.settings)
            try expectRecovered(lab, before)
        }
    }

    @Test func aRollbackThatDiesAgainAndAgainEndsWhereTheRunBegan() throws {
        try Self.withBrokenLab("rollback") { lab, before in
            let settings = try lab.settings()
            let applied = try lab.zkops.run(Self.apply(lab))
            try #require(applied.code == 0, "\(applied.all)")
            let deaths = Deaths(lab: lab, every: Self.every, seed: Self.seed)
            let back = Self.rollback(lab)
            let end = try deaths.run(back) { journal in
                journal.contains(#""rollbackBegan""#) ? ["run", "resume", lab.name, "--yes"] : back
            }
            try expectEnd(end, deaths)
            try expectUndone(lab, settings, before)
        }
    }

    private func expectEnd(_ end: Command.Outcome, _ deaths: Deaths) throws {
        print("died at \(deaths.places.count) places, one of \(deaths.every)")
        #expect(deaths.places.count >= Self.records / deaths.every)
        // Only after the last record there is nothing to go on with.
        let isOver = deaths.places.last == "after runEnded"
        #expect(end.code == (isOver ? 1 : 0), "\(end.all)\n\(deaths.places.joined(separator: "\n"))")
        #expect(!isOver || end.errors.contains("has ended"), "\(end.all)")
    }

    // MARK: Once

    @Test(arguments: points(pass: 0)) func aKilledRecoveryIsResumedToTheSameEnd(record: Int) throws {
        try Self.withBrokenLab("resumed-\(record)") { lab, before in
            try dieOnce(lab, from: record)
            let resumed = try lab.zkops.run(["run", "resume", lab.name, "--yes"])
            #expect(resumed.code == 0, "killed at record \(record)\n\(resumed.all)")
            try expectRecovered(lab, before)
        }
    }

    @Test(arguments: points(pass: 1)) func aKilledRecoveryIsRolledBack(record: Int) throws {
        try Self.withBrokenLab("undone-\(record)") { lab, before in
            let settings = try lab.settings()
            try dieOnce(lab, from: record)
            let undone = try lab.zkops.run(Self.rollback(lab))
            #expect(undone.code == 0, "killed at record \(record)\n\(undone.all)")
            try expectUndone(lab, settings, before)
        }
    }

    private func dieOnce(_ lab: TestLab, from record: Int) throws {
        let deaths = Deaths(lab: lab, every: 3, seed: Self.seed, from: record, limit: 1)
        var died = 0
        _ = try deaths.run(Self.apply(lab)) { _ in
            died += 1
            return ["run", "list"]
        }
        try #require(died == 1, "no place was found after record \(record)")
    }

    // MARK: What must be so

    private func expectRecovered(_ lab: TestLab, _ before: String) throws {
        let status = try lab.status()
        let members = ["zk6", "zk7", "zk8", "zk9", "zk10"].map { "\($0)@v3.4.14" }
        #expect(status.running.sorted() == members.sorted())
        #expect(status.leader.map { status.syncedFollowers(of: $0) } == 4)
        try lab.expectSameTree(as: before)
    }

    private func expectUndone(_ lab: TestLab, _ settings: [String: String], _ before: String) throws {
        #expect(try lab.newestRun().outcome == "rolled-back")
        #expect(try lab.settings() == settings)
        let status = try lab.status()
        #expect(status.running.sorted() == (6...10).map { "zk\($0)@v3.4.6" }.sorted())
        #expect(status.quorum)
        try lab.expectSameTree(as: before)
    }

    /// What a recovery that nothing disturbs leaves, and how long its actions take.
    private static func undisturbed() throws -> (settings: [String: String], seconds: String) {
        var found = (settings: [String: String](), seconds: "")
        try withBrokenLab("recovery") { lab, _ in
            let applied = try lab.zkops.run(apply(lab))
            try #require(applied.code == 0, "\(applied.all)")
            found.settings = try lab.settings()
            found.seconds = try Deaths(lab: lab).journal()
                .matches(of: /"actionEnded":\{"action":"([^"]+)".*"seconds":([0-9.e-]+)/)
                .map { "\($0.1) \($0.2)\n" }.joined()
        }
        try #require(!found.settings.isEmpty && !found.seconds.isEmpty)
        return found
    }

    private static func withBrokenLab(_ name: String, _ body: (TestLab, _ before: String) throws -> Void) throws {
        try withLab(name, ["--version", "3.4.6", "--next-version", "3.4.14"]) { lab in
            try lab.lab("load", "--znodes", "500")
            try lab.lab("break", "listener-death")
            let before = try lab.tree("before")
            try lab.captureFacts(for: plan)
            try body(lab, before)
        }
    }

    private static func apply(_ lab: TestLab) -> [String] {
        ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"]
    }

    private static func rollback(_ lab: TestLab) -> [String] {
        ["run", "rollback", lab.name, "--to", "start", "--accept-lost-writes", "--yes"]
    }
}
