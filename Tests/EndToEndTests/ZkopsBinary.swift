import Foundation
import Testing

/// The built executable, run as a person runs it.
struct ZkopsBinary: Sendable {
    struct Outcome: Sendable {
        var code: Int32
        var output: String
        var errors: String

        /// Everything that a failing test should show.
        var all: String { "exit \(code)\n--- output\n\(output)\n--- errors\n\(errors)" }
    }

    /// Environment variables on top of this process's.
    var environment: [String: String] = [:]

    /// Beside the test bundle, in the folder of build products.
    static let path: String = {
        var folder = Bundle.main.bundleURL
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        let candidates = [folder, folder.deletingLastPathComponent(), URL(fileURLWithPath: ".build/debug")]
        return candidates.map { $0.appendingPathComponent("zkops").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? ".build/debug/zkops"
    }()

    /// Runs to the end and collects both streams by way of files, so that neither can fill up and block.
    @discardableResult
    func run(_ arguments: [String], in directory: URL? = nil) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zkops-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }

        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        if let directory { process.currentDirectoryURL = directory }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Runs, and fails the test with everything that was printed unless the exit code is `code`.
    @discardableResult
    func expect(_ code: Int32 = 0, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Outcome
    {
        let outcome = try run(arguments)
        try #require(
            outcome.code == code, "zkops \(arguments.joined(separator: " "))\n\(outcome.all)",
            sourceLocation: sourceLocation)
        return outcome
    }
}
