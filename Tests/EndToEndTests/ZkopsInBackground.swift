import Foundation
import Testing

/// A command that goes on until a test ends it, watched by what it prints.
final class ZkopsInBackground {
    private let process = Process()
    private let output: URL
    private let errors: URL

    init(_ arguments: [String], of lab: TestLab) throws {
        output = lab.folder.appendingPathComponent("background-\(UUID().uuidString).out")
        errors = output.deletingPathExtension().appendingPathExtension("err")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: ZkopsBinary.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(lab.zkops.environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
    }

    /// A test that failed leaves nothing running.
    deinit { if process.isRunning { process.terminate() } }

    var printed: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    var complaints: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }
    var lines: [String] { printed.split(separator: "\n").map(String.init) }

    /// Waits until what was printed is as wanted; fails where the command ends first.
    func wait(_ isWanted: (ZkopsInBackground) -> Bool, sourceLocation: SourceLocation = #_sourceLocation) throws {
        while !isWanted(self) {
            guard process.isRunning else {
                // It may have printed that last.
                try #require(isWanted(self), "\(printed)\n\(complaints)", sourceLocation: sourceLocation)
                return
            }
            usleep(10_000)
        }
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// - Returns: the exit code; nil where a signal ended it.
    func end() -> Int32? {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }
}
