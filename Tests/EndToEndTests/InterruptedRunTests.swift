import Foundation
import TestSupport
import Testing

/// Runs that are interrupted by signals, by other runs and by sleep, on real servers.
@Suite(.serialized) struct InterruptedRunTests {
    @Test func signalsAndLocks() throws {
        try withLab("signals", ["-n", "3", "--version", "3.8.0"]) { lab in
            try lab.lab("load", "--znodes", "300")
            let before = try lab.tree("before")
            try onlyOneOfTwo(lab)
            // Control-C, `kill`, and the lid of the laptop.
            for signal in [SIGINT, SIGTERM, SIGHUP] { try interrupted(lab, by: [signal]) }
            try interrupted(lab, by: [SIGINT, SIGINT])
            try killedAndLocked(lab)
            try undoneToTheStart(lab)
            try lab.expectSameTree(as: before)
        }
    }

    private func onlyOneOfTwo(_ lab: TestLab) throws {
        let arguments = try restart(lab)
        let runs = try [ZkopsInBackground(arguments, of: lab), ZkopsInBackground(arguments, of: lab)]
        let codes = try runs.map { try $0.end() }
        #expect(codes.sorted { ($0 ?? -1) < ($1 ?? -1) } == [0, 4], "\(runs.map(\.errors))")
    }

    private func interrupted(_ lab: TestLab, by signals: [Int32]) throws {
        let run = try ZkopsInBackground(try restart(lab), of: lab)
        try run.wait { $0.records >= 12 }
        for (index, signal) in signals.enumerated() {
            run.send(signal)
            // Signals that come together count as one.
            let words = index == 0 ? "stopping when the action in hand has ended" : "stopping now"
            try waitFor(words) { !run.isRunning || run.errors.contains(words) }
        }
        #expect(try run.end() == 130, "\(run.errors)")
        #expect(run.errors.contains("zkops run resume"))
        let name = try lab.newestRun()
        #expect(name.outcome == "stopped")
        try expectFolder(lab, name.run)
        let resumed = try lab.zkops.run(["run", "resume", name.run, "--yes"])
        #expect(resumed.code == 0, "\(resumed.all)")
    }

    /// Everything that was used and done is in the run's folder, for its owner alone.
    private func expectFolder(_ lab: TestLab, _ run: String) throws {
        let folder = lab.folder.appendingPathComponent("state/zkops/runs/\(run)")
        let hosts = (1...3).map { "logs/zk\($0).log" }
        for name in ["plan.yaml", "inventory.yaml", "facts.yaml", "journal.jsonl", "events.jsonl", "report.txt"] + hosts
        {
            let path = folder.appendingPathComponent(name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(name)")
        }
        let log = try String(contentsOf: folder.appendingPathComponent("logs/zk1.log"), encoding: .utf8)
        // Each command with the time, its end and how long it took; what it printed stands below it, indented.
        #expect(
            log.contains(/(?m)^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z zk1@v3.8.0 lock \[.*\] exited\(0\) in \d+ ms$/),
            "\(log.prefix(2000))")
        #expect(log.contains(/(?m)^20\S+Z look: zk1@v3.8.0 pulse .* in \d+ ms\n  \S/), "\(log.prefix(2000))")
        let report = try String(contentsOf: folder.appendingPathComponent("report.txt"), encoding: .utf8)
        #expect(report.contains(run) && report.contains("outcome   stopped"), "\(report)")
    }

    /// The operator's machine sleeps in the middle of a run; a colleague gives its locks up and does other work. When it wakes, the
    /// run stops without touching anything, and can be resumed only once the hosts are as it left them.
    @Test func anOperatorWhoWasAsleep() throws {
        try withLab("asleep", ["-n", "3", "--version", "3.8.0"]) { lab in
            let run = try ZkopsInBackground(try restart(lab), of: lab)
            // The first server is back.
            try run.wait { $0.journal.contains(#""outcome":"done","step":"2.1["#) }
            run.send(SIGSTOP)
            let name = try lab.newestRun().run
            let colleague = ZkopsBinary(environment: [
                "XDG_STATE_HOME": lab.folder.appendingPathComponent("colleague").path
            ])
            let unlock = ["run", "unlock", name, "--reason", "the laptop sleeps", "-i", lab.inventory]
            let early = try colleague.run(unlock)
            #expect(early.code == 4 && early.errors.contains("last renewed it"), "\(early.all)")
            try ageLocks(lab)
            let plan = try otherWork(lab)
            let refused = try colleague.run(["plan", "apply", plan, "--yes"])
            #expect(refused.code == 4 && refused.errors.contains("last renewed it 60m ago"), "\(refused.all)")
            let unlocked = try colleague.run(unlock)
            #expect(unlocked.code == 0, "\(unlocked.all)")
            let applied = try colleague.run(["plan", "apply", plan, "--yes"])
            try #require(applied.code == 0, "\(applied.all)")
            let (files, processes) = (try lab.hostFiles(), try processes(lab))
            run.send(SIGCONT)
            #expect(try run.end() == 1, "\(run.errors)")
            #expect(run.errors.contains("the lock is no longer this run's, nobody holds it now"), "\(run.errors)")
            #expect(try lab.hostFiles() == files)
            #expect(try self.processes(lab) == processes)
            let early2 = try lab.zkops.run(["run", "resume", name, "--yes"])
            #expect(early2.code == 3 && early2.errors.contains("+syncLimit=9"), "\(early2.all)")
            let other = try #require(
                try colleague.run(["run", "list"]).output.split(separator: "\n").last?.split(separator: " ").first)
            let undone = try colleague.run(["run", "rollback", String(other), "--to", "start", "--yes"])
            #expect(undone.code == 0, "\(undone.all)")
            let resumed = try lab.zkops.run(["run", "resume", name, "--yes"])
            #expect(resumed.code == 0, "\(resumed.all)")
        }
    }

    /// As if the runs that hold locks had renewed them an hour ago.
    private func ageLocks(_ lab: TestLab) throws {
        for host in 1...3 {
            let owner = lab.hosts.appendingPathComponent("zk\(host)/zookeeper-3.8.0/.zkops/lock/owner")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: owner.path)
        }
    }

    private func otherWork(_ lab: TestLab) throws -> String {
        let plan = lab.folder.appendingPathComponent("other.yaml")
        try """
        version: 1
        name: other
        summary: A colleague's work.
        inventory: lab/inventory.yaml
        stages:
          - name: Edit
            steps:
              - edit_config: {servers: [zk1@v3.8.0, zk2@v3.8.0, zk3@v3.8.0], set: {syncLimit: 9}}
        """.write(to: plan, atomically: true, encoding: .utf8)
        return plan.path
    }

    /// What the pid files say.
    private func processes(_ lab: TestLab) throws -> [String] {
        try (1...3).map { host in
            let place = lab.hosts.appendingPathComponent("zk\(host)/data/3.8.0/zookeeper_server.pid")
            return FileManager.default.fileExists(atPath: place.path)
                ? try String(contentsOf: place, encoding: .utf8) : "stopped"
        }
    }

    private func killedAndLocked(_ lab: TestLab) throws {
        let arguments = try restart(lab)
        let run = try ZkopsInBackground(arguments, of: lab)
        try run.wait { $0.records >= 14 }
        run.send(SIGKILL)
        #expect(try run.end() == nil)
        let name = try lab.newestRun()
        #expect(name.outcome == "interrupted")
        let other = try lab.zkops.run(arguments)
        #expect(other.code == 4 && other.errors.contains(name.run), "\(other.all)")
        let resumed = try lab.zkops.run(["run", "resume", name.run, "--yes"])
        #expect(resumed.code == 0, "\(resumed.all)")
        #expect(try lab.newestRun().outcome == "succeeded")
        try reported(lab, name.run)
    }

    private func reported(_ lab: TestLab, _ run: String) throws {
        let page = lab.folder.appendingPathComponent("report.html")
        try lab.zkops.expect(0, "run", "report", run, "-o", page.path)
        let text = try String(contentsOf: page, encoding: .utf8)
        #expect(text.hasPrefix("<!doctype html>") && text.contains(run) && text.contains("zk3@v3.8.0"))
        #expect(!text.contains(/(src|href)="?(http|\/\/)/), "the page needs no network")
        let markdown = try lab.zkops.expect(0, "run", "report", run, "--format", "markdown").output
        #expect(markdown.hasPrefix("#") && markdown.contains(run))
        let json = try lab.zkops.expect(0, "run", "report", run, "--format", "json").output
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(document["version"] as? Int == 1 && document["run"] as? String == run)
    }

    private func undoneToTheStart(_ lab: TestLab) throws {
        let files = try lab.settings()
        let plan = TestLab.plan("raise-init-and-sync-limits")
        let variables = ["--var", "installed=v3.8.0"]
        try lab.captureFacts(for: plan, variables: variables)
        let applied = try lab.zkops.run(
            ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables)
        try #require(applied.code == 0, "\(applied.all)")
        #expect(try lab.settings() != files)
        let undone = try lab.zkops.run(["run", "rollback", try lab.newestRun().run, "--to", "start", "--yes"])
        #expect(undone.code == 0, "\(undone.all)")
        #expect(try lab.settings() == files)
        #expect(try lab.status().quorum)
        #expect(try lab.newestRun().outcome == "rolled-back")
        try pruned(lab, plan, variables)
    }

    private func pruned(_ lab: TestLab, _ plan: String, _ variables: [String]) throws {
        try lab.captureFacts(for: plan, variables: variables)
        let applied = try lab.zkops.run(
            ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables)
        try #require(applied.code == 0, "\(applied.all)")
        let run = try lab.newestRun().run
        #expect(try backups(lab).contains { $0.contains("/\(run)/") })
        let pruned = try lab.zkops.run(["run", "prune", run, "--yes"])
        #expect(pruned.code == 0, "\(pruned.all)")
        #expect(try backups(lab).filter { $0.contains("/\(run)") } == [])
        let back = try lab.zkops.run(["run", "rollback", run, "--to", "start", "--yes"])
        #expect(back.code == 1 && back.errors.contains("backups"), "\(back.all)")
    }

    private func backups(_ lab: TestLab) throws -> [String] {
        try lab.hostFiles().keys.filter { $0.contains("/.zkops/") }.sorted()
    }

    // MARK: Helpers

    private func restart(_ lab: TestLab) throws -> [String] {
        let plan = TestLab.plan("rolling-restart")
        let variables = ["--var", "installed=v3.8.0"]
        try lab.captureFacts(for: plan, variables: variables)
        return ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes"] + variables
    }
}
