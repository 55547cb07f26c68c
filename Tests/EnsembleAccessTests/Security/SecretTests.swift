import EnsembleModel
import Foundation
import RemoteHosts
import Synchronization
import TestSupport
import Testing

@testable import EnsembleAccess

/// The environment of commands: whatever its values hold they arrive byte for byte, and those marked secret are seen by nobody else.
@Suite(.fewScripts) struct SecretTests {
    private static let value = "s3cret-\(UInt64.random(in: 0 ... .max)) '\"$(touch never)`x`\\ \n second line é"

    /// Fails, with 9, where the command line of any process of the machine holds the secret; the shell itself compares.
    private static let script = #"""
        case $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\000' ' ') in *"$TOKEN"*) exit 9 ;; esac
        printf '%s|%s|%s' "$TOKEN" "$REGION" "$1"
        printf 'failed with %s\n' "$TOKEN" >&2
        """#

    private func command(_ script: String = script) -> HostCommand {
        var command = HostCommand(host: "zk1", script: script, arguments: ["first"])
        command.environment = ["REGION": "$(eu) '"]
        command.secrets = ["TOKEN": Self.value]
        return command
    }

    @Test(arguments: TestShell.allCases) func aSecretIsSeenByItsCommandAlone(_ shell: TestShell) async throws {
        let records = Mutex<[CommandRecord]>([])
        let host = try FakeHost(shell) { record in records.withLock { $0.append(record) } }
        try await host.lock()
        for result in [
            try await host.ensemble.run(command(), under: host.run), try await host.ensemble.check(command()),
        ] {
            #expect(result.exitCode == 0)
            #expect(result.output == "[TOKEN]|$(eu) '|first")
            #expect(result.errors == "failed with [TOKEN]\n")
        }
        let seen = records.withLock { $0 }
        #expect(seen.count == 3)
        for record in seen {
            #expect(!"\(record)".contains("s3cret"))
            #expect(!record.arguments.joined().contains("s3cret"))
        }
        // It did arrive, whole.
        let length = try await host.ensemble.check(command(#"printf %s "$TOKEN" | wc -c"#)).output
        #expect(Int(length.trimmingCharacters(in: .whitespacesAndNewlines)) == Self.value.utf8.count)
    }

    /// Names that the scripts around the command use themselves.
    @Test(arguments: TestShell.allCases) func anyNameIsFree(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        for name in ["given", "run", "script", "homes", "locked", "have", "its_umask", "LC_ALL", "fail_code"] {
            var command = HostCommand(host: "zk1", script: "printf '%s %s' \"$\(name)\" \"$1\"", arguments: ["one"])
            command.environment = [name: "C"]
            #expect(try await host.ensemble.run(command, under: host.run).output == "C one")
            #expect(try await host.ensemble.check(command).output == "C one")
        }
    }

    @Test func whatIsTakenOut() {
        func without(_ text: String, _ secrets: [String: String]) -> String {
            CommandResult(end: .exited(0), output: Array(text.utf8), errors: [], truncated: false, took: .zero)
                .without(secrets).outputText
        }
        #expect(without("aXbXc", ["A": "X"]) == "a[A]b[A]c")
        #expect(without("abcabc", ["SHORT": "ab", "LONG": "abc"]) == "[LONG][LONG]")
        #expect(without("aaa", ["A": "aa"]) == "[A]a")
        #expect(without("abc", ["A": "", "B": "x"]) == "abc")
        // Where the output was cut, its end may be the beginning of a secret.
        let cut = CommandResult(
            end: .exited(0), output: Array("said s3cr".utf8), errors: Array("s3cre".utf8), truncated: true, took: .zero
        ).without(["A": "s3cret"])
        #expect(cut.outputText == "said" && cut.errorText.isEmpty)
    }
}
