import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct LocalShellTests {
    private let environment = ["PATH=/usr/bin:/bin", "WORD=given"]

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-shell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    @Test func aCommandGetsItsInputAndEnvironment() async throws {
        try await withFolder { folder in
            let why = await LocalShell.run(
                "{ cat; echo $WORD; } > '\(folder)/got'", input: "one\ntwo\n", environment: environment,
                limit: .seconds(60))
            #expect(why == nil)
            let got = try String(contentsOfFile: "\(folder)/got", encoding: .utf8)
            #expect(got == "one\ntwo\ngiven\n")
        }
    }

    @Test func oneThatReadsNothingHoldsUpNobody() async {
        let input = String(repeating: "x", count: 4 << 20)
        #expect(await LocalShell.run("true", input: input, environment: environment, limit: .seconds(60)) == nil)
    }

    @Test func whyItFailedIsSaidInItsOwnWords() async {
        let why = await LocalShell.run(
            "echo first >&2; echo no luck >&2; exit 7", input: "", environment: environment, limit: .seconds(60))
        #expect(why == "ended with 7: no luck")
        let signal = await LocalShell.run("kill -9 $$", input: "", environment: environment, limit: .seconds(60))
        #expect(signal == "was ended by a signal")
    }

    @Test func atTheLimitItIsKilledWithAllThatItStarted() async throws {
        try await withFolder { folder in
            let why = await LocalShell.run(
                "sleep 1000 & echo $! > '\(folder)/pid'; wait", input: "", environment: environment,
                limit: .seconds(2))
            #expect(why == "could not be run, or had not ended after 2 s")
            let pid = try String(contentsOfFile: "\(folder)/pid", encoding: .utf8).filter(\.isNumber)
            // Of a zombie nothing but its name is left.
            while (FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()).starts(
                with: Data("sleep".utf8))
            {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}
