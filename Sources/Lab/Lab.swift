import EnsembleModel
import Foundation

/// A real ensemble on loopback addresses: what stands in a directory with a `lab.json`.
package struct Lab: Sendable {
    package let surroundings: LabSurroundings
    package let directory: String
    package let topology: LabTopology
    /// The X of 127.0.X.Y.
    package let subnet: Int

    init(surroundings: LabSurroundings, directory: String, state: LabState) {
        self.surroundings = surroundings
        self.directory = directory
        topology = state.topology
        subnet = state.subnet
    }

    /// The lab that stands in `directory`.
    package static func open(_ directory: String, _ surroundings: LabSurroundings) throws(LabError) -> Lab {
        Lab(surroundings: surroundings, directory: directory, state: try readState(directory))
    }

    package var hosts: [LabHost] {
        topology.hosts.map { host in
            LabHost(
                name: host.name,
                address: LabAddresses.address(topology, subnet: subnet, of: host),
                myid: host.myid, role: host.role, directory: "\(directory)/hosts/\(host.name)")
        }
    }

    /// Every installation on every host.
    package var servers: [LabServer] {
        hosts.flatMap { host in topology.installations.map { server(host, $0) } }
    }

    /// The ensemble that `up` starts: the first installation of each host that is to run, the highest myid first.
    package var ensemble: [LabServer] {
        let starting = Set(topology.hosts.filter(\.starts).map(\.name))
        return hosts.filter { starting.contains($0.name) }
            .sorted { ($0.myid?.rawValue ?? 0) > ($1.myid?.rawValue ?? 0) }
            .map { server($0, topology.installations[0]) }
    }

    package func host(_ name: String) throws(LabError) -> LabHost {
        guard let host = hosts.first(where: { $0.name == name }) else {
            let known = hosts.map(\.name).joined(separator: ", ")
            throw LabError(.topologyInvalid, "the lab has no host \(name); it has \(known)")
        }
        return host
    }

    /// `zk6` is the server that runs on zk6, or its first installation; `zk6@v3.4.14` is that one.
    package func server(_ text: String) throws(LabError) -> LabServer {
        if let name = ServerName(text) {
            guard let server = servers.first(where: { $0.name == name }) else {
                throw LabError(.topologyInvalid, "the lab has no server \(text)")
            }
            return server
        }
        let host = try host(text)
        let candidates = servers.filter { $0.host == host }
        return candidates.first { $0.process() != nil } ?? candidates[0]
    }

    private func server(_ host: LabHost, _ installation: LabTopology.Installation) -> LabServer {
        LabServer(host: host, installation: installation, ports: topology.ports, sharesData: topology.sharesData)
    }

    var ssh: LabSSH {
        LabSSH(
            surroundings: surroundings, directory: directory, port: topology.ports.ssh, network: network,
            isHardened: topology.sshd == .hardened)
    }

    // MARK: State

    package static func readState(_ directory: String) throws(LabError) -> LabState {
        let path = "\(directory)/\(LabState.fileName)"
        guard let text = LabFiles.textIfThere(path) else {
            throw LabError(.notALab, "there is no lab in \(directory); `zkops lab up` makes one")
        }
        do {
            return try JSONDecoder().decode(LabState.self, from: Data(text.utf8))
        } catch {
            throw LabError(.notALab, "\(path) can't be read as a lab's state: \(error)")
        }
    }

    static func writeState(_ state: LabState, _ directory: String) throws(LabError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(state) else {
            throw LabError(.fileFailed, "the lab's state can't be written as JSON")
        }
        try LabFiles.write(String(decoding: data, as: UTF8.self) + "\n", to: "\(directory)/\(LabState.fileName)")
    }

    func changeState(_ change: (inout LabState) -> Void) throws(LabError) {
        var state = try Lab.readState(directory)
        change(&state)
        try Lab.writeState(state, directory)
    }
}
