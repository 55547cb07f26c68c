import Foundation
import TestSupport
import Testing

/// Who hears of a run besides the terminal.
@Suite(.serialized) struct MonitoringTests {
    private struct Event: Decodable {
        var event: String
        var run: String
        var ensemble: String
        var plan: String
        var at: String
        var outcome: String?
        var attempt: String?
    }

    private func events(_ lines: [String]) throws -> [Event] {
        try lines.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
    }

    private static func example(_ name: String) -> String {
        Repository.examples.appendingPathComponent("notify/\(name)").path
    }

    // MARK: A run that is stopped, resumed and rolled back

    @Test func aRunIsToldOfWhileItGoesOn() throws {
        try withLab("monitoring", ["-n", "3", "--version", "3.8.0"]) { lab in
            let plan = lab.folder.appendingPathComponent("plan.yaml")
            try """
            version: 1
            name: two-files
            inventory: lab/inventory.yaml
            stages:
              - name: One
                steps: [{put_file: {servers: zk1@v3.8.0, path: conf/one, content: one}}]
              - name: Two
                steps: [{put_file: {servers: zk2@v3.8.0, path: conf/two, content: two}}]
            """.write(to: plan, atomically: true, encoding: .utf8)
            try stopped(lab, plan.path)
            try notPruned(lab)
            try resumed(lab)
            try rolledBack(lab)
            try listedAndGone(lab)
        }
    }

    private func stopped(_ lab: TestLab, _ plan: String) throws {
        let (webhook, textfile) = (try Webhook(), lab.folder.appendingPathComponent("run.prom").path)
        var zkops = lab.zkops
        zkops.environment["WEBHOOK_URL"] = webhook.address
        let outcome = try zkops.run(
            ["plan", "apply", plan, "--yes", "--until", "1", "--notify", Self.example("webhook.sh")]
                + ["--textfile", textfile])
        try #require(outcome.code == 0, "\(outcome.all)")
        let run = try lab.newestRun()
        #expect(run.outcome == "stopped")
        #expect(outcome.errors.contains("`zkops run resume \(run.run)` goes on"), "\(outcome.all)")
        #expect(!outcome.errors.contains("notifier"), "\(outcome.all)")

        let told = try events(webhook.posted)
        #expect(told.first?.event == "run-started" && told.first?.attempt == "apply")
        #expect(told.last?.event == "run-finished" && told.last?.outcome == "stopped")
        #expect(told.allSatisfy { $0.run == run.run && $0.ensemble == "monitoring" && $0.plan == "two-files" })
        #expect(told.map(\.at) == told.map(\.at).sorted())
        #expect(told.count { $0.event == "step-finished" } == 1)

        let metrics = try Metrics(try String(contentsOfFile: textfile, encoding: .utf8))
        #expect(metrics.count("zkops_run_info", ["run": run.run, "attempt": "apply"], 1) == 1)
        #expect(metrics.count("zkops_run_state", ["state": "stopped"], 1) == 1 && metrics["zkops_run_state"].count == 5)
        #expect(metrics["zkops_run_steps"] == [2] && metrics["zkops_run_steps_ended"] == [1])
        #expect(metrics.count("zkops_run_actions", ["outcome": "changed"], 1) == 1)
        #expect(metrics["zkops_run_exit_code"] == [0] && metrics["zkops_run_step_duration_seconds"].count == 1)
    }

    private func notPruned(_ lab: TestLab) throws {
        let run = try lab.newestRun().run
        let outcome = try lab.zkops.expect(3, "run", "prune", run, "--yes")
        #expect(outcome.errors.contains("`zkops run resume \(run)` goes on"), "\(outcome.all)")
    }

    /// What is told fails in every way, and the run does not.
    private func resumed(_ lab: TestLab) throws {
        let outcome = try lab.zkops.expect(
            0, "run", "resume", try lab.newestRun().run, "--yes", "--notify", "echo no luck >&2; exit 7", "--textfile",
            "/nonexistent/run.prom")
        for warning in ["it ended with 7: no luck", "can't write /nonexistent/run.prom"] {
            #expect(outcome.errors.components(separatedBy: warning).count == 2, "\(outcome.all)")
        }
        #expect(try lab.newestRun().outcome == "succeeded")
    }

    private func rolledBack(_ lab: TestLab) throws {
        let (told, textfile) = (
            lab.folder.appendingPathComponent("told"), lab.folder.appendingPathComponent("run.prom")
        )
        try lab.zkops.expect(
            0, "run", "rollback", try lab.newestRun().run, "--yes", "--to", "start", "--notify",
            "cat >> '\(told.path)'",
            "--textfile", textfile.path)
        let lines = try String(contentsOf: told, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(try events(lines).first?.attempt == "rollback")
        #expect(try events(lines).last?.outcome == "rolled-back")
        let metrics = try Metrics(try String(contentsOf: textfile, encoding: .utf8))
        #expect(metrics.count("zkops_run_state", ["state": "rolled-back"], 1) == 1)
    }

    /// A lab with a directory of its own is found by what runs, and its runs go with it.
    private func listedAndGone(_ lab: TestLab) throws {
        let directory = lab.folder.appendingPathComponent("lab").path
        let listed = try lab.zkops.expect(0, "lab", "list").output.split(separator: "\n").map(String.init)
        #expect(listed.contains { $0.hasPrefix("monitoring") && $0.contains("3 of 3") && $0.contains(directory) })
        try #require(try lab.runs().count == 1)
        try lab.lab("down")
        #expect(try lab.runs().isEmpty)
        let left = try lab.zkops.expect(0, "lab", "list").output
        #expect(!left.contains(directory))
    }

    // MARK: Examples

    @Test func theExampleForSlackPostsWhatPeopleShouldSee() throws {
        let webhook = try Webhook()
        let events = Repository.golden.appendingPathComponent("TerminalUI/run-notifications.jsonl")
        let outcome = try Command.bash(
            #"export SLACK_WEBHOOK_URL=$3; while IFS= read -r event; do printf '%s\n' "$event" | "$1" || exit 1; done < "$2" 2>&1"#,
            Self.example("slack.sh"), events.path, webhook.address)
        #expect(outcome.code == 0, "\(outcome.output)")
        let texts = try webhook.posted.map { line in
            try #require(try JSONDecoder().decode([String: String].self, from: Data(line.utf8))["text"])
        }
        let head = "*staged-recovery-3-to-5* on codis (codis-20260111-180211-4f2a): "
        #expect(texts.allSatisfy { $0.hasPrefix(head) })
        #expect(
            texts.map { $0.dropFirst(head.count).prefix { !$0.isNewline } } == [
                "apply begins, 41 steps",
                "warning: zk8@v3.4.14 had a zkServer.sh log of 210.0 MiB; it was collected first",
                "failed in step 3.2: zk6@v3.4.14 was not serving after 120 s: zk1@v3.4.14 leads and counts no synced follower",
                "failed after 160 s; no leader for 0 s",
            ])
    }

    @Test(arguments: ["webhook.sh", "slack.sh"]) func anAnswerThatIsNoSuccessIsAFailure(_ name: String) throws {
        let event =
            #"{"event":"run-started","run":"r","ensemble":"e","plan":"p","steps":1,"attempt":"apply","at":"x"}"#
        let outcome = try Command.bash(
            #"export WEBHOOK_URL=http://127.0.0.1:1/ SLACK_WEBHOOK_URL=http://127.0.0.1:1/; printf '%s\n' "$2" | "$1" 2>&1"#,
            Self.example(name), event)
        #expect(outcome.code != 0 && outcome.output.contains("curl: (7)"), "\(outcome.output)")
    }
}
