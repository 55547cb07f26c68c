import Foundation
import TestSupport
import Testing

/// The network between hosts fails in the middle of a rolling step, while all are still reached from here. Hosts are network namespaces.
@Suite(.serialized) struct NetworkCutTests {
    @Test(.needs(.networkNamespaces)) func aHostThatIsCutOffInTheMiddleOfARollingStep() throws {
        try withLab("cut", ["-n", "3", "--version", "3.8.0", "--namespaces", "--tick-time", "500"]) { lab in
            try lab.lab("load", "--znodes", "200")
            let before = try lab.tree("before")
            let run = try ZkopsInBackground(["plan", "apply", try restart(lab), "--yes"], of: lab)
            // The turn of the first follower has ended; it is cut off while the others have theirs.
            try run.wait { $0.journal.contains(#""outcome":"done","step":"1.1["#) }
            let first = try #require(run.journal.firstMatch(of: /"outcome":"done","step":"1\.1\[(zk\d)@/)?.1)
            try lab.lab("break", "cut", "--server", String(first))
            #expect(try run.end() == 1, "\(run.errors)")
            // Nobody else is stopped while it is away.
            #expect(
                run.errors.contains("servers down at once, and max_unavailable is 1: \(first)@v3.8.0 is looking"),
                "\(run.errors)")
            #expect(try lab.status().quorum)
            let name = try #require(try lab.runs().first)
            #expect(name.outcome == "failed")
            try lab.lab("mend")
            try waitFor("nobody looks") { try !lab.status().servers.contains { $0.mode == "looking" } }
            let resumed = try lab.zkops.run(["run", "resume", name.run, "--yes"])
            #expect(resumed.code == 0, "\(resumed.all)")
            try lab.expectSameTree(as: before)
        }
    }

    private func restart(_ lab: TestLab) throws -> String {
        let plan = lab.folder.appendingPathComponent("restart.yaml")
        let servers = (1...3).map { "zk\($0)@v3.8.0" }.joined(separator: ", ")
        try """
        version: 1
        name: restart
        summary: A rolling restart that does not wait long for others.
        inventory: lab/inventory.yaml
        settings: {settle_timeout: 5s}
        stages:
          - name: Restart
            steps:
              - rolling: {servers: [\(servers)], order: leader_last, steps: [{restart: $server}]}
        """.write(to: plan, atomically: true, encoding: .utf8)
        return plan.path
    }
}
