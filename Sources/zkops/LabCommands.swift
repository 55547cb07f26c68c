import ArgumentParser
import EnsembleModel
import Foundation
import Lab
import PlanExecution
import TerminalUI

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "A real ensemble on loopback: one sshd and one ZooKeeper a host, any version, no root needed.",
        discussion: """
            Example: zkops lab up --version 3.4.6 --next-version 3.4.14 && zkops lab status
            """,
        subcommands: [
            LabUp.self, LabDown.self, LabListCommand.self, LabStatusCommand.self, LabLoad.self, LabBreakCommand.self,
            LabTree.self,
            LabMendCommand.self, LabCompare.self, LabFetch.self, LabHoldSessions.self, LabHoldConnections.self,
            LabTellVote.self,
        ])

    /// This very program.
    static var ownPath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}

/// Which lab a command is about.
struct LabChoice: ParsableArguments {
    @Option(help: "The lab's name; labs of different names live side by side.")
    var name = "demo"

    @Option(help: "The lab's directory. Default: labs/NAME in zkops' state directory.")
    var dir: String?

    func directory(_ surroundings: LabSurroundings) -> String {
        guard let dir else { return surroundings.labDirectory(name) }
        return URL(fileURLWithPath: dir).standardizedFileURL.path
    }

    func open() throws -> Lab {
        let surroundings = labSurroundings()
        return try labValue { () throws(LabError) in try Lab.open(directory(surroundings), surroundings) }
    }
}

struct LabFetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Get a ZooKeeper version's jars into the cache.",
        discussion: """
            3.8.0 comes from Debian's zookeeper package, the others from source distributions of pyspark on PyPI.
            Example: zkops lab fetch 3.4.6 3.4.14
            """)

    @Argument(help: "One or more of \(knownVersions).")
    var versions: [String]

    func run() async throws {
        let cache = VersionCache(labSurroundings(), report: progress)
        for text in versions {
            let directory = try await labDeed { () async throws(LabError) in
                try await cache.fetch(try ZooKeeperRelease.find(try version(text)))
            }
            print(directory)
        }
    }
}

struct LabUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Raise a lab anew; whatever stood under its name goes away first.",
        discussion: """
            Without --hosts and -n: the spare zk1 and the ensemble zk6 to zk10.
            Example: zkops lab up --version 3.4.6 --next-version 3.4.14
            Example: zkops lab up --name five -n 5 --version 3.8.0 --next-version 3.9.3 --shared-data
            """)

    @OptionGroup var choice: LabChoice

    @Option(help: "Names of the hosts, with commas between.")
    var hosts: String?

    @Option(name: .short, help: "So many hosts: zk1, zk2 and so on.")
    var n: Int?

    @Option(help: "The version that runs.")
    var version = "3.4.6"

    @Option(help: "A version that is installed beside it and stopped.")
    var nextVersion: String?

    @Option(help: "The members' myids, with commas between. Default: the number at the end of the host's name.")
    var myids: String?

    @Option(help: "Hosts that are no members and run nothing, with commas between.")
    var spare: String?

    @Option(help: "Hosts whose servers are observers, with commas between.")
    var observers: String?

    @Option(help: "Milliseconds of a tick.")
    var tickTime = 2000

    @Option(help: "initLimit, in ticks.")
    var initLimit = 10

    @Option(help: "syncLimit, in ticks.")
    var syncLimit = 5

    @Option(
        help:
            "The X of the addresses 127.0.X.Y, or 10.213.X.Y in namespaces. Default: one that is free, by the lab's name."
    )
    var subnet: Int?

    @Flag(help: "Make each host a network namespace of its own, so that `lab break cut` can part them (root).")
    var namespaces = false

    @Flag(help: "Both versions of a host use the same data directories, as for an upgrade in place.")
    var sharedData = false

    @Flag(help: "Leave 3.5 and later with their own defaults: of the four letter words only srvr.")
    var noWhitelist = false

    @Flag(help: "Let 3.5 and later run AdminServer, on port 8080 of the host's address.")
    var adminServer = false

    @Option(help: "hardened: sshds that only the system's ssh reaches, as `transport: openssh` in the inventory says.")
    var sshd: LabTopology.SSHD?

    @Option(help: "A further line key=value for every zoo.cfg; may be repeated.")
    var set: [String] = []

    func validate() throws {
        do {
            try topology().validate()
        } catch let error as LabError {
            throw ValidationError(error.message)
        }
    }

    func run() async throws {
        let topology = try topology()
        let surroundings = labSurroundings()
        let directory = choice.directory(surroundings)
        let began = ContinuousClock.now
        let lab = try await labDeed { () async throws(LabError) in
            try await Lab.up(topology, in: directory, surroundings, report: progress)
        }
        progress("up in \(seconds(since: began)) s")
        print(await lab.status().text)
        print("inventory: \(directory)/inventory.yaml")
    }

    private func topology() throws -> LabTopology {
        let running = try zkops.version(version)
        let next = try nextVersion.map(zkops.version)
        var topology = LabTopology.story(name: choice.name, version: running, next: next)
        if hosts != nil || n != nil || spare != nil || observers != nil || myids != nil {
            topology.hosts = try members(otherwise: topology.hosts)
        }
        topology.tickTime = tickTime
        topology.initLimit = initLimit
        topology.syncLimit = syncLimit
        topology.subnet = subnet
        topology.sharesData = sharedData
        topology.separatesHosts = namespaces
        topology.allowsFourLetterWords = !noWhitelist
        topology.hasAdminServer = adminServer
        topology.sshd = sshd
        topology.settings = try set.map { line in
            guard let sign = line.firstIndex(of: "=") else {
                throw ValidationError("--set wants key=value, not \(line)")
            }
            return LabTopology.Setting(String(line[..<sign]), String(line[line.index(after: sign)...]))
        }
        return topology
    }

    private func members(otherwise story: [LabTopology.Host]) throws -> [LabTopology.Host] {
        if hosts != nil && n != nil { throw ValidationError("give --hosts or -n, not both") }
        if let n, !(1...200).contains(n) { throw ValidationError("-n wants 1 to 200 hosts") }
        let names = hosts.map(list) ?? n.map { count in (1...count).map { "zk\($0)" } } ?? story.map(\.name)
        let spares = spare.map(list) ?? (hosts == nil && n == nil ? ["zk1"] : [])
        let given = try myids.map { text in
            try list(text).map { part in
                guard let number = Int(part) else { throw ValidationError("\(part) is no myid") }
                return number
            }
        }
        return try LabTopology.hosts(names, spare: spares, observers: observers.map(list) ?? [], myids: given)
    }
}

extension LabTopology.SSHD: ExpressibleByArgument {}

struct LabDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "End every process of a lab and remove every file.",
        discussion: """
            The runs that were made with its inventory go with it: there is nothing left that they could be resumed or rolled back on.
            Example: zkops lab down --name demo
            """)

    @OptionGroup var choice: LabChoice

    @Flag(help: "Keep the runs that were made on it, for their reports.")
    var keepRuns = false

    func run() async throws {
        let lab = try choice.open()
        try await labDeed { () async throws(LabError) in try await lab.down() }
        guard !keepRuns else { return }
        let store = RunStore(directory: OperatorEnvironment.current.stateDirectory(nil))
        do throws(ExecutionError) {
            let removed = try store.removeRuns(ofInventory: "\(lab.directory)/inventory.yaml")
            if !removed.isEmpty { progress("with it went \(counted(removed.count, "run"))") }
        } catch {
            throw said(LabError(.fileFailed, error.description))
        }
    }
}

struct LabStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the servers of a lab, as they themselves answer.",
        discussion: "Example: zkops lab status --format json")

    @OptionGroup var choice: LabChoice

    @Option(help: "text or json")
    var format = ListFormat.text

    func run() async throws {
        let status = await (try choice.open()).status()
        switch format {
        case .text: print(status.text)
        case .json: try printJSON(status)
        }
    }
}

private let knownVersions = ZooKeeperRelease.all.map(\.version.description).joined(separator: ", ")

private func version(_ text: String) throws(LabError) -> Version {
    guard let version = Version(text), version.description == text else {
        throw LabError(.versionUnknown, "'\(text)' is not a version; the lab has \(knownVersions)")
    }
    return version
}

func labSurroundings() -> LabSurroundings { LabSurroundings(environment: ProcessInfo.processInfo.environment) }

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// One line for a person, on standard error.
@Sendable func progress(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

func list(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
}

/// Says a lab's error on standard error, and ends with code 1, or 64 where the lab can't be as it was wished for.
func labDeed<Result>(_ body: () async throws(LabError) -> Result) async throws -> Result {
    do {
        return try await body()
    } catch {
        throw said(error)
    }
}

func labValue<Result>(_ body: () throws(LabError) -> Result) throws -> Result {
    do {
        return try body()
    } catch {
        throw said(error)
    }
}

func said(_ error: LabError) -> ExitCode {
    progress("zkops lab: \(error)")
    let isUsage = [.versionUnknown, .topologyInvalid, .nameInvalid].contains(error.code)
    return ExitCode((isUsage ? Outcome.usage : .failed).rawValue)
}

/// With one decimal.
func seconds(since began: ContinuousClock.Instant) -> String {
    let took = (ContinuousClock.now - began).components
    return "\(took.seconds).\(took.attoseconds / 100_000_000_000_000_000)"
}
