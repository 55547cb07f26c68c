import Foundation
import TestSupport
import Testing

/// Ends processes of zkops by SIGKILL at exact places of a run: before, in the middle of and after every record of its journal, and while an
/// action is under way. How, `Tests/Fixtures/Death/death.c` says.
struct Deaths {
    let lab: TestLab
    /// One place of so many is taken, by chance.
    var every = 1
    var seed: UInt64 = 0
    /// No record of the journal before this one.
    var from = 0
    var limit = Int.max
    /// How long actions take when nothing disturbs them, `ACTION SECONDS` a line.
    var seconds = ""

    private var log: URL { lab.folder.appendingPathComponent("deaths") }

    /// The places at which a process died, in order, such as `torn actionEnded 2.1.1.4`.
    var places: [String] {
        ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Runs a command that may die, and goes on with what the journal then asks for until something ends otherwise.
    func run(_ command: [String], after death: (_ journal: String) -> [String]) throws -> Command.Outcome {
        let mortal = ZkopsBinary(environment: try environment().merging(lab.zkops.environment) { _, new in new })
        var command = command
        while true {
            let outcome = try mortal.run(command)
            guard outcome.code == 128 + SIGKILL else { return outcome }
            command = death(try journal())
        }
    }

    /// Of the newest run.
    func journal() throws -> String {
        let runs = lab.folder.appendingPathComponent("state/zkops/runs")
        let run = try FileManager.default.contentsOfDirectory(atPath: runs.path).max() ?? ""
        return try String(contentsOf: runs.appendingPathComponent("\(run)/journal.jsonl"), encoding: .utf8)
    }

    private func environment() throws -> [String: String] {
        let usual = lab.folder.appendingPathComponent("seconds")
        try seconds.write(to: usual, atomically: true, encoding: .utf8)
        return [
            "LD_PRELOAD": try Self.library.get(), "DEATH_LOG": log.path, "DEATH_EVERY": String(every),
            "DEATH_SEED": String(seed), "DEATH_FROM": String(from), "DEATH_LIMIT": String(limit),
            "DEATH_SECONDS": usual.path,
        ]
    }

    /// Compiled once a process, with the clang that every Swift brings along.
    private static let library = Result {
        let source = Repository.fixtures.appendingPathComponent("Death/death.c").path
        let library = NSTemporaryDirectory() + "zkops-death-\(getpid()).so"
        try Command.output(
            ["/usr/bin/env", "clang", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source])
        return library
    }
}
