import ArgumentParser

@main
struct Zkops: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zkops",
        abstract: "Plans, verifies and carries out work on ZooKeeper ensembles.",
        discussion: """
            Example: zkops plan preview plans/staged-recovery-3-to-5.yaml
            """,
        version: "zkops 0.1.0",
        subcommands: [PlanCommand.self, RunCommand.self, EnsembleCommand.self, LabCommand.self])

    static func main() async {
        Interrupts.outliveReaders()
        await main(nil)
    }
}
