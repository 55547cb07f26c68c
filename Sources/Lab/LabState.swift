/// `lab.json`: what the lab is, for the commands that come after `up`.
package struct LabState: Sendable, Codable, Equatable {
    /// What a break did outside the lab's directory and `down` must undo.
    package enum Undo: Sendable, Codable, Equatable {
        case unmount(path: String)
        /// The arguments of the iptables command that takes the rule away.
        case firewall(arguments: [String])
        /// The namespaces of the hosts with these addresses, and their bridge.
        case network(addresses: [String])
        /// A host that was cut off from the others.
        case cut(address: String)
    }

    package static let fileName = "lab.json"

    package var version = 1
    package var topology: LabTopology
    /// The X of 127.0.X.Y, or of 10.213.X.Y.
    package var subnet: Int
    package var processes: [RecordedProcess] = []
    package var undo: [Undo] = []

    package init(topology: LabTopology, subnet: Int) {
        self.topology = topology
        self.subnet = subnet
    }
}
