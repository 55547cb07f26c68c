import EnsembleModel
import Foundation
import Lab
import PlanLanguage
import Testing

/// What facts ask of a lab: first the ensemble of those that run or have data is raised and filled, then each server is brought to
/// where the facts have it.
struct StagedFacts {
    let facts: EnsembleFacts
    let inventory: Inventory

    init(_ facts: EnsembleFacts, inventory: Inventory) {
        self.facts = facts
        self.inventory = inventory
    }

    /// The ensemble that was there first: the members that the list of a server with data has.
    private var members: [(id: ServerID, host: String)] {
        let first = facts.servers.filter { $0.value.holdsData == true }.keys.sorted().first
        let list = first.flatMap { facts.servers[$0]?.config }.flatMap { EnsembleState.members(of: $0) } ?? [:]
        return list.sorted { $0.key < $1.key }.compactMap { id, address in
            inventory.hosts.first { $0.address == address.host }.map { (id, $0.name) }
        }
    }

    func topology(_ name: String) throws -> LabTopology {
        let members = members
        let hosts = Set(facts.servers.keys.map(\.host)).sorted().map { host in
            LabTopology.Host(host, myid: members.first { $0.host == host }?.id.rawValue)
        }
        let first = try #require(facts.servers.filter { $0.value.holdsData == true }.keys.sorted().first?.installation)
        let others = Set(facts.servers.keys.map(\.installation)).subtracting([first]).sorted()
        let installations = try ([first] + others).map { installation in
            let version = try #require(facts.servers.first { $0.key.installation == installation }?.value.version)
            return LabTopology.Installation(name: installation, version: version)
        }
        var topology = LabTopology(name: name, hosts: hosts, installations: installations)
        topology.hasSSH = false
        // Quick, but a leader outlives the pauses of a busy machine.
        topology.tickTime = 200
        topology.initLimit = 50
        topology.syncLimit = 10
        return topology
    }

    /// Stops, empties and configures what the facts have stopped, empty and configured; kills the listeners that they have dead.
    func settle(_ lab: Lab) async throws {
        for (name, server) in facts.servers.sorted(by: { $0.key < $1.key }) {
            let target = try lab.server(name.description)
            if !server.running, target.process() != nil { try await lab.stop(target) }
            if server.holdsData == false { try target.clear() }
            if !server.running { try configure(target, server, lab) }
            if server.electionListener == .dead { try await lab.killListener(target) }
        }
    }

    private func configure(_ target: LabServer, _ server: ServerFacts, _ lab: Lab) throws {
        if let myid = server.myid { try target.write("\(myid)\n", to: "\(target.dataDir)/myid") }
        guard let config = server.config else { return }
        let kept = try target.config().split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("server.") }
        let list = config.split(separator: "\n").filter { $0.hasPrefix("server.") }
            .map { $0.replacing("192.0.2.", with: "127.0.\(lab.subnet).") }
        let text = kept.joined(separator: "\n") + "\n" + list.joined(separator: "\n") + "\n"
        try target.write(text, to: target.configPath)
    }
}

extension LabServer {
    func config() throws -> String { try String(contentsOfFile: configPath, encoding: .utf8) }

    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

    /// Its snapshots, logs and epochs, wherever they are.
    var versionFolders: [String] { ["\(dataDir)/version-2", "\(dataLogDir)/version-2"] }

    func clear() throws {
        for folder in versionFolders where FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    func copyData(to other: LabServer) throws {
        for (from, to) in zip(versionFolders, other.versionFolders) where FileManager.default.fileExists(atPath: from) {
            try FileManager.default.copyItem(atPath: from, toPath: to)
        }
    }

    /// The facts say that there is none; a server that was late to join when the world was raised got one from its leader.
    func removeSnapshots() throws {
        for folder in versionFolders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names where name.hasPrefix("snapshot.") {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }
}
