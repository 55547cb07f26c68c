import EnsembleAccess
import EnsembleModel
import Foundation

@testable import Diagnosis

/// An ensemble in good health, to be changed by each test.
enum Sample {
    static func config(_ count: Int = 3, _ further: String = "") -> String {
        """
        tickTime=2000
        initLimit=10
        syncLimit=5
        dataDir=/data
        clientPort=2181
        4lw.commands.whitelist=*
        \(further)

        """ + (1...count).map { "server.\($0)=10.0.0.\($0):2888:3888\n" }.joined()
    }

    static func name(_ id: Int, _ version: String = "3.8.0") -> ServerName {
        ServerName(host: "zk\(id)", installation: "v\(version)")
    }

    static func place(_ id: Int, _ version: String) -> ServerPlace {
        ServerPlace(
            name: name(id, version), address: "10.0.0.\(id)", quorumAddress: "10.0.0.\(id)", home: "/opt/zk",
            configPath: "/opt/zk/conf/zoo.cfg")
    }

    static func server(_ id: Int, _ mode: Mode, version: String = "3.8.0", config: String? = nil) -> ServerEvidence {
        let process = mode == .stopped ? nil : ProcessIdentity(pid: 100 + id, startTime: 1, bootID: "b")
        let zxid = mode.serves ? Zxid(0x1_0000_4e2a) : nil
        var host = HostEvidence()
        host.clock = 1_790_000_000
        host.settings = ["somaxconn": 4096, "tcp_max_syn_backlog": 512]
        host.log.readAt = LogTime.seconds("2026-11-21 12:00:00")
        return ServerEvidence(
            place: place(id, version),
            facts: ServerFacts(
                running: mode != .stopped, mode: mode, myid: ServerID(id), version: Version(version), zxid: zxid,
                epochs: .init(accepted: Epoch(1), current: Epoch(1)), snapshot: .at(Zxid(0)),
                log: .at(Zxid(0x1_0000_0001)),
                electionListener: mode == .stopped ? nil : .alive, config: config ?? Self.config()),
            pulse: ServerPulse(
                process: process, mode: mode, version: mode == .stopped ? nil : Version(version), zxid: zxid),
            host: host)
    }

    /// Stopped, with a myid file and nothing else.
    static func emptied(_ id: Int) -> ServerEvidence {
        var server = server(id, .stopped)
        server.facts?.epochs = nil
        server.facts?.snapshot = ServerFacts.Newest.none
        server.facts?.log = ServerFacts.Newest.none
        return server
    }

    /// Servers 1 to `count`, the last of which leads.
    static func healthy(_ count: Int = 3, version: String = "3.8.0", config: String? = nil) -> EnsembleEvidence {
        EnsembleEvidence(
            ensemble: "sample",
            servers: (1...count).map {
                server($0, $0 == count ? .leader : .follower, version: version, config: config ?? Self.config(count))
            })
    }
}

extension ServerEvidence {
    /// Adds lines to the log, in this order.
    mutating func log(_ pattern: LogPattern, _ lines: String...) {
        for line in lines {
            let number = (host?.log.lines.values.joined().map(\.number).max() ?? 0) + 1
            host?.log.lines[pattern, default: []].append(.init(number: number, text: line))
            host?.log.counts[pattern, default: 0] += 1
        }
    }
}

extension EnsembleEvidence {
    var diagnosed: Diagnosed { IncidentCatalogue.diagnose(self) }
    var codes: [String] { diagnosed.findings.map(\.code) }

    func changing(_ id: Int, _ change: (inout ServerEvidence) -> Void) -> EnsembleEvidence {
        var changed = self
        change(&changed.servers[id - 1])
        return changed
    }

    func changingAll(_ change: (inout ServerEvidence) -> Void) -> EnsembleEvidence {
        var changed = self
        for index in changed.servers.indices { change(&changed.servers[index]) }
        return changed
    }
}

/// `config-change --set a=b` as the whole command.
func planNew(_ text: String) -> String {
    let kind = text.prefix { $0 != " " }
    return "zkops plan new \(kind) -i i\(text.dropFirst(kind.count)) -o \(kind).yaml"
}

/// `2026-11-21 11:59:SS,000 [myid:1] - INFO  [main:X@1] - text`
func logLine(_ time: String, _ text: String, _ level: String = "INFO ") -> String {
    "2026-11-21 \(time),000 [myid:1] - \(level) [QuorumPeer[myid=1]/0.0.0.0:2181:X@1] - \(text)"
}
