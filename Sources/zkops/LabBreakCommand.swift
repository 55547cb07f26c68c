import ArgumentParser
import EnsembleModel
import Lab

struct LabBreakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break", abstract: "Break something in a lab; `lab up` anew undoes it.",
        discussion: """
            listener-death  kills the election listener of every 3.4.6 server
                            (ZOOKEEPER-2186) and restarts as many servers as the
                            quorum can miss: they look for a leader for ever
            kill, pause     a server's process, by SIGKILL or SIGSTOP
            cut             parts a server's host from the other hosts, in a lab
                            raised with --namespaces (root)
            block-port      drops what comes to one port of a server (root, iptables)
            fill-disk       a server's data or log directory has no room left (root)
            wrong-myid      a server is restarted with another member's myid
            lose-data       a server is down, and its directories are empty
            Incidents of docs/incidents.md, for `ensemble doctor` to find:
            election-loop (all servers, a large tree),
            small-limits, forbidden-words (every server, or those of --server),
            deaf-listener, closed-callback, config-drift, epoch-mismatch,
            missing-snapshot, old-snapshots, connection-leak, full-backlog,
            large-log, large-request, small-heap, few-descriptors,
            unresolved-name, lost-clients, refused-config, slow-disk (strace),
            stale-vote (root, 3.4)
            `lab mend` takes back what is not the servers' own: firewall,
            cuts, connections, a stopped process.
            Example: zkops lab break listener-death
            Example: zkops lab break block-port --server zk7 --port election
            """)

    enum Fault: String, CaseIterable {
        case listenerDeath = "listener-death"
        case kill, pause, cut
        case blockPort = "block-port"
        case fillDisk = "fill-disk"
        case wrongMyid = "wrong-myid"
        case loseData = "lose-data"
    }

    enum Kind: ExpressibleByArgument {
        case fault(Fault)
        case incident(LabIncident)

        init?(argument: String) {
            if let fault = Fault(rawValue: argument) {
                self = .fault(fault)
            } else if let incident = LabIncident(rawValue: argument) {
                self = .incident(incident)
            } else {
                return nil
            }
        }

        static var allValueStrings: [String] { Fault.allCases.map(\.rawValue) + LabIncident.allCases.map(\.rawValue) }
    }

    @Argument(help: "What to break, one of the words above.")
    var kind: Kind

    @OptionGroup var choice: LabChoice

    @Option(help: "The servers, with commas between: zk7 or zk7@v3.4.14. For listener-death those to restart.")
    var server: String?

    @Option(help: "For block-port: \(LabPort.allCases.map(\.rawValue).joined(separator: ", ")).")
    var port = LabPort.election

    @Option(help: "For fill-disk: data or log.")
    var disk = LabDisk.log

    @Option(help: "For wrong-myid. Default: another member's.")
    var myid: Int?

    func run() async throws {
        let lab = try choice.open()
        let lines = try await labDeed { () async throws(LabError) in
            var servers: [LabServer] = []
            for name in server.map(list) ?? [] { servers.append(try lab.server(name)) }
            switch (kind, servers.first) {
            case (.incident(.connectionLeak), let first?):
                return [try await lab.leakConnections(first, executable: LabCommand.ownPath)]
            case (.incident(.staleVote), let first?):
                return [try await lab.tellStaleVote(first, executable: LabCommand.ownPath)]
            case (.incident(.lostClients), _): return [try await lab.loseClients(20, executable: LabCommand.ownPath)]
            default: return try await lab.carryOut(fault, on: servers)
            }
        }
        for line in lines { print(line) }
    }

    private var fault: LabBreak {
        switch kind {
        case .incident(let incident): .incident(incident)
        case .fault(.listenerDeath): .listenerDeath
        case .fault(.kill): .kill
        case .fault(.pause): .pause
        case .fault(.cut): .cut
        case .fault(.blockPort): .blockPort(port)
        case .fault(.fillDisk): .fillDisk(disk)
        case .fault(.wrongMyid): .wrongMyid(myid.map { ServerID($0) })
        case .fault(.loseData): .loseData
        }
    }
}

struct LabMendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mend",
        abstract:
            "Take back what breaks did around a lab's servers: the firewall, held connections, stopped processes.",
        discussion: "Example: zkops lab mend")

    @OptionGroup var choice: LabChoice

    func run() async throws {
        let lab = try choice.open()
        try await labDeed { () async throws(LabError) in try await lab.mend() }
    }
}

extension LabPort: ExpressibleByArgument {}
extension LabDisk: ExpressibleByArgument {}
