import ArgumentParser
import Foundation
import TerminalUI

/// Not shown to people: packages call it.
struct ManualCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Write the pages of the manual, one a command.",
        discussion: "Example: zkops manual man1 && man -l man1/zkops-plan-apply.1",
        shouldDisplay: false)

    @Argument(
        help: ArgumentHelp("The folder to write them to; it is made where it is missing.", valueName: "dir"),
        completion: .directory)
    var directory: String

    private struct Tool: Decodable {
        var command: ManualPage.Command
    }

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let folder = environment.absolute(directory)
        let commands: [ManualPage.Command]
        do {
            commands = try JSONDecoder().decode(Tool.self, from: Data(Zkops._dumpHelp().utf8)).command.all
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.failed, "can't write the manual to \(directory): \(error.localizedDescription)")
        }
        for command in commands {
            let page = ManualPage(command, version: Zkops.version)
            try Files.write(page.text, to: "\(folder)/\(page.name).1", environment)
        }
    }
}
