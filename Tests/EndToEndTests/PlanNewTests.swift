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

            try lab.applyNew("reach", "--target", target.path)
            var status = try lab.status()
            #expect(status.quorum && status.running.sorted() == ["zk2@v3.8.0", "zk3@v3.8.0", "zk4@v3.8.0"])
            let again = try lab.zkops.run(["plan", "new", "reach", "-i", lab.inventory, "--target", target.path])
            #expect(again.code == 2 && again.errors.contains("what the target wants already"), "\(again.all)")

            try lab.applyNew("remap-myid", "--myid", "zk2=12")
            status = try lab.status()
            #expect(status.quorum && status.running.count == 3)
            let facts = try lab.zkops.run(["ensemble", "facts", "-i", lab.inventory]).output
            #expect(facts.contains("myid: 12") && facts.contains("initLimit=20"))
            try lab.expectSameTree(as: before)
        }
    }

    /// Servers that spoke plain text to each other take nothing but TLS in the end, without an outage.
    @Test func serversLearnToSpeakTLS() throws {
        try withLab("plan-tls", ["-n", "3", "--version", "3.9.3"]) { lab in
            try lab.lab("load", "--znodes", "300")
            let before = try lab.tree("before")
            let addresses = try lab.addresses()
            let names = addresses.sorted { $0.key < $1.key }.map { "IP:\($0.value)" }.joined(separator: ",")
            // One key for all, since the lab's hosts are one machine: a certificate that names each of them.
            let made = try Command.bash(
                """
                cd "$1" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab -addext "subjectAltName=$2" \
                -keyout key.pem -out trusted.pem && cat key.pem trusted.pem > own.pem
                """, lab.folder.path, names)
            try #require(made.code == 0, "\(made.output)")
            let stores = ["own", "trusted"].map { lab.folder.appendingPathComponent("\($0).pem").path }
            try #require(try !speaksTLS(addresses["zk1"] ?? ""))

            let missing = lab.folder.appendingPathComponent("missing.pem").path
            let plan = lab.folder.appendingPathComponent("without-key.yaml").path
            _ = try lab.zkops.expect(
                0, "plan", "new", "enable-tls", "-i", lab.inventory, "--keystore", missing, "--truststore", stores[1],
                "-o", plan)
            let refused = try lab.zkops.run(["plan", "apply", plan, "--yes"])
            #expect(refused.code == 3 && refused.all.contains("missing.pem"), "\(refused.all)")

            try lab.applyNew("enable-tls", "--keystore", stores[0], "--truststore", stores[1])
            for address in addresses.values { #expect(try speaksTLS(address)) }
            let status = try lab.status()
            #expect(status.quorum && status.leader.flatMap { status.syncedFollowers(of: $0) } == 2)
            try lab.expectSameTree(as: before)
        }
    }

    /// Whether the election port does.
    private func speaksTLS(_ address: String) throws -> Bool {
        let told = try Command.bash("openssl s_client -connect \"$1\":3888 </dev/null 2>&1", address)
        return told.output.contains("BEGIN CERTIFICATE")
    }
}

extension TestLab {
    /// Observes, writes the plan with its facts beside it, and applies it.
    func applyNew(_ kind: String, _ options: String...) throws {
        let plan = folder.appendingPathComponent("\(kind).yaml").path
        let written = try zkops.run(["plan", "new", kind, "-i", inventory, "-o", plan] + options)
        try #require(written.code == 0 && written.errors.contains("safe, "), "\(written.all)")
        let applied = try zkops.run(["plan", "apply", plan, "--yes"])
        try #require(applied.code == 0, "\(applied.all)")
    }
}
