import Foundation
import TestSupport
import Testing

/// Runs that are ended in the middle, on real servers: resumed, or rolled back.
///
/// The staged recovery is killed once its journal holds so many records, a little later than that by chance, so that actions are cut in
/// half too. `make test` takes one place for each, chosen by a seed; `make crash-matrix` sets `CRASH_POINTS=all`, and takes every one.
/// Where exactly a run can die is gone through, every place, by PlanExecutionTests.CrashMatrixTests over simulated hosts.
@Suite(.serialized) struct InterruptedRunTests {
    private static let plan = TestLab.plan("staged-recovery-3-to-5")
    /// Records that an undisturbed recovery writes, or a few less.
    private static let records = 380

    /// Counts of records after which the run dies.
    private static func points(pass: UInt64) -> [Int] {
        let environment = ProcessInfo.processInfo.environment
        if environment["CRASH_POINTS"] == "all" { return Array(4...records) }
        var random = SeededGenerator(seed: environment["CRASH_SEED"].flatMap { UInt64($0) } ?? 2186 + pass)
        let count = environment["CRASH_POINTS"].flatMap { Int($0) } ?? 1
        return (0..<count).map { _ in Int.random(in: 4...records, using: &random) }
    }

    @Test(arguments: points(pass: 0)) func aKilledRecoveryIsResumedToTheSameEnd(records: Int) throws {
        try withBrokenLab("resumed-\(records)") { lab, before in
            try killRecovery(lab, after: records)
            let resumed = try lab.zkops.run(["run", "resume", lab.name, "--yes"])
            #expect(resumed.code == 0, "killed after \(records) records\n\(resumed.all)")
            let status = try lab.status()
            let members = ["zk6", "zk7", "zk8", "zk9", "zk10"].map { "\($0)@v3.4.14" }
            #expect(status.running.sorted() == members.sorted())
            #expect(status.leader.map { status.syncedFollowers(of: $0) } == 4)
            try lab.expectSameTree(as: before)
        }
    }

    @Test(arguments: points(pass: 1)) func aKilledRecoveryIsRolledBack(records: Int) throws {
        try withBrokenLab("undone-\(records)") { lab, before in
            let files = try settings(lab)
            try killRecovery(lab, after: records)
            let undone = try lab.zkops.run(
                ["run", "rollback", lab.name, "--to", "start", "--accept-lost-writes", "--yes"])
            #expect(undone.code == 0, "killed after \(records) records\n\(undone.all)")
            #expect(try settings(lab) == files)
            let status = try lab.status()
            #expect(status.running.sorted() == (6...10).map { "zk\($0)@v3.4.6" }.sorted())
            #expect(status.quorum)
            try lab.expectSameTree(as: before)
        }
    }

    @Test func signalsAndLocks() throws {
        try withLab("signals", ["-n", "3", "--version", "3.8.0"]) { lab in
            try lab.lab("load", "--znodes", "300")
            let before = try lab.tree("before")
            try onlyOneOfTwo(lab)
            try interrupted(lab)
            try killedAndLocked(lab)
            try undoneToTheStart(lab)
            try lab.expectSameTree(as: before)
        }
    }

    private func onlyOneOfTwo(_ lab: TestLab) throws {
        let arguments = try restart(lab)
        let runs = try [RunInBackground(arguments, of: lab), RunInBackground(arguments, of: lab)]
        let codes = runs.map { $0.end() }
        #expect(codes.sorted { ($0 ?? -1) < ($1 ?? -1) } == [0, 4], "\(runs.map(\.printed))")
    }

    private func interrupted(_ lab: TestLab) throws {
        let run = try RunInBackground(try restart(lab), of: lab)
        #expect(run.wait(records: 12))
        run.send(SIGINT)
        #expect(run.end() == 130, "\(run.printed)")
        #expect(run.printed.contains("zkops run resume"))
        let name = try newestRun(lab)
        #expect(name.outcome == "stopped" || name.outcome == "interrupted")
        let resumed = try lab.zkops.run(["run", "resume", name.run, "--yes"])
        #expect(resumed.code == 0, "\(resumed.all)")
    }

    private func killedAndLocked(_ lab: TestLab) throws {
        let arguments = try restart(lab)
        let run = try RunInBackground(arguments, of: lab)
        #expect(run.wait(records: 14))
        run.send(SIGKILL)
        #expect(run.end() == nil)
        let name = try newestRun(lab)
        #expect(name.outcome == "interrupted")
        let other = try lab.zkops.run(arguments)
        #expect(other.code == 4 && other.errors.contains(name.run), "\(other.all)")
        let resumed = try lab.zkops.run(["run", "resume", name.run, "--yes"])
        #expect(resumed.code == 0, "\(resumed.all)")
        #expect(try newestRun(lab).outcome == "succeeded")
    }

    private func undoneToTheStart(_ lab: TestLab) throws {
        let files = try settings(lab)
        let plan = TestLab.plan("raise-init-and-sync-limits")
        let variables = ["--var", "installed=v3.8.0"]
        try lab.captureFacts(for: plan, variables: variables)
        let applied = try lab.zkops.run(
            ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables)
        try #require(applied.code == 0, "\(applied.all)")
        #expect(try settings(lab) != files)
        let undone = try lab.zkops.run(["run", "rollback", try newestRun(lab).run, "--to", "start", "--yes"])
        #expect(undone.code == 0, "\(undone.all)")
        #expect(try settings(lab) == files)
        #expect(try lab.status().quorum)
        #expect(try newestRun(lab).outcome == "rolled-back")
        try pruned(lab, plan, variables)
    }

    private func pruned(_ lab: TestLab, _ plan: String, _ variables: [String]) throws {
        try lab.captureFacts(for: plan, variables: variables)
        let applied = try lab.zkops.run(
            ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables)
        try #require(applied.code == 0, "\(applied.all)")
        let run = try newestRun(lab).run
        #expect(try backups(lab).contains { $0.contains("/\(run)/") })
        let pruned = try lab.zkops.run(["run", "prune", run, "--yes"])
        #expect(pruned.code == 0, "\(pruned.all)")
        #expect(try backups(lab).filter { $0.contains("/\(run)") } == [])
        let back = try lab.zkops.run(["run", "rollback", run, "--to", "start", "--yes"])
        #expect(back.code == 1 && back.errors.contains("backups"), "\(back.all)")
    }

    private func backups(_ lab: TestLab) throws -> [String] {
        try lab.hostFiles().keys.filter { $0.contains("/.zkops/") }.sorted()
    }

    // MARK: Helpers

    private func withBrokenLab(_ name: String, _ body: (TestLab, _ before: String) throws -> Void) throws {
        try withLab(name, ["--version", "3.4.6", "--next-version", "3.4.14"]) { lab in
            try lab.lab("load", "--znodes", "500")
            try lab.lab("break", "listener-death")
            let before = try lab.tree("before")
            try lab.captureFacts(for: Self.plan)
            try body(lab, before)
        }
    }

    private func killRecovery(_ lab: TestLab, after records: Int) throws {
        let run = try RunInBackground(
            ["plan", "apply", Self.plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"], of: lab)
        let alive = run.wait(records: records)
        try #require(alive || run.records < records, "the recovery ended: \(run.printed)")
        usleep(UInt32(records * 7919 % 400) * 1_000)
        run.send(SIGKILL)
        _ = run.end()
    }

    private func restart(_ lab: TestLab) throws -> [String] {
        let plan = TestLab.plan("rolling-restart")
        let variables = ["--var", "installed=v3.8.0"]
        try lab.captureFacts(for: plan, variables: variables)
        return ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables
    }

    /// Configurations, myids and scripts, with their checksums.
    private func settings(_ lab: TestLab) throws -> [String: String] {
        try lab.hostFiles().filter { path, _ in
            let isSetting = ["/conf/", "/bin/"].contains { path.contains($0) } || path.hasSuffix("/myid")
            return isSetting && !path.contains("/.zkops")
        }
    }

    private func newestRun(_ lab: TestLab) throws -> RunList.Run { try #require(try lab.runs().first) }
}
