import Foundation
import Lab
import Synchronization

/// The operator of a drill: another process of zkops that applies the plan, and is told at each step when to go on. It can be killed.
final class DrillOperator: Sendable {
    /// A line of `--json`, as far as a drill needs it (docs/commands.md).
    struct Event: Decodable, Sendable {
        var event: String
        var run: String?
        var step: String?
        var message: String?
    }

    let command: String
    private let conversation: Conversation

    /// - Parameter words: the command and its options, without those that make it talk.
    init(
        _ words: [String], executable: String, environment: [String: String], errors: String
    ) throws(LabError) {
        command = words.prefix(2).joined(separator: " ")
        conversation = try Conversation(
            executable, words + ["--yes", "--json", "--wait-at-steps"], environment: environment, errors: errors)
    }

    /// - Parameter body: told of every event; at a step's beginning and end the operator waits until it has returned.
    /// - Returns: the exit code.
    func work(_ body: (Event) async -> Void) async -> Int32 {
        let decoder = JSONDecoder()
        for await line in conversation.lines {
            guard let event = try? decoder.decode(Event.self, from: Data(line.utf8)) else { continue }
            await body(event)
            if event.event == "step-started" || event.event == "step-finished" { conversation.say("") }
        }
        return await conversation.end()
    }

    func kill() { conversation.kill() }
}
