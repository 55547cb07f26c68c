import ArgumentParser
import Drills
import PlanExecution
import PlanLanguage
import PlanVerification
import TerminalUI

struct RunReportCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "What a run did, for the ticket or the post-mortem.",
        discussion: """
            As HTML it is one file that needs no network: every server over time, elections, when nobody led, every step with \
            its commands, the plan with its diffs.
            Example: zkops run report codis-20260111-180211-4f2a -o report.html
            Example: zkops run report codis-20260111-180211-4f2a --format markdown
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case html, markdown, json }

    @OptionGroup var choice: RunChoice

    @Option(help: "html, markdown or json")
    var format = Format.html

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write it. Default: standard output.", valueName: "file"))
    var output: String?

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        let (store, folder) = try choice.open(environment)
        let report = RunReport(folder, of: store)
        let text =
            switch format {
            case .html: Self.page(folder, of: store, environment)
            case .markdown: RunReportText(report).markdown
            case .json: RunReportText(report).json
            }
        guard let output else { return try Terminal.result(text) }
        try Files.write(text, to: output, environment)
    }

    /// - Parameter drill: what the run was a part of.
    static func page(
        _ folder: RunFolder, of store: RunStore, drill: DrillResult? = nil, _ environment: OperatorEnvironment
    ) -> String {
        RunReportHTML(
            RunReport(folder, of: store), commands: folder.commands(), preview: preview(folder, environment),
            drill: drill
        ).page
    }

    /// nil where a file of the plan's is not there any more; the rest of the report stands without it.
    private static func preview(_ folder: RunFolder, _ environment: OperatorEnvironment) -> String? {
        guard let plan = try? folder.plan(readFile: { try Files.read($0, environment) }),
            let findings = Verifier.findings(of: plan)
        else { return nil }
        return PreviewView(plan, findings).text()
    }
}
