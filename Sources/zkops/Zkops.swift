import ArgumentParser
import EnsembleAccess
import EnsembleModel
import Foundation
import Glibc
import PlanLanguage
import RemoteHosts
import TerminalUI

@main
struct Zkops: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zkops",
        abstract: "Plans, verifies and carries out work on ZooKeeper ensembles.",
        discussion: """
            `zkops --version` tells its version, that of libssh2 and that of the ZooKeeper client.
            Example: zkops plan preview plans/staged-recovery-3-to-5.yaml
            """,
        subcommands: [
            PlanCommand.self, RunCommand.self, EnsembleCommand.self, DrillCommand.self, LabCommand.self,
            ManualCommand.self,
        ])

    static let version = "zkops 0.1.0"

    static func main() async {
        Interrupts.outliveReaders()
        if let problem = unknownCommand(CommandLine.arguments.dropFirst()) {
            Terminal.say("zkops: " + safeForTerminal(problem))
            _exit(Outcome.usage.rawValue)
        }
        // Were it the parser's, every command would have it, also those with a --version of their own.
        if Array(CommandLine.arguments.dropFirst()) == ["--version"] {
            print(version)
            print("libssh2 \(LibSSH2Connector.libraryVersion)")
            print("ZooKeeper client \(ZooKeeperClient.libraryVersion)")
            leave(0)
        }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            leave(0)
        } catch {
            let (code, text) = (exitCode(for: error).rawValue, fullMessage(for: error))
            if !text.isEmpty {
                let handle = code == 0 ? FileHandle.standardOutput : FileHandle.standardError
                try? handle.write(contentsOf: Data((text + "\n").utf8))
            }
            leave(code)
        }
    }

    /// Without what libraries do at the end of a process: OpenSSL frees what threads of the ZooKeeper client and of SSH may still be using.
    private static func leave(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }

    /// What to say of a first word that no command is called by; the parser itself would only count it among the arguments that it
    /// did not expect.
    private static func unknownCommand(_ arguments: some Sequence<String>) -> String? {
        var path = "zkops"
        var commands = configuration.subcommands
        for word in arguments where !commands.isEmpty {
            if word.hasPrefix("-") || word == "help" { return nil }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else {
                let names = commands.map { $0.configuration }.filter { $0.shouldDisplay }.compactMap { $0.commandName }
                let hint = nearest(word, among: names).map { "did you mean `\($0)`?" }
                return "`\(path)` has no command `\(word)`; "
                    + (hint ?? "it has \(names.map { "`\($0)`" }.joined(separator: ", "))")
            }
            path += " \(word)"
            commands = next.configuration.subcommands
        }
        return nil
    }
}
