import ArgumentParser

@main
struct Zkops: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zkops",
        abstract: "Plans, verifies and carries out work on ZooKeeper ensembles.",
        subcommands: [LabCommand.self])
}
