import Foundation
import TestSupport
import Testing

/// Where the hosts are not what the plan was reviewed for: exit code 3, and no byte is changed on any host.
@Suite(.serialized) struct WrongWorldTests {
    private static let restart = TestLab.plan("rolling-restart")
    private static let variables = ["--var", "installed=v3.8.0"]

    @Test func nothingIsChangedWhereTheHostsDiffer() throws {
        try withLab("wrong-world", ["-n", "4", "--spare", "zk4", "--version", "3.8.0"]) { lab in
            try lab.captureFacts(for: Self.restart, variables: Self.variables)
            try configurationEditedSince(lab)
            try hostKeyChanged(lab)
            try anotherLeader(lab)
            try followerOutOfSync(lab)
            try hostDown(lab)
        }
    }

    private func configurationEditedSince(_ lab: TestLab) throws {
        let file = lab.hosts.appendingPathComponent("zk2/zookeeper-3.8.0/conf/zoo.cfg")
        let text = try String(contentsOf: file, encoding: .utf8)
        try (text + "# by hand\nsyncLimit=7\n").write(to: file, atomically: true, encoding: .utf8)
        let message = try refused(lab)
        #expect(message.contains("zk2@v3.8.0") && message.contains("syncLimit"), "\(message)")
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private func hostKeyChanged(_ lab: TestLab) throws {
        let file = lab.folder.appendingPathComponent("lab/known_hosts")
        let text = try String(contentsOf: file, encoding: .utf8)
        var lines = text.split(separator: "\n").map(String.init)
        let keys = lines.map { $0.split(separator: " ").last.map(String.init) ?? "" }
        try #require(lines.count >= 3 && keys[0] != keys[1])
        // The first host shows a key that is on record for another.
        lines[0] = lines[0].replacingOccurrences(of: keys[0], with: keys[1])
        try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        let message = try refused(lab)
        #expect(message.contains("key") && message.contains("SHA256:"), "\(message)")
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    @Test(.needs(.mounts)) func aDiskWithoutRoomIsNotBegunWith() throws {
        try withLab("no-room", ["-n", "4", "--spare", "zk4", "--version", "3.8.0"]) { lab in
            try diskWithoutRoom(lab)
        }
    }

    private func diskWithoutRoom(_ lab: TestLab) throws {
        let plan = lab.folder.appendingPathComponent("copy.yaml")
        try """
        version: 1
        name: copy
        summary: Seeds the spare.
        inventory: lab/inventory.yaml
        stages:
          - name: Copy
            steps:
              - copy_data: {from: zk1@v3.8.0, to: zk4@v3.8.0}
        """.write(to: plan, atomically: true, encoding: .utf8)
        let facts = lab.folder.appendingPathComponent("copy-facts.yaml").path
        try lab.zkops.expect(0, "ensemble", "facts", "-i", lab.inventory, "--plan", plan.path, "-o", facts)
        try lab.lab("break", "fill-disk", "--server", "zk4@v3.8.0", "--disk", "data")
        let message = try refused(lab, plan: plan.path, facts: facts, variables: [])
        #expect(message.contains("zk4@v3.8.0 has no room for the data of zk1@v3.8.0"), "\(message)")
    }

    private func anotherLeader(_ lab: TestLab) throws {
        // The leader's own restart at the end makes another lead.
        let before = try #require(try lab.status().leader)
        let outcome = try lab.zkops.run(apply(lab))
        try #require(outcome.code == 0, "\(outcome.all)")
        let after = try #require(try lab.status().leader)
        try #require(after != before)
        let message = try refused(lab)
        #expect(message.contains(before) && message.contains("leader"), "\(message)")
        try lab.captureFacts(for: Self.restart, variables: Self.variables)
    }

    private func followerOutOfSync(_ lab: TestLab) throws {
        let follower = try #require(try lab.status().servers.first { $0.mode == "follower" }?.server)
        try lab.lab("break", "pause", "--server", follower)
        let message = try refused(lab)
        #expect(message.contains(follower) && message.contains("follower"), "\(message)")
    }

    private func hostDown(_ lab: TestLab) throws {
        let pid = try String(
            contentsOf: lab.hosts.appendingPathComponent("zk3/sshd/sshd.pid"), encoding: .utf8)
        let process = try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)))
        try #require(kill(process, SIGKILL) == 0)
        let message = try refused(lab)
        #expect(message.contains("zk3") && message.contains("refused"), "\(message)")
    }

    private func apply(_ lab: TestLab) -> [String] {
        ["plan", "apply", Self.restart, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + Self.variables
    }

    /// - Returns: what was printed to standard error.
    private func refused(_ lab: TestLab) throws -> String {
        try refused(lab, plan: Self.restart, facts: lab.facts, variables: Self.variables)
    }

    private func refused(_ lab: TestLab, plan: String, facts: String, variables: [String]) throws -> String {
        let before = try lab.hostFiles()
        try #require(before.count > 20)
        let outcome = try lab.zkops.run(
            ["plan", "apply", plan, "-i", lab.inventory, "--facts", facts, "--yes"] + variables)
        #expect(outcome.code == 3, "\(outcome.all)")
        let after = try lab.hostFiles()
        #expect(after.filter { before[$0.key] != $0.value }.keys.sorted() == [])
        #expect(before.filter { after[$0.key] == nil }.keys.sorted() == [])
        return outcome.errors
    }
}
