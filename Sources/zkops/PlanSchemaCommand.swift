import ArgumentParser
import PlanLanguage
import TerminalUI

extension FileFormat: ExpressibleByArgument {}

struct PlanSchemaCommand: ZkopsCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of file, for editors.",
        discussion: """
            With it an editor completes keys, explains them, and marks what is misspelt. The schemas lie in schema/ too.
            Example: zkops plan schema inventory > inventory.schema.json
            """)

    @Argument(help: "plan, inventory, facts or drill")
    var format = FileFormat.plan

    func execute(_ environment: OperatorEnvironment) async throws(CommandFailure) {
        try Terminal.result(SchemaJSON(format).document)
    }
}
