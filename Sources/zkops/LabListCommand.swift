import ArgumentParser
import Lab
import TerminalUI

struct LabListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract:
            "List the labs of this machine: those in zkops' state directory, and those elsewhere of which something runs.",
        discussion: "Example: zkops lab list --format json")

    private struct Document: Encodable {
        var version = 1
        var labs: [LabSummary]
    }

    @Option(help: "text or json")
    var format = ListFormat.text

    func run() async throws {
        let labs = Lab.all(labSurroundings())
        switch format {
        case .json: try printJSON(Document(labs: labs))
        case .text:
            guard !labs.isEmpty else { return print("no labs; `zkops lab up` makes one") }
            let rows = labs.map { lab in
                [
                    TextTable.Cell(lab.name), .init("\(lab.running) of \(lab.servers)"),
                    .init(lab.versions.joined(separator: ", ")), .init(lab.directory),
                ]
            }
            let table = TextTable(columns: ["lab", "running", "versions", "directory"], rows: rows)
            print(table.text(Palette(colour: false)).joined(separator: "\n"))
        }
    }
}
