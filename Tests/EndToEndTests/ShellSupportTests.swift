import Foundation
import TestSupport
import Testing

/// What a shell offers while a command is typed, and the pages of the manual.
@Suite struct ShellSupportTests {
    /// Completes `words` in a real bash, with the script that zkops gives; the last word is the one being typed.
    private func bash(_ words: String..., in folder: PlanFolder) throws -> [String] {
        let script = """
            cd "$1" && export XDG_STATE_HOME="$1/state" PATH="$(dirname "$2"):$PATH" || exit 1
            source <(zkops --generate-completion-script bash) || exit 1
            shift 2
            COMP_WORDS=(zkops "$@") COMP_CWORD=$# COMP_LINE="zkops $*" COMP_POINT=${#COMP_LINE} COMP_WORDBREAKS=$' \\n'
            function_name=$(complete -p zkops | sed -E 's/.*-F ([^ ]+) .*/\\1/')
            "$function_name" zkops "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let outcome = try Command.run(["/bin/bash", "-c", script, "bash", folder.place.path, ZkopsBinary.path] + words)
        return outcome.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
    }

    @Test func bashCompletesWhatTheCommandLineNames() throws {
        try withFiles(steps: "- rollback_point: before\n\(wholeRestart)") { folder in
            let servers = try bash("plan", "new", "shrink", "-i", "inventory.yaml", "--remove", "zk", in: folder)
            #expect(servers == ["zk1@a", "zk2@a", "zk3@a"])
            let hosts = try bash("plan", "new", "staged-recovery", "-i", "inventory.yaml", "--spare", "", in: folder)
            #expect(hosts == ["zk1", "zk2", "zk3"])
            #expect(try bash("plan", "apply", "plan.yaml", "--until", "1", in: folder) == ["1", "1.1", "1.2"])
            #expect(try bash("plan", "new", "sta", in: folder) == ["staged-recovery"])
            #expect(try bash("plan", "pre", in: folder) == ["preview"])
            try FileManager.default.createDirectory(
                atPath: folder.path("state/zkops/runs/trio-1"), withIntermediateDirectories: true)
            #expect(try bash("plan", "new", "shrink", "-i", "none.yaml", "--remove", "", in: folder) == [])
        }
    }

    @Test(arguments: ["zsh", "fish"]) func otherShellsAskZkopsToo(_ shell: String) throws {
        let script = try ZkopsBinary().expect(0, "--generate-completion-script", shell).output
        #expect(script.contains("---completion"), "names are asked for while typing")
        for command in ["plan", "preview", "rollback", "staged-recovery"] { #expect(script.contains(command)) }
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
