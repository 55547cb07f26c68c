import Foundation
import TestSupport
import Testing

/// Rollbacks of edits that servers have loaded meanwhile, on real servers: what counts in the end is what their processes run with.
@Suite(.serialized) struct GoingBackTests {
    @Test func whatProcessesRunWithGoesBackToo() throws {
        try withLab("going-back", ["-n", "3", "--version", "3.8.0"]) { lab in
            try lab.lab("load", "--znodes", "300")
            let before = try lab.tree("before")
            try inTwoHops(lab)
            try aRestartBySomebody(lab)
            #expect(try lab.status().quorum)
            try lab.expectSameTree(as: before)
        }
    }

    /// The first way back restarts the servers behind files that are still edited; the second has to restart them again.
    private func inTwoHops(_ lab: TestLab) throws {
        let settings = try lab.settings()
        try apply(
            lab, "edited-and-restarted",
            """
                  - edit_config: {servers: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0], set: {syncLimit: 9}}
                  - rollback_point: edited
                  - rolling: {servers: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0], order: leader_last, steps: [{restart: $server}]}
            """)
        #expect(try syncLimits(lab) == ["9", "9", "9"])
        let run = try lab.newestRun().run
        let first = try lab.zkops.expect(0, "run", "rollback", run, "--yes")
        #expect(try syncLimits(lab) == ["9", "9", "9"], "\(first.all)")
        #expect(try lab.zkops.expect(0, "run", "list").output.contains(#"rolled-back to "edited""#))

        let second = try lab.zkops.expect(0, "run", "rollback", run, "--to", "start", "--yes")
        #expect(!second.all.contains("somebody"), "\(second.all)")
        #expect(try syncLimits(lab) == ["5", "5", "5"], "\(second.all)")
        #expect(try lab.settings() == settings)
    }

    /// Somebody restarts a server between an edit and its undoing: the run can't know whether that process was meant to load it, and
    /// names the command that makes the servers run with their files.
    private func aRestartBySomebody(_ lab: TestLab) throws {
        let settings = try lab.settings()
        try apply(
            lab, "edited",
            "      - edit_config: {servers: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0], set: {syncLimit: 9}}")
        #expect(try syncLimits(lab) == ["5", "5", "5"])
        let run = try lab.newestRun().run
        let home = lab.hosts.appendingPathComponent("zk1/zookeeper-3.8.0").path
        let restarted = try Command.bash(#"cd "$1" && bin/zkServer.sh restart"#, home)
        try #require(restarted.code == 0, "\(restarted.all)")
        // It tells nothing before it serves.
        try waitFor("zk1 to serve with what was edited") { try syncLimits(lab) == ["9", "5", "5"] }
        let undone = try lab.zkops.expect(0, "run", "rollback", run, "--to", "start", "--yes")
        #expect(try lab.settings() == settings)
        #expect(undone.errors.contains("somebody restarted zk1@v3.8.0 after the run had edited them"), "\(undone.all)")
        let command = try #require(undone.errors.firstMatch(of: /`zkops (plan new rolling-restart .*?)`/)?.1)
        #expect(try syncLimits(lab) == ["9", "5", "5"])

        // As it is named, but for the place of the plan.
        let plan = lab.folder.appendingPathComponent("restart.yaml").path
        let words = command.replacing("restart.yaml", with: plan).split(separator: " ").map(String.init)
        let written = try lab.zkops.run(words)
        try #require(written.code == 0, "\(written.all)")
        let applied = try lab.zkops.run(["plan", "apply", plan, "--yes"])
        #expect(applied.code == 0, "\(applied.all)")
        #expect(try syncLimits(lab) == ["5", "5", "5"])
        let healthy = try lab.zkops.run(["ensemble", "doctor", "-i", lab.inventory])
        #expect(healthy.code == 0, "\(healthy.all)")
    }

    // MARK: Helpers

    private func apply(_ lab: TestLab, _ name: String, _ steps: String) throws {
        let plan = lab.folder.appendingPathComponent("\(name).yaml")
        try """
        version: 1
        name: \(name)
        summary: What is undone afterwards.
        inventory: lab/inventory.yaml
        acknowledge:
          - {hazard: fragile, because: one of three servers is down while it restarts}
        stages:
          - name: Edit
            steps:
        \(steps)
        """.write(to: plan, atomically: true, encoding: .utf8)
        let applied = try lab.zkops.run(["plan", "apply", plan.path, "--yes"])
        try #require(applied.code == 0, "\(applied.all)")
    }

    /// With which the processes of zk1, zk2 and zk3 run, as they themselves tell; empty where one does not answer.
    private func syncLimits(_ lab: TestLab) throws -> [String] {
        let addresses = try lab.addresses()
        return try ["zk1", "zk2", "zk3"].map { host in
            let told = try Command.bash(
                #"exec 3<>"/dev/tcp/$1/2181" && echo conf >&3 && sed -n 's/^syncLimit=//p' <&3"#,
                try #require(addresses[host]))
            return told.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
