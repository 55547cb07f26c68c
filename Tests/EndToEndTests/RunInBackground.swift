import Foundation
import Glibc

/// An apply that a test watches by its journal, and ends in the way that it wants.
final class RunInBackground {
    private let process = Process()
    private let state: URL
    private let errors: URL
    /// Those of runs that were there before.
    private var oldJournals: [URL] = []

    init(_ arguments: [String], of lab: TestLab) throws {
        state = lab.folder.appendingPathComponent("state/zkops")
        errors = lab.folder.appendingPathComponent("background-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        oldJournals = journals
        process.executableURL = URL(fileURLWithPath: ZkopsBinary.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(lab.zkops.environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var printed: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// The journals of all runs.
    private var journals: [URL] {
        let runs = state.appendingPathComponent("runs")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []
        return names.map { runs.appendingPathComponent($0).appendingPathComponent("journal.jsonl") }
    }

    private var journal: Data {
        journals.first { !oldJournals.contains($0) }.flatMap { try? Data(contentsOf: $0) } ?? Data()
    }

    /// The journal as it is now.
    var text: String { String(decoding: journal, as: UTF8.self) }
    var records: Int { journal.count { $0 == UInt8(ascii: "\n") } }

    /// Waits until the journal holds so many records, or the process has ended.
    /// - Returns: whether it still runs.
    func wait(records wanted: Int) -> Bool { wait { self.records >= wanted } }

    /// Waits until a record with this text in it stands in the journal, or the process has ended.
    func wait(record text: String) -> Bool { wait { self.text.contains(text) } }

    private func wait(until isThere: () -> Bool) -> Bool {
        while process.isRunning {
            if isThere() { return true }
            usleep(1_000)
        }
        return false
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// - Returns: the exit code; nil where a signal ended it.
    func end() -> Int32? {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }
}
