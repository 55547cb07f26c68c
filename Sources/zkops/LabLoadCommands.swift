import ArgumentParser
import EnsembleModel
import Foundation
import Lab

struct LabLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Fill a lab with znodes, and with proxies as live sessions.",
        discussion: """
            The proxies register at \(Lab.proxiesPath) and do so again whenever they lose their session. A process
            in the background holds them until the lab goes down.
            Example: zkops lab load --znodes 20000 --proxies 8
            """)

    @OptionGroup var choice: LabChoice

    @Option(help: "How many znodes with data.")
    var znodes = 20_000

    @Option(help: "How many proxies, 0 to 500.")
    var proxies = 8

    func validate() throws {
        guard (0...1_000_000).contains(znodes) else { throw ValidationError("--znodes wants 0 to 1000000") }
        guard (0...500).contains(proxies) else { throw ValidationError("--proxies wants 0 to 500") }
    }

    func run() async throws {
        let lab = try choice.open()
        let began = ContinuousClock.now
        try await labDeed { () async throws(LabError) in
            try await lab.createZnodes(znodes)
            if proxies > 0 { try await lab.startProxies(proxies, executable: LabCommand.ownPath) }
        }
        progress("\(znodes) znodes and \(proxies) proxies in \(seconds(since: began)) s")
    }
}

/// Not for people: the background process of `lab load`.
struct LabHoldSessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold-sessions", abstract: "Hold the proxies' sessions of a lab until ended.", shouldDisplay: false
    )

    @OptionGroup var choice: LabChoice

    @Option var proxies = 8

    func run() async throws {
        await ProxySessions(try choice.open(), count: proxies, report: progress).hold()
    }
}

/// Not for people: the background process of `lab break connection-leak`.
struct LabHoldConnections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold-connections", abstract: "Hold connections to a server of a lab until ended.",
        shouldDisplay: false)

    @OptionGroup var choice: LabChoice

    @Option var server: String

    @Option var connections: Int

    func run() async throws {
        let held = try choice.open().server(server)
        await LabProbe.hold(connections, held.host.address, held.ports.client)
    }
}

/// Not for people: the background process of `lab break stale-vote`.
struct LabTellVote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tell-vote", abstract: "Follow a leader of an epoch, in the name of a server, until ended.",
        shouldDisplay: false)

    @OptionGroup var choice: LabChoice

    @Option var server: String

    @Option var voice: Int

    @Option var leader: Int

    @Option var epoch: UInt32

    func run() async throws {
        let lab = try choice.open()
        await lab.tellVote(
            to: try lab.server(server), voice: ServerID(voice), leader: ServerID(leader), epoch: epoch)
    }
}

struct LabTree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree", abstract: "Write down every znode's path, data checksum and version.",
        discussion: "Example: zkops lab tree -o before.json")

    @OptionGroup var choice: LabChoice

    @Option(name: .short, help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String

    @Option(help: "Read through this server only.")
    var server: String?

    func run() async throws {
        let lab = try choice.open()
        try await labDeed { () async throws(LabError) in
            let tree = try await lab.readTree(through: try server.map(lab.server))
            try tree.write(to: output)
            progress("\(tree.entries.count) znodes in \(output)")
        }
    }
}

struct LabCompare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare two trees that `lab tree` wrote.",
        discussion: """
            Exit code 0 where every znode has the same path, data and version, 5 where not. The first \(shown) differences are shown.
            Example: zkops lab compare before.json after.json
            """)

    /// More than anyone reads at once; that there are more is said.
    private static let shown = 20

    @Argument(help: "The tree that was written first.")
    var before: String

    @Argument(help: "The tree to compare it with.")
    var after: String

    @Option(help: "Leave out what is under this path; may be repeated. /zookeeper/config is always left out.")
    var ignore: [String] = []

    @Flag(help: "Compare ephemeral znodes too.")
    var ephemerals = false

    func run() async throws {
        let (old, new) = try await labDeed { () async throws(LabError) in
            (try TreeSnapshot.read(from: before), try TreeSnapshot.read(from: after))
        }
        let differences = old.differences(
            to: new, ignoring: ["/zookeeper/config"] + ignore, includingEphemerals: ephemerals)
        if differences.isEmpty {
            let persistent = old.entries.filter { !$0.ephemeral }.count
            print("the same: \(persistent) znodes, each with its path, data and version")
            return
        }
        for line in differences.prefix(Self.shown) { print(safeForTerminal(line)) }
        if differences.count > Self.shown { print("... and \(differences.count - Self.shown) more") }
        print("\(differences.count) \(differences.count == 1 ? "difference" : "differences")")
        throw ExitCode(5)
    }
}
