import EnsembleModel
import Foundation
import Lab
import RemoteHosts
import Testing

@testable import EnsembleAccess

/// A real ensemble on loopback, reached over SSH as any other.
struct AccessLab: Sendable {
    var lab: Lab
    var ensemble: RemoteEnsemble
    let run = Mutation(run: "run-1", action: "1.1")

    /// Three servers zk2 to zk4 and a spare host zk1 whose server has no myid.
    static func topology(_ version: Version, next: Version? = nil) -> LabTopology {
        var topology = LabTopology(
            name: "t-\(UInt32.random(in: .min ... .max))",
            hosts: [LabTopology.Host("zk1", myid: nil)]
                + (2...4).map { (number: Int) in LabTopology.Host("zk\(number)", myid: number) },
            installations: [LabTopology.Installation(version)] + (next.map { [LabTopology.Installation($0)] } ?? []))
        topology.tickTime = 200
        topology.initLimit = 50
        topology.syncLimit = 25
        return topology
    }

    /// Raises a lab, and takes it down after `body`.
    static func with(_ topology: LabTopology, _ body: (AccessLab) async throws -> Void) async throws {
        let surroundings = LabSurroundings(environment: ProcessInfo.processInfo.environment)
        let directory = NSTemporaryDirectory() + "zkops-" + topology.name
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let lab = try await Lab.up(topology, in: directory, surroundings)
        let connector = LibSSH2Connector(
            person: .init(home: "/nonexistent", userName: surroundings.user, agentSocket: nil), seed: 1)
        let made = AccessLab(lab: lab, ensemble: lab.ensemble(connector))
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(made))
        } catch {
            outcome = .failure(error)
        }
        await made.ensemble.close()
        await connector.close()
        try await lab.down()
        try outcome.get()
    }

    /// The server of a host: of the first installation, or of the one named.
    func server(_ host: String, _ installation: Int = 0) -> ServerName {
        ServerName(host: host, installation: lab.topology.installations[installation].name)
    }

    func lock(_ servers: ServerName...) async throws {
        for server in servers {
            let owner = LockOwner(
                run: run.run, operatorName: "ann", machine: "desk", since: "2026-01-11T18:02:11Z", attempt: "a1")
            try await ensemble.lock(server, owner: owner)
        }
    }

    var members: [ServerName] { lab.topology.members.map { server($0.name) } }

    func leader() async throws -> ServerName {
        for member in members where try await ensemble.pulse(member).mode == .leader { return member }
        throw AccessLabError.noLeader
    }

    /// Asks until the answer is as wanted.
    func pulse(_ server: ServerName, until isWanted: (ServerPulse) -> Bool) async throws -> ServerPulse {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let pulse = try await ensemble.pulse(server)
            if isWanted(pulse) { return pulse }
            guard ContinuousClock.now < deadline else { throw AccessLabError.neverSo(pulse) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Changes a server's configuration file as a step does.
    func edit(_ server: ServerName, action: String, _ change: (inout ZooConfig) -> Void) async throws {
        let file = try #require(try await ensemble.readFile(.config(server)))
        var config = ZooConfig(String(decoding: file.bytes, as: UTF8.self))
        change(&config)
        let mutation = Mutation(run: run.run, action: action)
        let done = try await ensemble.replaceFile(
            .config(server), with: Array(config.text.utf8), mode: nil, expected: file.sha256, under: mutation)
        #expect(done == .changed)
    }
}

enum AccessLabError: Error {
    case noLeader
    case neverSo(ServerPulse)
}

extension Lab {
    fileprivate func ensemble(_ connector: LibSSH2Connector) -> RemoteEnsemble {
        let places = servers.map { server in
            ServerPlace(
                name: server.name, address: server.host.address, quorumAddress: server.host.address,
                home: server.home, configPath: server.configPath)
        }
        let endpoints = hosts.map { host in
            Endpoint(
                host: host.name, address: host.address, port: topology.ports.ssh, user: surroundings.user,
                identityFiles: [directory + "/id_ed25519"], knownHosts: [directory + "/known_hosts"])
        }
        return RemoteEnsemble(
            places: Dictionary(uniqueKeysWithValues: places.map { ($0.name, $0) }),
            endpoints: Dictionary(uniqueKeysWithValues: endpoints.map { ($0.host, $0) }), connector: connector,
            record: nil)
    }
}
