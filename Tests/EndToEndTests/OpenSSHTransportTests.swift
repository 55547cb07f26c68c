import Foundation
import TestSupport
import Testing

/// The system's ssh in place of libssh2, from the inventory to the last server.
@Suite(.serialized) struct OpenSSHTransportTests {
    @Test func aRollingRestartKeepsEveryZnode() throws {
        try withLab("openssh", ["-n", "3", "--version", "3.8.0"]) { lab in
            let inventory = try String(contentsOfFile: lab.inventory, encoding: .utf8)
            let changed = inventory.replacing("\nssh:\n", with: "\nssh:\n  transport: openssh\n")
            try #require(changed != inventory)
            try changed.write(toFile: lab.inventory, atomically: true, encoding: .utf8)
            try lab.lab("load", "--znodes", "500")
            let before = try lab.tree("before")
            let variables = ["--var", "installed=v3.8.0"]
            let plan = TestLab.plan("rolling-restart")
            try lab.captureFacts(for: plan, variables: variables)
            let applied = try lab.zkops.run(
                ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables)
            try #require(applied.code == 0, "\(applied.all)")
            let status = try lab.status()
            #expect(status.running.sorted() == (1...3).map { "zk\($0)@v3.8.0" })
            #expect(status.quorum && status.leader.map { status.syncedFollowers(of: $0) } == 2)
            try lab.expectSameTree(as: before)
        }
    }

    /// The whole recovery against sshds that libssh2 can't reach.
    @Test func theRecoveryPassesOnHardenedHosts() throws {
        let plan = TestLab.plan("staged-recovery-3-to-5")
        try withLab(
            "hardened", ["--version", "3.4.6", "--next-version", "3.4.14", "--sshd", "hardened", "--tick-time", "500"]
        ) { lab in
            try lab.lab("load", "--znodes", "2000")
            try lab.lab("break", "listener-death")
            let before = try lab.tree("before")
            let inventory = try String(contentsOfFile: lab.inventory, encoding: .utf8)
            let plain = inventory.replacing("  transport: openssh\n", with: "")
            try #require(plain != inventory)
            let other = lab.folder.appendingPathComponent("libssh2.yaml").path
            try plain.write(toFile: other, atomically: true, encoding: .utf8)
            let refused = try lab.zkops.run(["ensemble", "facts", "-i", other])
            #expect(refused.code == 3 && refused.errors.contains("transport: openssh"), "\(refused.all)")

            try lab.captureFacts(for: plan)
            let applied = try lab.zkops.run(
                ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"])
            try #require(applied.code == 0, "\(applied.all)")
            let status = try lab.status()
            let members = ["zk6", "zk7", "zk8", "zk9", "zk10"].map { "\($0)@v3.4.14" }
            #expect(status.running.sorted() == members.sorted())
            #expect(status.quorum && status.leader.map { status.syncedFollowers(of: $0) } == 4)
            try lab.expectSameTree(as: before)
        }
    }
}
