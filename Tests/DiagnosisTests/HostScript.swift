import Foundation
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

        let process = Process()
        process.executableURL = URL(fileURLWithPath: shell[0])
        let patterns = LogPattern.allCases
            .map { "\($0.rawValue) \($0.lastsForProcess ? "process" : "term") \($0.expression)" }.joined(
                separator: "\n")
        let directory = data.deletingLastPathComponent().path
        process.arguments =
            shell.dropFirst() + ["-c", EvidenceScripts.host, "sh", home.path, "", directory, directory, "2181"]
            + [whole ? "all" : "term", patterns, "localhost", "nosuch.invalid"]
        let (output, errors) = (home.appendingPathComponent("stdout"), home.appendingPathComponent("stderr"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try String(contentsOf: errors, encoding: .utf8) == "")
        return HostEvidence(try String(contentsOf: output, encoding: .utf8), clientAddress: "0.0.0.0", clientPort: 2181)
    }
}
