import EnsembleAccess
import EnsembleModel
import Foundation
import PlanLanguage
import Testing

@testable import PlanExecution

/// A simulated ensemble, a clock, a state directory, and plans read for them.
struct SimulatedWorld {
    let clock: LogicalClock
    let ensemble: SimulatedEnsemble
    let directory: String
    let inventoryText: String

    /// - Parameters:
    ///   - members: the myids of the hosts `zk1`, `zk2`… of the running ensemble; hosts beyond `running` are spare and empty.
    init(
        hosts: Int, running: Int, version: Version = Version(3, 4, 14), installations: [String] = ["v1"],
        newVersion: Version = Version(3, 4, 14)
    ) async throws {
        clock = LogicalClock()
        directory = Self.newDirectory()
        let members = Dictionary(uniqueKeysWithValues: (1...running).map { ($0, "10.0.0.\($0)") })
        var servers: [SimulatedServer] = []
        for host in 1...hosts {
            for installation in installations {
                var server = SimulatedServer(
                    name: ServerName(host: "zk\(host)", installation: installation),
                    version: installation == installations[0] ? version : newVersion,
                    address: "10.0.0.\(host)")
                server.config = Array(Self.config(members).utf8)
                if installation == installations[0], host <= running { server.myid = "\(host)\n" }
                servers.append(server)
            }
        }
        ensemble = SimulatedEnsemble(clock: clock, servers: servers)
        let listed = installations.map { "  \($0): {home: /opt/\($0)}\n" }.joined()
        let names = (1...hosts).map { "  zk\($0): {address: 10.0.0.\($0)}\n" }.joined()
        inventoryText = "version: 1\nensemble: test\ninstallations:\n\(listed)hosts:\n\(names)"
        for host in 1...running { await ensemble.boot(ServerName(host: "zk\(host)", installation: installations[0])) }
        await ensemble.letElect()
        for number in 1...5 { await ensemble.write("/app/node-\(number)") }
    }

    /// Goes on with hosts as they were left, and a state directory of its own.
    init(hosts: SimulatedEnsemble.Hosts, at time: Duration, like first: SimulatedWorld) async {
        clock = LogicalClock()
        clock.advance(time)
        directory = Self.newDirectory()
        inventoryText = first.inventoryText
        ensemble = SimulatedEnsemble(clock: clock, hosts: hosts)
    }

    /// In memory where that can be had: thousands of records are flushed.
    private static func newDirectory() -> String {
        let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
        return root + "zkops-execution-" + UUID().uuidString
    }

    static func config(_ members: [Int: String]) -> String {
        let lines = members.sorted { $0.key < $1.key }.map { "server.\($0.key)=\($0.value):2888:3888\n" }
        return "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/data\nclientPort=2181\n" + lines.joined()
    }

    /// What every archive that a plan installs holds.
    static let archive = Array("archive".utf8)

    /// A plan of these stages over what the servers are now.
    func plan(
        _ stages: String, settings: String = "", acknowledge: String = "", facts: EnsembleFacts? = nil
    ) async throws -> ResolvedPlan {
        let text =
            "version: 1\nname: test\nsummary: a test\ninventory: inventory.yaml\n"
            + (settings.isEmpty ? "" : "settings: {\(settings)}\n")
            + (acknowledge.isEmpty ? "" : "acknowledge:\n\(acknowledge)\n") + "stages:\n\(stages)\n"
        let inventory = inventoryText
        let loader = PlanLoader { path in
            if path.hasSuffix(".tar.gz") { return Self.archive }
            return Array((path.hasSuffix("inventory.yaml") ? inventory : text).utf8)
        }
        var known = facts
        if known == nil { known = await ensemble.facts(files: ["bin/zkEnv.sh"]) }
        do {
            return try loader.load(plan: "plan.yaml", variables: [:], facts: known)
        } catch {
            Issue.record("the plan of the test is invalid: \(error.diagnostics.map(\.message))")
            throw error
        }
    }

    func applier(
        _ options: ApplyOptions = ApplyOptions(assumeYes: true, watchInterval: nil), random: UInt64 = 0xa1b2
    ) -> Applier {
        var options = options
        options.watchInterval = nil
        return Applier(
            control: ensemble, world: clock.world(random: random), store: RunStore(directory: directory),
            options: options)
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// Everything about the hosts that a run decides: not who leads, nor how many sessions were opened.
    /// - Parameter modes: whether it counts that a running server serves.
    func fingerprint(modes: Bool = true) async -> [String] {
        await ensemble.letElect()
        var lines: [String] = []
        for name in ensemble.names {
            guard let server = await ensemble.server(name) else { continue }
            let runs = server.process == nil ? "stopped" : "runs"
            let serves = !modes ? runs : server.mode.serves ? "serves" : server.mode.rawValue
            lines.append(
                "\(name) \(serves) myid=\(server.myid ?? "-") loaded=\(server.process?.myid?.rawValue ?? -1) "
                    + "paths=\(server.data.paths.sorted()) lock=\(server.lock?.run ?? "-")")
            lines.append("  file: \(server.configText.split(separator: "\n").joined(separator: " "))")
            lines.append("  runs: \(server.process?.configText.split(separator: "\n").joined(separator: " ") ?? "-")")
            for (path, bytes) in server.files.sorted(by: { $0.key < $1.key }) {
                lines.append("  \(path): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        return lines
    }
}

/// Collects the events of a run.
final class EventRecorder: Sendable {
    private let events = Locked<[RunEvent]>([])
    var sink: RunReporter.Sink { { event in self.events.update { $0.append(event) } } }
    var all: [RunEvent] { events.value }
    var kinds: [RunEvent.Kind] { all.map(\.kind) }
    var warnings: [String] { kinds.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
}
