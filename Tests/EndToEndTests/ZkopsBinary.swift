import Foundation
import TestSupport
import Testing

/// The built executable, run as a person runs it.
struct ZkopsBinary: Sendable {
    typealias Outcome = Command.Outcome

    /// Environment variables on top of this process's.
    var environment: [String: String] = [:]

    var wholeEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    }

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

    @discardableResult
    func run(_ arguments: [String], in directory: URL? = nil) throws -> Outcome {
        try Command.run([Self.path] + arguments, in: directory?.path, environment: wholeEnvironment)
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
