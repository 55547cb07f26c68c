import Foundation
import TestSupport
import Testing

/// `reconfig`, on real servers of a version that has it, and back again.
@Suite struct ReconfigTests {
    @Test func aMemberLeavesAndComesBack() throws {
        let up = ["-n", "3", "--version", "3.9.3", "--set", "reconfigEnabled=true", "--set", "skipACL=yes"]
        try withLab("reconfig", up) { lab in
            try lab.lab("load", "--znodes", "200")
            let before = try lab.tree("before")
            let plan = try plan(lab)
            let left = try lab.zkops.run(["plan", "apply", plan, "--until", "1.1", "--yes"])
            try #require(left.code == 0, "\(left.all)")
            #expect(try followers(lab) == 1)
            let run = try #require(try lab.runs().first).run
            let resumed = try lab.zkops.run(["run", "resume", run, "--yes"])
            try #require(resumed.code == 0, "\(resumed.all)")
            #expect(try followers(lab) == 2)

            // Undone, it leaves and comes back once more, by the line that it had.
            let undone = try lab.zkops.run(["run", "rollback", run, "--to", "start", "--yes"])
            #expect(undone.code == 0, "\(undone.all)")
            try waitFor("zk1 follows again") { try followers(lab) == 2 }
            try lab.expectSameTree(as: before)
        }
    }

    /// An ensemble of plain zoo.cfg files gets dynamic reconfiguration by the plan that `plan new` writes, and uses it.
    @Test func anEnsembleIsMovedToIt() throws {
        try withLab("to-reconfig", ["-n", "3", "--version", "3.9.3", "--set", "skipACL=yes"]) { lab in
            try lab.lab("load", "--znodes", "200")
            let before = try lab.tree("before")
            let leave = try plan(lab)
            let refused = try lab.zkops.run(["plan", "apply", leave, "--yes"])
            #expect(refused.code != 0, "\(refused.all)")
            #expect(try followers(lab) == 2)

            try lab.applyNew("move-to-reconfig")
            #expect(try followers(lab) == 2)
            let again = try lab.zkops.run(["plan", "new", "move-to-reconfig", "-i", lab.inventory])
            #expect(again.code == 2 && again.errors.contains("has reconfigEnabled=true already"), "\(again.all)")
            let left = try lab.zkops.run(["plan", "apply", leave, "--until", "1.1", "--yes"])
            try #require(left.code == 0, "\(left.all)")
            #expect(try followers(lab) == 1)
            try lab.expectSameTree(as: before)
        }
    }

    /// Those that the leader counts as members.
    private func followers(_ lab: TestLab) throws -> Int? {
        let status = try lab.status()
        return status.leader.flatMap { status.syncedFollowers(of: $0) }
    }

    private func plan(_ lab: TestLab) throws -> String {
        let zk1 = try #require(try lab.addresses()["zk1"])
        let plan = lab.folder.appendingPathComponent("reconfig.yaml")
        try """
        version: 1
        name: reconfig
        summary: A member leaves and comes back.
        inventory: lab/inventory.yaml
        stages:
          - name: Leave
            steps:
              - reconfig: {through: zk3@v3.9.3, remove: [1]}
          - name: Come back
            steps:
              - reconfig: {through: zk3@v3.9.3, add: ["server.1=\(zk1):2888:3888:participant;\(zk1):2181"]}
              - wait: [{synced_followers: 2, of: [zk1@v3.9.3, zk2@v3.9.3, zk3@v3.9.3]}]
        """.write(to: plan, atomically: true, encoding: .utf8)
        return plan.path
    }
}
