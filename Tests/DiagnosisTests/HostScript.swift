import Foundation
import TestSupport
import Testing

@testable import Diagnosis

/// Runs the script that looks into hosts, with a log of our own in a home of its own.
enum HostScript {
    static func run(_ shell: [String], _ log: String, whole: Bool = false) throws -> HostEvidence {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-evidence-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: home) }
        let data = home.appendingPathComponent("data/version-2")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try Data(log.utf8).write(to: home.appendingPathComponent("zookeeper.out"))
        try Data(count: 2_000_000).write(to: data.appendingPathComponent("snapshot.1"))
        try Data(count: 10).write(to: data.appendingPathComponent("log.100000001"))

        let patterns = LogPattern.allCases
            .map { "\($0.rawValue) \($0.lastsForProcess ? "process" : "term") \($0.expression)" }.joined(
                separator: "\n")
        let directory = data.deletingLastPathComponent().path
        let outcome = try Command.run(
            shell + ["-c", EvidenceScripts.host, "sh", home.path, "", directory, directory, "2181"]
                + [whole ? "all" : "term", patterns, "localhost", "nosuch.invalid"])
        #expect(outcome.code == 0 && outcome.errors == "", "\(outcome.all)")
        return HostEvidence(outcome.output, clientAddress: "0.0.0.0", clientPort: 2181)
    }
}
