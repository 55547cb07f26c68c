package import EnsembleModel

extension EnsembleState {
    /// The inventory's name for a host that a configuration calls by a name or an address; nil where the inventory
    /// doesn't know it.
    package func hostName(of address: String) -> String? { hostNames[address] }

    /// The members that a configuration text lists; nil where they stand in a dynamic configuration file, so that the
    /// text doesn't tell.
    package static func members(of config: String) -> [ServerID: MemberAddress]? {
        let config = ZooConfig(config)
        let members = config.members
        return members.isEmpty && config.dynamicConfigFile != nil ? nil : members
    }

    /// The running servers that list each other, directly or through others, each set once, in the order of its first server.
    package var runningEnsembles: [RunningEnsemble] {
        let loaded = LoadedConfigs(self)
        let running = servers.filter { $0.value.running }.keys.sorted()
        var links: [ServerName: Set<ServerName>] = [:]
        for server in running {
            for peer in loaded.peers(listedBy: server) {
                links[server, default: []].insert(peer)
                links[peer, default: []].insert(server)
            }
        }
        var seen: Set<ServerName> = []
        return running.compactMap { first in
            guard seen.insert(first).inserted else { return nil }
            var found = [first]
            var next = 0
            while next < found.count {
                for peer in (links[found[next]] ?? []).sorted() where seen.insert(peer).inserted { found.append(peer) }
                next += 1
            }
            return RunningEnsemble(servers: found.sorted(), in: self, loaded)
        }
    }

    /// The running servers of the ensemble that `server`, which runs, belongs to; itself included.
    package func ensemble(of server: ServerName) -> [ServerName] {
        runningEnsembles.first { $0.servers.contains(server) }?.servers ?? []
    }
}
