import Foundation
import Glibc
import TestSupport
import Testing

/// A command that a test watches, by what it prints or by the journal of its run, and ends in the way that it wants.
final class ZkopsInBackground {
    private let process = Process()
    private let outputFile: URL
    private let errorFile: URL
    private let runs: URL
    /// Those of runs that were there before.
    private let oldJournals: [URL]

    init(_ arguments: [String], of lab: TestLab) throws {
        outputFile = lab.folder.appendingPathComponent("background-\(UUID().uuidString).out")
        errorFile = outputFile.deletingPathExtension().appendingPathExtension("err")
        runs = lab.folder.appendingPathComponent("state/zkops/runs")
        oldJournals = Self.journals(in: runs)
        for file in [outputFile, errorFile] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: ZkopsBinary.path)
        process.arguments = arguments
        process.environment = lab.zkops.wholeEnvironment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
    }

    /// A test that failed leaves nothing running, also where it was stopped by SIGSTOP.
    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var isRunning: Bool { process.isRunning }
    var processID: pid_t { process.processIdentifier }
    var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// All that a failing test should show.
    var all: String { "\(output)\n\(errors)" }

    /// Waits until it is as wanted; fails where the command ends first.
    func wait(sourceLocation: SourceLocation = #_sourceLocation, _ isWanted: (ZkopsInBackground) -> Bool) throws {
        try waitFor("\(process.arguments ?? []) as wanted\n\(all)") { isWanted(self) || !process.isRunning }
        // It may have done that last.
        try #require(isWanted(self), "\(all)", sourceLocation: sourceLocation)
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// - Returns: the exit code; nil where a signal ended it.
    func end() throws -> Int32? {
        try waitFor("the end of \(process.arguments ?? [])", limit: .seconds(300)) { !process.isRunning }
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    // MARK: The journal of its run

    private static func journals(in runs: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        return names.map { runs.appendingPathComponent($0).appendingPathComponent("journal.jsonl") }
    }

    /// The journal as it is now.
    var journal: String {
        let data = Self.journals(in: runs).first { !oldJournals.contains($0) }.flatMap { try? Data(contentsOf: $0) }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    var records: Int { journal.utf8.count { $0 == UInt8(ascii: "\n") } }
}
