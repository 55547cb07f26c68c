import Foundation
import TestSupport
import Testing

/// The commands of `examples/github/` and `examples/gitlab/`, taken from their YAML and run as a runner runs them, in a repository with
/// a change to review; what they would send to GitHub or GitLab is written down in its place.
@Suite struct ReviewWorkflowTests {
    enum Forge: String, CaseIterable, Sendable { case github, gitlab }

    @Test(arguments: Forge.allCases) func aSafeChangeIsShownAndPasses(_ forge: Forge) throws {
        try withChange("name: rolling-restart", to: "name: rolling-restart # as ever") { folder in
            let outcome = try run(forge, in: folder)
            #expect(outcome.code == 0, "\(outcome.output)")
            let posted = try folder.read("posted")
            #expect(posted.contains("POST") && posted.contains("<!-- zkops plans/plan.yaml -->"), "\(posted)")
            #expect(posted.contains("```mermaid") && posted.contains("Nothing: every step does the same."))
        }
    }

    @Test(arguments: Forge.allCases) func anUnacknowledgedHazardIsShownAndFails(_ forge: Forge) throws {
        try withChange(wholeRestart, to: "- stop: [zk1@a, zk2@a]") { folder in
            let outcome = try run(forge, in: folder)
            #expect(outcome.code != 0, "\(outcome.output)")
            let posted = try folder.read("posted")
            #expect(posted.contains("**error** `quorum-loss`") && posted.contains("**removed**"), "\(posted)")
        }
    }

    @Test(arguments: Forge.allCases) func aPlanThatCannotBeReadIsShownAndFails(_ forge: Forge) throws {
        try withChange("rolling:", to: "rollin:") { folder in
            let outcome = try run(forge, in: folder)
            #expect(outcome.code != 0, "\(outcome.output)")
            #expect(try folder.read("posted").contains("did you mean `rolling`?"))
        }
    }

    @Test(arguments: Forge.allCases) func theCommentOfAnEarlierPushIsWrittenAnew(_ forge: Forge) throws {
        try withChange("name: rolling-restart", to: "name: rolling-restart # as ever") { folder in
            try folder.write("earlier", "<!-- zkops plans/plan.yaml -->\nolder")
            #expect(try run(forge, in: folder).code == 0)
            let posted = try folder.read("posted")
            #expect(posted.contains(forge == .github ? "PATCH comments/77" : "PUT notes/77"), "\(posted)")
            #expect(!posted.contains("POST"))
        }
    }

    // MARK: The runner

    /// A repository with a plan on `main`, and a branch where the plan is changed.
    private func withChange(_ old: String, to new: String, _ body: (PlanFolder) throws -> Void) throws {
        try withFiles { folder in
            let script = """
                set -e
                cd "$1" && mkdir repository bin && cd repository && git init -q -b main .
                git config user.name someone && git config user.email someone@example.com
                mkdir plans && mv ../plan.yaml ../inventory.yaml ../facts.yaml plans/
                git add . && git commit -qm one && git branch origin/main && git checkout -qb change
                """
            let made = try Command.bash(script, folder.place.path)
            try #require(made.code == 0, "\(made.output)")
            try folder.change("repository/plans/plan.yaml", old, new)
            let committed = try Command.bash("cd \"$1/repository\" && git commit -qam two", folder.place.path)
            try #require(committed.code == 0, "\(committed.output)")
            try body(folder)
        }
    }

    /// Runs all commands as the forge does: GitHub each step in a shell of its own, the later ones too where one has failed; GitLab all in one.
    private func run(_ forge: Forge, in folder: PlanFolder) throws -> Command.Outcome {
        try folder.write("bin/gh", Self.gh)
        try folder.write("bin/curl", Self.curl)
        let scripts = try CIScripts.of(forge.rawValue)
        #expect(scripts.count >= 3)
        var text = """
            cd "$1/repository" && chmod +x ../bin/* && export PATH="$1/bin:$(dirname "$2"):$PATH" POSTED="$1/posted" EARLIER="$1/earlier"
            exec 2>&1
            touch "$POSTED"
            export BASE=origin/main NUMBER=5 REPOSITORY=o/r GH_TOKEN=secret
            export CI_MERGE_REQUEST_DIFF_BASE_SHA=main CI_API_V4_URL=https://gitlab/api CI_PROJECT_ID=3 CI_MERGE_REQUEST_IID=5 ZKOPS_TOKEN=secret
            failed=0

            """
        switch forge {
        case .github:
            for (number, script) in scripts.enumerated() {
                try folder.write("step\(number)", script)
                text += "bash --noprofile --norc -eo pipefail \"$1/step\(number)\" || failed=1\n"
            }
        case .gitlab:
            try folder.write("steps", "set -eo pipefail\n" + scripts.joined(separator: "\n"))
            text += "bash \"$1/steps\" || failed=1\n"
        }
        return try Command.bash(text + "exit $failed", folder.place.path, ZkopsBinary.path)
    }

    /// Lists an earlier comment where there is one, and writes down what is sent.
    private static let gh = """
        #!/bin/bash
        [ "$1" = api ] && [ "$GH_TOKEN" = secret ] || exit 1
        case "$*" in
        *--jq*) [ ! -e "$EARLIER" ] || { [[ $(cat "$EARLIER") == "$MARK"* ]] && echo 77; } ;;
        *"-X PATCH repos/o/r/issues/comments/"*) echo "PATCH comments/${4##*/}" >> "$POSTED" ;;
        *"repos/o/r/issues/5/comments -F"*) echo POST >> "$POSTED" ;;
        *) exit 1 ;;
        esac
        for last; do :; done
        case "$last" in body=@*) cat "${last#body=@}" >> "$POSTED" ;; esac
        exit 0
        """

    private static let curl = """
        #!/bin/bash
        [[ "$*" == *"PRIVATE-TOKEN: secret"* && "$*" == *https://gitlab/api/projects/3/merge_requests/5/notes* ]] || exit 22
        for word; do case "$word" in body@*) body=${word#body@} ;; esac; done
        if [ -z "$body" ]; then
            [ -e "$EARLIER" ] && jq -Rs '[{id: 77, body: .}]' "$EARLIER" || echo '[]'
            exit 0
        fi
        case "$*" in
        *"--request PUT"*) for last; do :; done; echo "PUT notes/${last##*/}" >> "$POSTED" ;;
        *"--request POST"*) echo POST >> "$POSTED" ;;
        *) exit 22 ;;
        esac
        cat "$body" >> "$POSTED"
        """
}
