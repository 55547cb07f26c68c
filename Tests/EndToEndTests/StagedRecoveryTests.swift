import Foundation
import TestSupport
import Testing

/// The story of the README, from the broken ensemble to five servers, over SSH, on real servers.
@Suite(.serialized) struct StagedRecoveryTests {
    @Test(arguments: ["staged-recovery-3-to-5", "staged-recovery-no-lost-writes"])
    func brokenEnsembleComesBackWithEveryZnode(plan: String) throws {
        try withLab(plan, ["--version", "3.4.6", "--next-version", "3.4.14"]) { lab in
            try lab.lab("load", "--znodes", "5000")
            try lab.lab("break", "listener-death")
            let before = try lab.tree("before")
            let broken = try lab.status()
            #expect(broken.mode(of: "zk6@v3.4.6") == "looking" && broken.mode(of: "zk8@v3.4.6") == "looking")
            #expect(broken.leader == "zk10@v3.4.6")

            try lab.captureFacts(for: TestLab.plan(plan))
            let applied = try lab.zkops.expect(
                0, "plan", "apply", TestLab.plan(plan), "-i", lab.inventory, "--facts", lab.facts, "--yes", "--json")
            let last = try #require(applied.output.split(separator: "\n").last)
            #expect(last.contains(#""event":"run-finished""#) && last.contains(#""outcome":"succeeded""#))

            let healthy = try lab.status()
            let members = ["zk6", "zk7", "zk8", "zk9", "zk10"].map { "\($0)@v3.4.14" }
            #expect(healthy.running.sorted() == members.sorted())
            #expect(healthy.quorum && healthy.leader.map { healthy.syncedFollowers(of: $0) } == 4)
            #expect(Set(members.compactMap { healthy.version(of: $0) }) == ["3.4.14"])
            try lab.expectSameTree(as: before)
            if plan == "staged-recovery-3-to-5" {
                let run = try #require(try lab.runs().first).run
                let journal = lab.folder.appendingPathComponent("state/zkops/runs/\(run)/journal.jsonl")
                let records = try String(contentsOf: journal, encoding: .utf8).utf8.count { $0 == UInt8(ascii: "\n") }
                #expect(records >= KilledRecoveryTests.records)
            }
        }
    }
}
