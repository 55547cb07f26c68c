import Checksums
import Foundation
import TestSupport
import Testing

/// The verbs and conditions that no plan of `plans/` uses, on real servers, and back again. Not `sysctl`: it would change the kernel of whoever
/// runs the tests, and their /etc; its scripts are run by `SysctlScriptTests`.
@Suite(.serialized) struct EveryVerbTests {
    @Test func doneAndUndone() throws {
        try withLab("verbs", ["-n", "4", "--spare", "zk4", "--version", "3.8.0", "--next-version", "3.9.3"]) { lab in
            try lab.lab("load", "--znodes", "200", "--proxies", "2")
            let plan = try plan(lab)
            let before = try lab.hostFiles()
            let preview = try lab.zkops.expect(0, "plan", "preview", plan, "--live")
            #expect(preview.output.contains("conf/java.env") && preview.output.contains("touch"))
            #expect(try changes(before, lab) == [])

            // Without a facts file the hosts are looked at first.
            let missing = try lab.zkops.run(["plan", "apply", plan, "--yes"])
            #expect(missing.code == 3 && missing.errors.contains("ZKOPS_TEST_TOKEN"), "\(missing.all)")
            #expect(try changes(before, lab) == [])
            let token = "s3cret-\(UInt64.random(in: 0 ... .max))"
            var zkops = lab.zkops
            zkops.environment["ZKOPS_TEST_TOKEN"] = token
            let applied = try zkops.run(["plan", "apply", plan, "--yes"])
            try #require(applied.code == 0, "\(applied.all)")
            let changed = try changes(before, lab)
            for file in ["zk4/zookeeper-3.8.0/conf/java.env", "zk1/home/marker", "zk4/home/marker"] {
                #expect(changed.contains("./\(file)"), "\(changed)")
            }
            #expect(changed.contains { $0.hasPrefix("./zk4/zookeeper-3.9.3/lib/") || $0.hasSuffix("/only-here") })

            // Done already, so nothing is written.
            let between = try lab.hostFiles()
            let again = try zkops.run(["plan", "apply", plan, "--yes"])
            #expect(again.code == 0, "\(again.all)")
            #expect(try changes(between, lab) == [])

            let first = try #require(try lab.runs().last?.run)
            let runs = try BashCompletion.offers("run", "rollback", "", in: lab.folder)
            #expect(runs == (try lab.runs().map(\.run).sorted()))
            let points = try BashCompletion.offers("run", "rollback", first, "--to", "", in: lab.folder)
            #expect(points == ["before the files", "start"])
            let undone = try zkops.run(["run", "rollback", first, "--to", "before the files", "--yes"])
            #expect(undone.code == 0, "\(undone.all)")
            #expect(try changes(before, lab) == [])

            // The commands had the secret, and said it; nothing that was printed or kept has it.
            #expect(!applied.all.contains(token) && !again.all.contains(token) && !undone.all.contains(token))
            let held = try Command.bash("grep -rlF \"$1\" \"$2\"", token, lab.folder.path)
            #expect(held.code == 1 && held.output.isEmpty, "\(held.output)")
            let logs = try Command.bash("grep -rhF '[TOKEN]' \"$1\"/state", lab.folder.path)
            #expect(logs.output.contains("said [TOKEN]"), "\(logs.output)")
        }
    }

    private func plan(_ lab: TestLab) throws -> String {
        let folder = lab.folder.appendingPathComponent("zookeeper")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try "new software\n".write(
            to: folder.appendingPathComponent("only-here"), atomically: true, encoding: .utf8)
        let archive = lab.folder.appendingPathComponent("zookeeper.tar.gz")
        try Command.output(["/bin/tar", "-czf", archive.path, "-C", lab.folder.path, "zookeeper"])
        let sum = SHA256.hexDigest(of: [UInt8](try Data(contentsOf: archive)))
        let file = lab.folder.appendingPathComponent("verbs.yaml")
        try """
        version: 1
        name: verbs
        summary: What the other plans don't do.
        inventory: lab/inventory.yaml
        stages:
          - name: Look
            steps:
              - require:
                  - {leader: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0]}
                  - {server: zk1@v3.8.0, mode: [leader, follower]}
                  - {server: zk4@v3.8.0, running: false}
                  - {server: zk2@v3.8.0, version: 3.8.0}
                  - {reachable: {from: [zk1, zk4], to: [zk3@v3.8.0], ports: [client, election]}}
                  - {znode: /jodis/demo, through: zk1@v3.8.0, exists: true, children: ">= 2"}
                  - {znode: /nowhere, through: zk1@v3.8.0, exists: false}
                  - {writable: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0]}
                  - {command: "test -d /", host: zk4, succeeds: true}
                  - {command: "test -d /nowhere", host: zk4, succeeds: false}
              - confirm: Go on?
              - rollback_point: before the files
          - name: Files
            steps:
              - put_file: {servers: zk4@v3.8.0, path: conf/java.env, content: "# by the plan\\n", mode: "0640"}
              - edit_file:
                  servers: [zk1@v3.8.0, zk4@v3.8.0]
                  path: conf/log4j.properties
                  set: {zkops.test: "1"}
              - run:
                  hosts: [zk1, zk4]
                  command: |
                    touch "$HOME/$MARK"
                    case $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' ' ') in *"$TOKEN"*) exit 9 ;; esac
                    echo "said $TOKEN"
                  undo: test -n "$TOKEN" && rm -f "$HOME/$MARK"
                  check: test -e "$HOME/$MARK"
                  environment: {MARK: marker, TOKEN: {secret: ZKOPS_TEST_TOKEN}}
              - install: {servers: zk4@v3.9.3, archive: zookeeper.tar.gz, sha256: \(sum)}
              - wait:
                  - {stable_for: 1s, servers: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0]}
                  - {zxid: zk1@v3.8.0, at_least: zk2@v3.8.0}
        """.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// Paths whose content is another than before, or that have come or gone; backups don't count.
    private func changes(_ before: [String: String], _ lab: TestLab) throws -> [String] {
        let after = try lab.hostFiles()
        return Set(before.keys).union(after.keys).filter { !$0.contains(".zkops") && before[$0] != after[$0] }.sorted()
    }
}
