package import EnsembleModel
package import PlanLanguage

/// The ensemble that a plan is written for, as the facts show it.
package struct Site: Sendable {
    package struct Member: Sendable, Hashable {
        package var id: ServerID
        package var server: ServerName
        package var role: MemberRole
        package var running: Bool
    }

    package let inventory: Inventory
    package let facts: EnsembleFacts
    /// Those that the leader has loaded, or what most of them would load where nobody leads; by myid.
    package let members: [Member]
    package let leader: ServerName?
    /// Whether a quorum serves.
    package let serves: Bool
    /// What most of the members are.
    package let installation: String

    package init(_ inventory: Inventory, _ facts: EnsembleFacts) throws(NoPlan) {
        self.inventory = inventory
        self.facts = facts
        let state = EnsembleState(facts: facts, inventory: inventory)
        let ensembles = state.runningEnsembles.filter { $0.serves == true }
        guard ensembles.count < 2 else {
            let lists = ensembles.map { $0.servers.map(\.description).joined(separator: ", ") }
            throw NoPlan(
                "Two ensembles serve here: \(lists.joined(separator: "; and ")). Which is meant? Take the other out of the inventory."
            )
        }
        let running = ensembles.first?.servers ?? state.servers.filter(\.value.running).keys.sorted()
        leader = running.first { state.servers[$0]?.mode == .leader }
        serves = !ensembles.isEmpty
        let source = leader ?? running.first ?? facts.servers.keys.sorted().first { facts.servers[$0]?.myid != nil }
        guard let source, let known = state.servers[source], let text = known.loadedConfig ?? known.config,
            let lines = EnsembleState.members(of: text), !lines.isEmpty
        else {
            throw NoPlan(
                "No server's configuration names the members of an ensemble, so there is nothing to write a plan for.")
        }
        let counts = Dictionary(running.map { ($0.installation, 1) }, uniquingKeysWith: +)
        let installation = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? source.installation
        self.installation = installation
        var members: [Member] = []
        for (id, address) in lines.sorted(by: { $0.key < $1.key }) {
            guard let host = state.hostName(of: address.host) else {
                throw NoPlan(
                    "server.\(id) is at \(address.host), which is no host of the inventory; put it in, since a plan has to know every member."
                )
            }
            let running = running.first { $0.host == host }
            let server = running ?? ServerName(host: host, installation: installation)
            members.append(Member(id: id, server: server, role: address.role, running: running != nil))
        }
        self.members = members
    }

    package var servers: [ServerName] { members.map(\.server) }
    package var participants: [Member] { members.filter { $0.role == .participant } }

    /// The oldest among the members that the facts know.
    package var version: Version? { members.compactMap { facts.servers[$0.server]?.version }.min() }

    package func version(of server: ServerName) -> Version? { facts.servers[server]?.version }

    package func config(of server: ServerName) -> ZooConfig? { facts.servers[server]?.config.map { ZooConfig($0) } }

    // MARK: What people name

    /// `zk4` or `zk4@v3.8.0`; the installation is that of most members unless given.
    package func server(_ text: String) throws(NoPlan) -> ServerName {
        let name = ServerName(text) ?? ServerName(host: text, installation: installation)
        guard inventory.servers[name] != nil else {
            let names = inventory.servers.keys.sorted()
            let near = nearest(text, among: names.map(\.description) + Set(names.map(\.host)))
            throw NoPlan(
                "The inventory has no server `\(text)`"
                    + (near.map { "; did you mean `\($0)`?" }
                        ?? ": it has \(names.map(\.description).joined(separator: ", "))."))
        }
        return name
    }

    package func member(_ text: String) throws(NoPlan) -> Member {
        let server = try server(text)
        guard let member = members.first(where: { $0.server.host == server.host }) else {
            throw NoPlan("\(server) is no member of the ensemble; its members are \(Self.list(servers)).")
        }
        return member
    }

    /// A server that may become a member: stopped, no member, and with a configuration to put the list into.
    package func newcomer(_ text: String) throws(NoPlan) -> ServerName {
        let server = try server(text)
        if let member = members.first(where: { $0.server.host == server.host }) {
            throw NoPlan("\(server) can't join: its host is member \(member.id) already.")
        }
        if let busy = facts.servers.filter({ $0.key.host == server.host && $0.value.running }).keys.sorted().first {
            throw NoPlan("\(server) can't join: \(busy) runs on its host and holds its ports.")
        }
        guard config(of: server) != nil else {
            throw NoPlan(
                "\(server) has no zoo.cfg that the facts know of. Put one there first (`put_file` does), with dataDir and ports; the server lines come from the plan."
            )
        }
        return server
    }

    /// - Parameter why: what the plan needs the quorum for.
    package func requireQuorum() throws(NoPlan) {
        guard serves else {
            throw NoPlan(
                "No quorum serves, and this kind of plan needs one. `zkops ensemble doctor` names what is wrong and the plan that cures it."
            )
        }
    }

    package func requireAllServe() throws(NoPlan) {
        try requireQuorum()
        let missing = members.filter { !$0.running || facts.servers[$0.server]?.mode.serves != true }
        guard missing.isEmpty else {
            throw NoPlan(
                "\(Self.list(missing.map(\.server))) \(missing.count == 1 ? "doesn't" : "don't") serve, so the ensemble tolerates less than it should. "
                    + "`zkops ensemble doctor` names the plan that brings \(missing.count == 1 ? "it" : "them") back; do that first."
            )
        }
    }

    /// `zk1@v3.8.0, zk2@v3.8.0 and zk3@v3.8.0`
    static func list(_ servers: some Sequence<ServerName>) -> String {
        let names = servers.map(\.description)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

/// Why no plan was written, in a sentence or two that say what to do.
package struct NoPlan: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable {
        /// What was asked for can't be written here.
        case impossible
        /// It can be written, and no way to do it verifies.
        case unsafe
    }

    package var code: Code
    package var description: String

    package init(_ description: String, code: Code = .impossible) {
        self.code = code
        self.description = description
    }
}
