import EnsembleAccess
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import Diagnosis

/// Logs of real servers in each incident, gone through by the script as on their hosts.
@Suite struct RecordedLogTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var code: String
        /// What the evidence has to quote.
        var says = ""
        /// What else is known of the server.
        var change: @Sendable (inout ServerEvidence) -> Void = { _ in }

        var testDescription: String { file }
    }

    static let cases = [
        Case(file: "3.4.6-deaf-listener", code: "dead-election-listener") { $0.facts?.electionListener = .dead },
        Case(file: "3.4.6-epoch-mismatch", code: "epoch-mismatch", change: mixedEpochs),
        Case(file: "3.4.14-epoch-mismatch", code: "epoch-mismatch", change: mixedEpochs),
        Case(file: "3.8.0-missing-snapshot", code: "missing-snapshot") { $0.facts?.snapshot = ServerFacts.Newest.none },
        Case(file: "3.6.3-missing-snapshot", code: "missing-snapshot") { $0.facts?.snapshot = ServerFacts.Newest.none },
        Case(file: "3.9.3-missing-snapshot", code: "missing-snapshot") { $0.facts?.snapshot = ServerFacts.Newest.none },
        Case(file: "3.4.14-large-request", code: "jute-maxbuffer"),
        Case(file: "3.6.3-large-request", code: "jute-maxbuffer"),
        Case(file: "3.9.3-large-request", code: "jute-maxbuffer"),
        Case(file: "3.4.14-closed-callback", code: "smaller-identifier") { $0.pulse?.mode = .looking },
        Case(file: "3.4.14-refused-config", code: "refused-configuration", says: #"For input string: "ten""#),
        Case(file: "3.9.3-refused-config", code: "refused-configuration", says: #"For input string: "ten""#),
        Case(file: "3.4.14-stale-vote", code: "stale-election-round", says: "FOLLOWING (n.state), 2 (n.sid)") {
            $0.pulse?.mode = .looking
        },
        Case(file: "3.8.0-slow-fsync", code: "slow-fsync"),
        Case(file: "3.4.14-small-heap", code: "heap"),
        Case(file: "3.8.0-small-heap", code: "heap"),
        Case(file: "3.8.0-long-pause", code: "heap"),
        Case(file: "3.4.14-unresolved-name", code: "unresolved-name"),
        Case(file: "3.4.14-few-descriptors", code: "too-many-open-files"),
        Case(file: "3.8.0-few-descriptors", code: "too-many-open-files"),
        Case(file: "3.4.14-lost-clients", code: "session-storm"),
    ]

    private static func mixedEpochs(_ server: inout ServerEvidence) {
        server.facts?.epochs = .init(accepted: Epoch(1), current: Epoch(7))
    }

    @Test(arguments: cases) func isRecognised(_ test: Case) throws {
        let text = try String(
            contentsOf: Repository.fixtures.appendingPathComponent("Diagnosis/\(test.file).log"), encoding: .utf8)
        let version = String(test.file.prefix { $0 != "-" })
        let ends = text.contains("exiting abnormally")
        var seen = try HostScript.run(["/bin/sh"], text, whole: ends)
        seen.dataFiles = []
        seen.logFiles = []
        // The log is read right after its last line was written.
        seen.log.readAt = text.split(separator: "\n").compactMap { LogTime.seconds($0) }.max()
        let evidence = Sample.healthy(version: version).changing(1) { server in
            if ends { server = Sample.server(1, .stopped, version: version) }
            server.host = seen
            test.change(&server)
        }
        let finding = try #require(evidence.diagnosed.findings.first { $0.code == test.code }, "\(evidence.codes)")
        #expect(finding.servers == [Sample.name(1, version)])
        #expect(test.says.isEmpty || finding.evidence.contains { $0.contains(test.says) }, "\(finding.evidence)")
        // A line of this very log is quoted.
        #expect(
            finding.evidence.contains { quoted in
                text.split(separator: "\n").contains { $0.count > 30 && quoted.contains($0.prefix(200)) }
            })
    }
}
