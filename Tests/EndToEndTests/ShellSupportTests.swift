import Foundation
import TestSupport
import Testing

/// What a shell offers while a command is typed, and the pages of the manual. Runs and rollback points are offered in `EveryVerbTests`, which has
/// some.
@Suite struct ShellSupportTests {
    @Test func bashCompletesWhatTheCommandLineNames() throws {
        try withFiles(steps: "- rollback_point: before\n\(wholeRestart)") { folder in
            let servers = try BashCompletion.offers(
                "plan", "new", "shrink", "-i", "inventory.yaml", "--remove", "zk", in: folder.place)
            #expect(servers == ["zk1@a", "zk2@a", "zk3@a"])
            let hosts = try BashCompletion.offers(
                "plan", "new", "staged-recovery", "-i", "inventory.yaml", "--spare", "", in: folder.place)
            #expect(hosts == ["zk1", "zk2", "zk3"])
            #expect(
                try BashCompletion.offers("plan", "apply", "plan.yaml", "--until", "1", in: folder.place) == [
                    "1", "1.1", "1.2",
                ])
            #expect(try BashCompletion.offers("plan", "new", "sta", in: folder.place) == ["staged-recovery"])
            #expect(try BashCompletion.offers("plan", "pre", in: folder.place) == ["preview"])
            #expect(
                try BashCompletion.offers("plan", "new", "shrink", "-i", "none.yaml", "--remove", "", in: folder.place)
                    == [])
        }
    }

    @Test(arguments: ["zsh", "fish"]) func otherShellsAskZkopsToo(_ shell: String) throws {
        let script = try ZkopsBinary().expect(0, "--generate-completion-script", shell).output
        #expect(script.contains("---completion"), "names are asked for while typing")
        for command in ["plan", "preview", "rollback", "staged-recovery"] { #expect(script.contains(command)) }
        try withFiles { folder in
            try folder.write("completion", script)
            let read = try Command.run(["/usr/bin/\(shell)", "-n", folder.path("completion")])
            #expect(read.code == 0 && read.errors.isEmpty, "\(read.all)")
        }
    }

    /// groff finds nothing to warn of, and each command has its page.
    @Test func theManualIsWellFormed() throws {
        try withFiles { folder in
            try ZkopsBinary().expect(0, "manual", folder.path("man1"))
            let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path("man1")).sorted()
            #expect(
                pages.contains("zkops.1") && pages.contains("zkops-plan-new.1")
                    && pages.contains("zkops-run-rollback.1"))
            #expect(!pages.contains { $0.contains("manual") || $0.contains("help") })
            let outcome = try Command.bash(
                "cd \"$1\" && for page in *.1; do groff -man -ww -Tutf8 -z \"$page\" 2>&1 || exit 1; done; groff -man -Tutf8 zkops-plan-new.1 | sed 's/\\x1b\\[[0-9;]*m//g'",
                folder.path("man1"))
            #expect(
                outcome.code == 0 && outcome.output.contains("zkops-plan-new - Write a plan for an ensemble"),
                "\(outcome.output)")
            #expect(!outcome.output.contains("warning"), "\(outcome.output)")
            #expect(outcome.output.contains("--add <servers>"))
        }
    }
}
