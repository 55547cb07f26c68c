import ArgumentParser
import EnsembleModel
import Lab

struct LabBreakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break", abstract: "Break something in a lab; `lab up` anew undoes it.",
        discussion: """
            listener-death  kills the election listener of every 3.4.6 server (ZOOKEEPER-2186) and restarts as many
                            servers as the quorum can miss: they look for a leader for ever
            kill, pause     a server's process, by SIGKILL or SIGSTOP
            block-port      drops what comes to one port of a server (root, iptables)
            fill-disk       a server's data or log directory has no room left (root)
            wrong-myid      a server is restarted with another member's myid
            lose-data       a server is down, and its directories are empty
            Example: zkops lab break listener-death
            Example: zkops lab break block-port --server zk7 --port election
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case listenerDeath = "listener-death"
        case kill, pause
        case blockPort = "block-port"
        case fillDisk = "fill-disk"
        case wrongMyid = "wrong-myid"
        case loseData = "lose-data"
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
        let fault: LabBreak =
            switch kind {
            case .listenerDeath: .listenerDeath
            case .kill: .kill
            case .pause: .pause
            case .blockPort: .blockPort(port)
            case .fillDisk: .fillDisk(disk)
            case .wrongMyid: .wrongMyid(myid.map { ServerID($0) })
            case .loseData: .loseData
            }
        let lines = try await labDeed { () async throws(LabError) in
            var servers: [LabServer] = []
            for name in server.map(list) ?? [] { servers.append(try lab.server(name)) }
            return try await lab.carryOut(fault, on: servers)
        }
        for line in lines { print(line) }
    }
}

extension LabPort: ExpressibleByArgument {}
extension LabDisk: ExpressibleByArgument {}
