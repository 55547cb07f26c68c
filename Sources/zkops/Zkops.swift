import ArgumentParser

@main
struct Zkops: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zkops",
        abstract: "Plans, verifies and carries out work on ZooKeeper ensembles.",
        discussion: """
            Example: zkops run list
            """,
        version: "zkops 0.1.0",
        subcommands: [RunCommand.self, LabCommand.self])

    static func main() async {
        Interrupts.outliveReaders()
        await main(nil)
    }
}
