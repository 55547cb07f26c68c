import Foundation
import TestSupport
import Testing

/// Plans that zkops writes from what it sees, applied as they are written.
@Suite struct PlanNewTests {
    @Test func writtenPlansDoWhatTheySay() throws {
        try withLab("plan-new", ["-n", "4", "--spare", "zk4", "--version", "3.8.0"]) { lab in
            try lab.lab("load", "--znodes", "300")
            let before = try lab.tree("before")
            let target = lab.folder.appendingPathComponent("target.yaml")
            try "version: 1\nmembers: [zk2, zk3, zk4]\nsettings: {initLimit: 20}\n"
                .write(to: target, atomically: true, encoding: .utf8)

            try write(lab, "reach", "--target", target.path)
            var status = try lab.status()
            #expect(status.quorum && status.running.sorted() == ["zk2@v3.8.0", "zk3@v3.8.0", "zk4@v3.8.0"])
            let again = try lab.zkops.run(["plan", "new", "reach", "-i", lab.inventory, "--target", target.path])
            #expect(again.code == 2 && again.errors.contains("what the target wants already"), "\(again.all)")

            try write(lab, "remap-myid", "--myid", "zk2=12")
            status = try lab.status()
            #expect(status.quorum && status.running.count == 3)
            let facts = try lab.zkops.run(["ensemble", "facts", "-i", lab.inventory]).output
            #expect(facts.contains("myid: 12") && facts.contains("initLimit=20"))
            try lab.expectSameTree(as: before)
        }
    }

    /// Observes, writes the plan with its facts beside it, and applies it.
    private func write(_ lab: TestLab, _ kind: String, _ options: String...) throws {
        let plan = lab.folder.appendingPathComponent("\(kind).yaml").path
        let written = try lab.zkops.run(["plan", "new", kind, "-i", lab.inventory, "-o", plan] + options)
        try #require(written.code == 0 && written.errors.contains("safe, "), "\(written.all)")
        let applied = try lab.zkops.run(["plan", "apply", plan, "--yes"])
        try #require(applied.code == 0, "\(applied.all)")
    }
}
