import Foundation
import TestSupport
import Testing

/// Every command that there is, as the binary itself lists them: its help, and its place in docs/commands.md.
@Suite struct HelpTests {
    private struct Tool: Decodable { var command: Shown }

    private struct Shown: Decodable {
        var commandName: String
        var shouldDisplay: Bool
        var subcommands: [Shown]?

        /// The words of this command and of all below it that people are shown, those of the tool itself being none.
        func all(below words: [String]) -> [[String]] {
            let shown = (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
            return [words] + shown.flatMap { $0.all(below: words + [$0.commandName]) }
        }
    }

    private static func commands() throws -> [[String]] {
        let dumped = try ZkopsBinary().expect(0, "--experimental-dump-help").output
        return try JSONDecoder().decode(Tool.self, from: Data(dumped.utf8)).command.all(below: [])
    }

    @Test func everyHelpHasAnExample() throws {
        let commands = try Self.commands()
        #expect(commands.contains(["run", "prune"]) && commands.contains(["lab", "mend"]))
        for command in commands {
            let outcome = try ZkopsBinary().run(command + ["--help"])
            #expect(outcome.code == 0)
            #expect(outcome.output.contains("Example: zkops \(command.joined(separator: " "))"), "\(outcome.all)")
        }
    }

    /// Its table has every command, and no other.
    @Test func theDocumentationHasEveryCommand() throws {
        let text = try String(
            contentsOf: Repository.folder.appendingPathComponent("docs/commands.md"), encoding: .utf8)
        var documented: Set<[String]> = []
        for row in text.split(separator: "\n") where row.hasPrefix("| `zkops ") {
            let cell = row.dropFirst(2).replacing("\\|", with: "/").prefix { $0 != "|" }
            let first = try #require(cell.firstMatch(of: /zkops ([a-z]+)/)).1
            // One row may have several: `zkops run list`, `run show RUN`, or `zkops lab up / down`.
            for phrase in cell.split(separator: "`") where !phrase.allSatisfy({ " ,".contains($0) }) {
                let words = String(phrase.replacing("zkops ", with: "").replacing("\(first) ", with: ""))
                let names = words.contains(" / ") ? words.components(separatedBy: " / ") : [words]
                for name in names { documented.insert([String(first), String(name.prefix { $0 != " " })]) }
            }
        }
        // A command with others below it is no row of its own.
        let commands = try Self.commands()
        let leaves = commands.filter { command in
            !commands.contains { $0.count > command.count && $0.starts(with: command) }
        }
        #expect(documented.subtracting(leaves).isEmpty)
        #expect(Set(leaves).subtracting(documented).isEmpty)
    }

    @Test(arguments: ["plan", "inventory", "facts", "drill"]) func theSchemaIsThatOfTheRepository(_ format: String)
        throws
    {
        let file = Repository.folder.appendingPathComponent("schema/\(format).schema.json")
        let printed = try ZkopsBinary().expect(0, "plan", "schema", format).output
        #expect(printed == (try String(contentsOf: file, encoding: .utf8)))
    }
}
