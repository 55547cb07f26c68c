import Foundation
import TestSupport
import Testing

/// Real servers are brought into an incident; the doctor names it, its servers and the plan that cures it; the plan is carried
/// out, the doctor finds nothing more, and every znode is there.
@Suite(.serialized) struct DoctorTests {
    struct Case: Sendable {
        /// What `lab break` brings about.
        var broken: String
        /// On this server; on all where nil.
        var server: String?
        var code: String
        /// nil where taking back what the break did around the servers is all there is to do.
        var plan: String?
        /// LEADER is the host that leads.
        var variables: [String] = []
        /// Whether the plan is what the command that is named writes, rather than the file.
        var byCommand = false
        /// What `lab break` is told besides.
        var options: [String] = []
        /// Other findings that come of the same.
        var besides: [String] = []
        /// Whether the lab has to take something back before the plan.
        var mends = false
        /// A plan that the finding does not name, for what is left of it.
        var afterwards: String?
        /// Whether only some of the servers may show it: how long each reads its data is up to the machine.
        var isOfSome = false
    }

    @Test func whatAils3414() throws {
        try cure(
            "3.4.14",
            [
                Case(
                    broken: "wrong-myid", server: "zk1", code: "myid-mismatch", plan: "set-myid",
                    variables: ["server=zk1", "myid=1"]),
                Case(
                    broken: "closed-callback", server: "zk1", code: "smaller-identifier", plan: "same-configuration",
                    variables: ["odd=zk1"], besides: ["configuration-drift"]),
                Case(
                    broken: "connection-leak", server: "zk1", code: "too-many-connections",
                    plan: "raise-connection-limit", mends: true),
                Case(broken: "large-request", server: "zk2", code: "jute-maxbuffer", plan: "set-jvm-flags"),
                Case(
                    broken: "config-drift", server: "zk1", code: "configuration-drift", plan: "same-configuration",
                    byCommand: true),
                Case(
                    broken: "lose-data", server: "zk1", code: "emptied-data", plan: "set-myid",
                    variables: ["server=zk1", "myid=1"]),
                Case(
                    broken: "refused-config", server: "zk1", code: "refused-configuration", plan: "same-configuration",
                    variables: ["odd=zk1"]),
                Case(
                    broken: "epoch-mismatch", server: "zk1", code: "epoch-mismatch", plan: "rebuild-server",
                    variables: ["server=zk1"]),
                Case(
                    broken: "few-descriptors", server: "zk1", code: "too-many-open-files", plan: "rolling-restart",
                    byCommand: true),
                Case(
                    broken: "unresolved-name", server: "zk1", code: "unresolved-name", plan: "same-configuration",
                    variables: ["odd=zk1"], besides: ["configuration-drift"]),
                Case(broken: "large-log", server: "zk1", code: "log-growth", plan: "rotate-logs"),
                Case(broken: "full-backlog", server: "zk1", code: "accept-backlog", plan: nil, mends: true),
            ])
    }

    @Test func whatAils380() throws {
        try cure(
            "3.8.0",
            [
                Case(
                    broken: "missing-snapshot", server: "zk1", code: "missing-snapshot", plan: "rebuild-server",
                    variables: ["server=zk1"]),
                Case(
                    broken: "forbidden-words", server: nil, code: "not-observable", plan: "allow-four-letter-words",
                    byCommand: true),
                Case(broken: "old-snapshots", server: "zk1", code: "no-autopurge", plan: "enable-autopurge"),
                Case(
                    broken: "small-limits", server: nil, code: "slow-snapshot", plan: "raise-init-and-sync-limits",
                    byCommand: true, isOfSome: true),
            ], znodes: 30_000)
    }

    /// While a follower's port is closed, another votes in its name.
    @Test(.needs(.firewall)) func votesOfTwoRounds() throws {
        try cure(
            "3.4.14",
            [
                Case(
                    broken: "stale-vote", server: "zk1", code: "stale-election-round", plan: "restart-leader",
                    variables: ["leader=LEADER"])
            ], as: "doctor-rounds")
    }

    /// Nothing else shows it: all serve.
    @Test(.needs(.firewall)) func aBlockedPortBetweenThoseThatServe() throws {
        try cure(
            "3.8.0",
            ["election", "quorum"].map {
                Case(
                    broken: "block-port", server: "zk1", code: "blocked-port", plan: nil, options: ["--port", $0],
                    mends: true)
            }, as: "doctor-ports")
    }

    @Test(.needs(.tracing)) func aSlowDisk() throws {
        try cure(
            "3.8.0",
            [
                // What the log tells of the last hour ends with a restart.
                Case(
                    broken: "slow-disk", server: "zk1", code: "slow-fsync", plan: nil, mends: true,
                    afterwards: "rolling-restart")
            ], as: "doctor-disk")
    }

    @Test func deafServersOf346() throws {
        try withLab("doctor-346", ["-n", "3", "--version", "3.4.6"]) { lab in
            try lab.lab("load", "--znodes", "500", "--proxies", "0")
            let before = try lab.tree("before")
            let defects = try lab.diagnose(5)
            #expect(defects.codes == ["known-defect"], "\(defects)")

            // One of three can be restarted; of two no order of restarts brings all back.
            try lab.lab("break", "deaf-listener", "--server", "zk1")
            let one = try #require(try lab.diagnose(5)["dead-election-listener"])
            #expect(one.servers == ["zk1@v3.4.6"])
            #expect(one.plan == "plans/restart-deaf-servers.yaml")
            #expect(one.command?.contains("plan new rolling-restart") == true)
            let dumped = try lab.diagnose(5, "--thread-dump")
            #expect(
                dumped["dead-election-listener"]?.evidence.contains {
                    $0.hasSuffix("threads of its dump is the listener's")
                }
                    == true, "\(dumped)")
            let found = Diagnosis(version: 1, findings: [one])
            try lab.cure(by: "restart-deaf-servers", found, ["installed=v3.4.6", "deaf=zk1"], byCommand: false)
            #expect(try lab.diagnose(5).codes == ["known-defect"])

            try lab.lab("break", "deaf-listener", "--server", "zk1,zk2")
            let two = try #require(try lab.diagnose(5)["dead-election-listener"])
            #expect(two.servers == ["zk1@v3.4.6", "zk2@v3.4.6"])
            #expect(two.plan == "plans/planned-outage.yaml")
            try lab.apply("planned-outage", ["installed=v3.4.6"])
            #expect(try lab.diagnose(5).codes == ["known-defect"])
            try lab.expectSameTree(as: before)
        }
    }

    /// The story: five servers with dead listeners, two of which can't come back, and a newer version beside them.
    @Test func theStoryIsRecognised() throws {
        try withLab("doctor-story", ["--version", "3.4.6", "--next-version", "3.4.14"]) { lab in
            try lab.lab("break", "listener-death")
            let found = try lab.diagnose(5)
            #expect(Set(found.codes) == ["dead-election-listener", "known-defect"], "\(found)")
            let finding = try #require(found["dead-election-listener"])
            #expect(finding.servers == ["zk7@v3.4.6", "zk9@v3.4.6", "zk10@v3.4.6"])
            #expect(finding.plan == "plans/staged-recovery-3-to-5.yaml")
            #expect(finding.command?.contains("staged-recovery -i \(lab.inventory) --to v3.4.14") == true, "\(found)")
            #expect(finding.evidence.contains { $0.contains("NegativeArraySizeException") })
        }
    }

    @Test func fourVotersGetAFifth() throws {
        try withLab("doctor-even", ["-n", "5", "--spare", "zk5", "--version", "3.9.3"]) { lab in
            try lab.lab("load", "--znodes", "500", "--proxies", "0")
            let before = try lab.tree("before")
            let found = try lab.diagnose(5)
            #expect(found.codes == ["quorum-size"], "\(found)")
            #expect(found.findings.first?.servers.count == 4)
            #expect(found.findings.first?.plan == "plans/add-server.yaml")
            try lab.cure(by: "add-server", found, [], byCommand: true)
            #expect(try lab.diagnose(0).codes == [])
            try lab.expectSameTree(as: before)
        }
    }

    @Test func whatAils363() throws {
        try withLab("doctor-363", ["-n", "3", "--version", "3.6.3"]) { lab in
            #expect(try lab.diagnose(0).codes == [])
            let text = try lab.zkops.expect(0, "ensemble", "doctor", "-i", lab.inventory)
            #expect(text.output.contains("nothing is wrong"))
            // Whoever leads tells of sessions.
            try lab.lab("break", "lost-clients")
            let leader = try #require(try lab.status().leader)
            #expect(try lab.diagnose(5)["session-storm"]?.servers == [leader])
            try lab.apply("rolling-restart", ["installed=v3.6.3"])
            #expect(try lab.diagnose(0).codes == [])
            let before = try lab.tree("before")
            try lab.lab("break", "small-heap", "--server", "zk1")
            let heap = try #require(try lab.diagnose(5)["heap"])
            #expect(heap.servers == ["zk1@v3.6.3"] && heap.plan == "plans/raise-heap.yaml")
            try lab.apply("raise-heap", ["installed=v3.6.3", "out=zk1", "heap=256m"])
            #expect(try lab.diagnose(0).codes == [])
            try lab.expectSameTree(as: before)
        }
    }

    /// A large tree, tiny limits: the leader gives up before its followers have read and written what it sends them.
    @Test func electionsThatDoNotEnd() throws {
        try withLab("doctor-loop", ["-n", "3", "--version", "3.4.6"]) { lab in
            try lab.lab("load", "--znodes", "150000", "--proxies", "0")
            let before = try lab.tree("before")
            try lab.lab("break", "election-loop")
            let found = try lab.diagnose(5)
            let finding = try #require(found["slow-snapshot"], "\(found)")
            #expect(finding.severity == "critical" && !finding.servers.isEmpty)
            #expect(finding.plan == "plans/raise-limits-in-an-outage.yaml")
            try lab.apply("raise-limits-in-an-outage", ["installed=v3.4.6"])
            let cured = try lab.diagnose(5)
            // A machine that is busy with other tests can take long beside the new limits too, which is a warning.
            #expect(cured.codes.filter { $0 != "slow-snapshot" } == ["known-defect"], "\(cured)")
            #expect(cured["slow-snapshot"]?.severity != "critical", "\(cured)")
            try lab.expectSameTree(as: before)
        }
    }

    private func cure(_ version: String, _ cases: [Case], znodes: Int = 500, as name: String? = nil) throws {
        try withLab(name ?? "doctor-\(version.filter { $0 != "." })", ["-n", "3", "--version", version]) { lab in
            try lab.lab("load", "--znodes", "\(znodes)", "--proxies", "0")
            let before = try lab.tree("before")
            let healthy = try lab.diagnose(0)
            try #require(healthy.codes == [], "\(healthy)")
            for test in cases {
                try lab.lab("break", [test.broken] + (test.server.map { ["--server", $0] } ?? []) + test.options)
                let found = try lab.diagnose(5)
                try #require(
                    Set(found.codes) == Set([test.code] + test.besides), "after \(test.broken):\n\(found)")
                let finding = try #require(found[test.code])
                let all = ["zk1", "zk2", "zk3"].map { "\($0)@v\(version)" }
                if test.isOfSome {
                    #expect(!finding.servers.isEmpty && Set(finding.servers).isSubset(of: all))
                } else {
                    #expect(finding.servers == (test.server.map { ["\($0)@v\(version)"] } ?? all))
                }
                if let plan = test.plan {
                    let named = [test.code] + test.besides
                    #expect(named.contains { found[$0]?.plan == "plans/\(plan).yaml" }, "\(found)")
                }
                if test.mends { try lab.lab("mend", []) }
                if let plan = test.plan {
                    let leader = try lab.status().leader.map { String($0.prefix { $0 != "@" }) } ?? ""
                    let variables = (["installed=v\(version)"] + test.variables).map {
                        $0.replacingOccurrences(of: "LEADER", with: leader)
                    }
                    try lab.cure(by: plan, found, variables, byCommand: test.byCommand)
                }
                if let plan = test.afterwards { try lab.apply(plan, ["installed=v\(version)"]) }
                let cured = try lab.diagnose(0)
                try #require(cured.codes == [], "after \(test.plan ?? "mending") for \(test.broken):\n\(cured)")
            }
            try lab.expectSameTree(as: before)
        }
    }
}

extension TestLab {
    /// - Parameter code: the exit code that the doctor must end with.
    func diagnose(_ code: Int32, _ options: String...) throws -> Diagnosis {
        let outcome = try zkops.run(["ensemble", "doctor", "-i", inventory, "--format", "json"] + options)
        try #require(outcome.code == code, "\(outcome.all)")
        return try JSONDecoder().decode(Diagnosis.self, from: Data(outcome.output.utf8))
    }

    /// Has the command that the finding names write its plan, where it names one; applies that plan, or the one of `plans/`.
    func cure(by plan: String, _ found: Diagnosis, _ variables: [String], byCommand: Bool) throws {
        let finding = try #require(found.findings.first { $0.plan == "plans/\(plan).yaml" }, "\(found)")
        try #require(!byCommand || finding.command != nil, "\(found)")
        if let command = finding.command {
            let written = try Command.bash(
                // Of one kind there may be several, one after the other; a plan that exists is not written over.
                "mkdir -p \"$1\"/cures && cd \"$1\"/cures && rm -f ./* && PATH=$2:$PATH && \(command) 2>&1",
                folder.path,
                URL(fileURLWithPath: ZkopsBinary.path).standardizedFileURL.deletingLastPathComponent().path)
            try #require(written.code == 0 && written.output.contains("safe, "), "\(command)\n\(written.output)")
        }
        guard byCommand, let name = finding.command?.split(separator: " ").last else {
            return try apply(plan, variables)
        }
        let applied = try zkops.run(["plan", "apply", folder.appendingPathComponent("cures/\(name)").path, "--yes"])
        try #require(applied.code == 0, "\(applied.all)")
    }

    /// Applies a plan of `plans/` to what is on the hosts now.
    func apply(_ plan: String, _ variables: [String]) throws {
        let options = variables.flatMap { ["--var", $0] }
        try captureFacts(for: Self.plan(plan), variables: options)
        let applied = try zkops.run(
            ["plan", "apply", Self.plan(plan), "-i", inventory, "--facts", facts, "--yes"] + options)
        try #require(applied.code == 0, "\(plan)\n\(applied.all)")
    }
}
