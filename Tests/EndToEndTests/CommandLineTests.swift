import Foundation
import TestSupport
import Testing

/// What the commands print and how they end, on files alone: no host is needed.
@Suite struct CommandLineTests {
    private let zkops = ZkopsBinary(environment: ["XDG_STATE_HOME": "/nonexistent"])

    static let wrongUsages: [[String]] = [
        ["plan", "chekc"], ["plan", "check"], ["plan", "check", "a", "b"], ["plan", "check", "a", "--failures", "x"],
        ["plan", "check", "a", "--failures", "-1"], ["plan", "check", "a", "--var", "novalue"],
        ["plan", "check", "a", "--var", "a=1", "--var", "a=2"], ["plan", "preview", "a", "--format", "yaml"],
        ["run", "show"], ["run", "show", "no-such-run"], ["run", "resume", "no-such-run"], ["run", "rollback"],
        ["plan", "preview", "a", "--live", "--facts", "b"], ["plan", "apply", "a", "--reviewed", "abc"],
        ["plan", "apply", "a", "--lock-timeout", "5"], ["ensemble", "status"],
        ["ensemble", "facts", "-i", "a", "--var", "b=c"], ["ensemble", "watch", "-i", "a", "--every", "10ms"],
        ["ensemble", "probe", "-i", "a", "--every", "1s"], ["ensemble", "probe", "-i", "a", "--listen", "9141"],
        ["ensemble", "probe", "-i", "a", "--every", "30s", "--format", "json"], ["run", "unlock", "a-1"],
        ["ensemble", "contents"], ["ensemble", "contents", "a", "-i", "b"],
        ["ensemble", "contents", "a", "--depth", "0"], ["--nonsense"], ["lab", "up", "-n", "0"],
        ["lab", "up", "--tick-time", "0"], ["lab", "up", "--version", "1.2"], ["lab", "up", "--name", "../x"],
        ["lab", "up", "--hosts", "a,b", "--spare", "c"], ["lab", "fetch", "9.9.9"], ["lab", "break", "fire"],
        ["plan", "new", "-i", "a"], ["plan", "new", "grow", "-i", "a"], ["plan", "new", "expand", "-i", "a"],
        ["plan", "new", "rolling-restart", "-i", "a", "--add", "zk4"],
        ["plan", "new", "expand", "-i", "a", "--add", "zk4", "--accept", "data-loss"],
    ]

    @Test(arguments: wrongUsages) func wrongUsageEndsWith64(arguments: [String]) throws {
        let outcome = try zkops.run(arguments)
        #expect(outcome.code == 64, "\(outcome.all)")
        #expect(outcome.output.isEmpty)
        #expect(!outcome.errors.isEmpty)
    }

    @Test func aCommandThatIsNone() throws {
        let outcome = try zkops.expect(64, "plan", "chekc", "plan.yaml")
        #expect(outcome.errors.contains("`zkops plan` has no command `chekc`; did you mean `check`?"))
        #expect(try zkops.expect(64, "doctor").errors.contains("it has `plan`, `run`, `ensemble`, `drill`, `lab`"))
    }

    @Test func aFolderInThePlaceOfAPlan() throws {
        #expect(try zkops.expect(2, "plan", "check", "/tmp").output.contains("it is a folder"))
    }

    @Test func aPlanFromAPipe() throws {
        try withFiles { folder in
            let outcome = try Command.bash(
                "\"$1\" plan check <(cat \"$2\") -i \"$3/inventory.yaml\" --facts \"$3/facts.yaml\"",
                ZkopsBinary.path, folder.path("plan.yaml"), folder.place.path)
            #expect(outcome.code == 0 && outcome.output.contains(": safe"), "\(outcome.output)")
        }
    }

    @Test func versionIsTold() throws {
        let outcome = try zkops.expect(0, "--version")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("zkops 0."), "\(outcome.all)")
        #expect(lines[1].wholeMatch(of: /libssh2 1\.\d+\.\d+\S*/) != nil)
        #expect(lines[2].wholeMatch(of: /ZooKeeper client 3\.\d+\.\d+/) != nil)
    }

    // MARK: plan check

    @Test func aSafePlan() throws {
        try withFiles { folder in
            let outcome = try zkops.expect(0, "plan", "check", folder.path("plan.yaml"), "--format", "json")
            let check = try Check(outcome.output)
            #expect(check.version == 1 && check.verdict == "safe" && check.errors.isEmpty && check.failures == 1)
            #expect(check.hazards.allSatisfy { $0.severity == "warning" })
            #expect(outcome.errors.isEmpty)
            let text = try zkops.expect(0, "plan", "check", folder.path("plan.yaml"))
            #expect(text.output.contains("plan.yaml: safe"))
            #expect(!text.output.contains("\u{1b}"), "no colours but on a terminal")
        }
    }

    @Test func anUnsafePlan() throws {
        try withFiles(steps: "- stop: [zk1@a, zk2@a]") { folder in
            let outcome = try zkops.expect(2, "plan", "check", folder.path("plan.yaml"), "--format", "json")
            let check = try Check(outcome.output)
            #expect(check.verdict == "unsafe")
            let hazard = try #require(check.hazards.first { $0.code == "quorum-loss" })
            #expect(hazard.severity == "error" && !hazard.acknowledged && hazard.step == "1.1" && !hazard.trace.isEmpty)
            try zkops.expect(2, "plan", "preview", folder.path("plan.yaml"))
        }
    }

    @Test func everyErrorOfAnInvalidPlanHasItsPlace() throws {
        try withFiles(steps: "- restrat: zk1@a\n- restart: zk9@a") { folder in
            let plan = folder.path("plan.yaml")
            let outcome = try zkops.expect(2, "plan", "check", plan, "--format", "json")
            let check = try Check(outcome.output)
            #expect(check.verdict == "invalid")
            #expect(check.errors.map { "\($0.line):\($0.column)" } == ["8:9", "9:18"])
            #expect(check.errors.allSatisfy { $0.file == plan })

            let text = try zkops.expect(2, "plan", "check", plan)
            #expect(text.output.contains("\(plan):8:9: error:") && text.output.contains("did you mean `restart`?"))
            let preview = try zkops.expect(2, "plan", "preview", plan)
            #expect(preview.output.isEmpty && preview.errors.contains("\(plan):8:9: error:"))
        }
    }

    @Test func aPlanThatIsNotThere() throws {
        let outcome = try zkops.expect(2, "plan", "check", "/nonexistent/plan.yaml", "--format", "json")
        let check = try Check(outcome.output)
        #expect(check.errors.first?.message.contains("there is no such file") == true)
    }

    @Test func withoutFactsNothingIsAssumed() throws {
        try withFiles { folder in
            try folder.change("plan.yaml", "facts: facts.yaml\n", "")
            let plan = folder.path("plan.yaml")
            let outcome = try zkops.expect(2, "plan", "check", plan, "--format", "json")
            #expect(try Check(outcome.output).verdict == "invalid")
            #expect(outcome.output.contains("--live"))
            let preview = try zkops.expect(2, "plan", "preview", plan)
            #expect(preview.errors.contains("--live"))
            try zkops.expect(0, "plan", "check", plan, "--facts", folder.path("facts.yaml"))
        }
    }

    @Test func anotherInventoryAndVariables() throws {
        try withFiles(steps: "- restart: $server\n".replacing("$server", with: "zk1@${installed}"), vars: true) {
            folder in
            let plan = folder.path("plan.yaml")
            try zkops.expect(2, "plan", "check", plan)
            try zkops.expect(0, "plan", "check", plan, "--var", "installed=a")
            try folder.write(
                "empty.yaml", "version: 1\nensemble: e\ninstallations: {b: {home: /b}}\nhosts: {zk9: {address: h}}\n")
            let outcome = try zkops.expect(2, "plan", "check", plan, "-i", folder.path("empty.yaml"))
            #expect(outcome.output.contains("zk1"))
        }
    }

    // MARK: plan new

    @Test func aPlanThatExistsIsNotWrittenOver() throws {
        try withFiles { folder in
            let known = ["-i", folder.path("inventory.yaml"), "--facts", folder.path("facts.yaml")]
            let new = ["plan", "new", "rolling-restart", "-o", folder.path("new.yaml")] + known
            #expect(try zkops.run(new).code == 0)
            try folder.write("new.yaml", "worked on by hand")
            let refused = try zkops.run(new)
            #expect(refused.code == 64 && refused.errors.contains("--replace"), "\(refused.all)")
            #expect(try String(contentsOfFile: folder.path("new.yaml"), encoding: .utf8) == "worked on by hand")
            #expect(try zkops.run(new + ["--replace"]).code == 0)
            #expect(try zkops.run(["plan", "check", folder.path("new.yaml")]).code == 0)
            // What was seen would go to a file beside the plan, which may be another plan's; no host is asked before that is known.
            try folder.write("other.facts.yaml", "somebody's")
            let beside = try zkops.run(
                [
                    "plan", "new", "rolling-restart", "-o", folder.path("other.yaml"), "-i",
                    folder.path("inventory.yaml"),
                ])
            #expect(beside.code == 64 && beside.errors.contains("other.facts.yaml exists"), "\(beside.all)")
        }
    }

    // MARK: plan preview

    @Test func aPreviewIsTheSameEachTime() throws {
        try withFiles { folder in
            let plan = folder.path("plan.yaml")
            for format in ["text", "markdown", "json"] {
                let one = try zkops.expect(0, "plan", "preview", plan, "--format", format)
                let other = try zkops.expect(
                    0, "plan", "preview", plan, "--format", format, "-o", folder.path("preview"))
                #expect(other.output.isEmpty)
                let written = try folder.read("preview")
                #expect(written == one.output)
                #expect(one.output.contains("rolling-restart"))
            }
            let json = try zkops.expect(0, "plan", "preview", plan, "--format", "json").output
            let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            #expect(document["version"] as? Int == 1)
        }
    }

    @Test func aReaderThatLeavesIsNoFailure() throws {
        try withFiles { folder in
            let outcome = try Command.bash(
                "\"$1\" plan preview \"$2\" | true; echo \"${PIPESTATUS[0]}\"", ZkopsBinary.path,
                folder.path("plan.yaml"))
            #expect(outcome.output == "0\n", "\(outcome.output)")
        }
    }

    @Test func coloursOnATerminalUnlessUnwanted() throws {
        try withFiles { folder in
            let check = "'\(ZkopsBinary.path)' plan check '\(folder.path("plan.yaml"))'"
            func onTerminal(_ setting: String, _ options: String = "") throws -> String {
                try Command.bash(
                    "unset NO_COLOR; TERM=xterm \(setting) script -qec \"$1\" /dev/null </dev/null",
                    "\(check) \(options)"
                )
                .output
            }
            let plain = [
                try onTerminal("NO_COLOR=1"), try onTerminal("", "--no-color"), try onTerminal("env TERM=dumb"),
            ]
            let coloured = try onTerminal("")
            #expect(coloured.contains("\u{1b}["))
            #expect(plain.allSatisfy { $0.contains("safe") && !$0.contains("\u{1b}[") })
        }
    }

    // MARK: plan apply, ensemble

    @Test func hostsThatDoNotAnswer() throws {
        try withFiles { folder in
            let (plan, inventory) = (folder.path("plan.yaml"), folder.path("inventory.yaml"))
            let applied = try zkops.expect(3, "plan", "apply", plan, "--yes", "--state", folder.path("state"))
            #expect(applied.errors.contains("zk1") && applied.output.isEmpty)
            #expect(!folder.exists("state/runs"), "nothing was begun")
            try zkops.expect(3, "plan", "preview", plan, "--live")

            let facts = try zkops.expect(3, "ensemble", "facts", "-i", inventory, "-o", folder.path("new.yaml"))
            #expect(["zk1@a", "zk2@a", "zk3@a"].allSatisfy { facts.errors.contains($0) })
            #expect(!folder.exists("new.yaml"), "facts that leave servers out would be wrong")

            let probe = try zkops.expect(5, "ensemble", "probe", "-i", inventory)
            #expect(probe.output.contains("✗ zk1@a:") || probe.output.contains("x zk1@a:"))
        }
    }

    @Test func statusShowsHostsThatDoNotAnswer() throws {
        try withFiles { folder in
            let outcome = try zkops.expect(
                0, "ensemble", "status", "-i", folder.path("inventory.yaml"), "--format", "json")
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            #expect(document["quorum"] as? Bool == false && document["leader"] is NSNull)
            let servers = try #require(document["servers"] as? [[String: Any]])
            #expect(servers.compactMap { $0["server"] as? String } == ["zk1@a", "zk2@a", "zk3@a"])
            let fields = [
                "server", "address", "running", "mode", "myid", "version", "zxid", "synced_followers", "znodes",
                "connections", "ports",
            ]
            #expect(servers.allSatisfy { server in fields.allSatisfy { server[$0] != nil } })
            #expect((servers[0]["error"] as? String)?.isEmpty == false)
        }
    }

    @Test func anUnsafePlanIsNotApplied() throws {
        try withFiles(steps: "- stop: [zk1@a, zk2@a]") { folder in
            let outcome = try zkops.expect(
                2, "plan", "apply", folder.path("plan.yaml"), "--yes", "--state", folder.path("state"))
            #expect(outcome.errors.contains("quorum-loss") && outcome.errors.contains("nothing was changed"))
        }
    }

    @Test func whatWasReviewedIsWhatIsApplied() throws {
        try withFiles { folder in
            let plan = folder.path("plan.yaml")
            let other = String(repeating: "0", count: 64)
            let refused = try zkops.expect(3, "plan", "apply", plan, "--yes", "--reviewed", other)
            #expect(refused.errors.contains("differ from what was reviewed"))
            // With its own digest it comes as far as the hosts.
            let check = try zkops.expect(0, "plan", "check", plan).output
            let digest = try #require(check.split(whereSeparator: \.isWhitespace).last.map(String.init))
            let applied = try zkops.expect(3, "plan", "apply", plan, "--yes", "--reviewed", digest)
            #expect(!applied.errors.contains("reviewed"))
        }
    }

    @Test func anUnknownStepIsFoundBeforeAnyHostIsAsked() throws {
        try withFiles { folder in
            let outcome = try zkops.expect(64, "plan", "apply", folder.path("plan.yaml"), "--yes", "--until", "9.9")
            #expect(outcome.errors.contains("The plan has no step 9.9.") && outcome.errors.contains("1.1"))
        }
    }

    // MARK: lab

    @Test func manyDifferencesAreCountedAndNotAllShown() throws {
        try withFiles { folder in
            func tree(_ paths: Range<Int>) -> String {
                let entries = paths.map { number in
                    #"{"path":"/apps/\#(100 + number)","sha256":"aa","length":1,"version":0,"ephemeral":false}"#
                }
                return #"{"version":1,"entries":[\#(entries.joined(separator: ","))]}"#
            }
            try folder.write("before", tree(0..<50))
            try folder.write("after", tree(25..<51))
            let (before, after) = (folder.path("before"), folder.path("after"))
            let lines = try zkops.expect(5, "lab", "compare", before, after).output.split(separator: "\n")
            #expect(lines.count == 22)
            #expect(lines.first == "missing: /apps/100" && lines[19] == "missing: /apps/119")
            #expect(lines.suffix(2) == ["... and 6 more", "26 differences"])
            let same = try zkops.expect(0, "lab", "compare", before, after, "--ignore", "/apps")
            #expect(same.output.hasPrefix("the same: "))
        }
    }

    @Test func treesThatAreNone() throws {
        try withFiles { folder in
            let missing = try zkops.expect(1, "lab", "compare", folder.path("none"), folder.path("none"))
            #expect(missing.errors.contains("there is no such file"))
            let plan = folder.path("plan.yaml")
            #expect(try zkops.expect(1, "lab", "compare", plan, plan).errors.contains("is not a tree written by"))
        }
    }

    // MARK: run

    @Test func noRunsYet() throws {
        let outcome = try zkops.expect(0, "run", "list", "--format", "json")
        let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(document?["version"] as? Int == 1)
        #expect((document?["runs"] as? [Any])?.isEmpty == true)
    }
}

/// `plan check --format json`, as the command line's documentation has it.
private struct Check: Decodable {
    struct Hazard: Decodable {
        var code: String
        var severity: String
        var step: String?
        var message: String
        var acknowledged: Bool
        var trace: [String]
    }

    struct Problem: Decodable {
        var file: String
        var line: Int
        var column: Int
        var message: String
    }

    var version: Int
    var verdict: String
    var hazards: [Hazard]
    var statesExplored: Int
    var failures: Int
    var errors: [Problem]

    init(_ text: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Check.self, from: Data(text.utf8))
    }
}
