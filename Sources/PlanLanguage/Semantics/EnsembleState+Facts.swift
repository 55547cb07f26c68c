package import EnsembleModel

extension EnsembleState {
    /// The state that the facts tell of, for every server of the inventory. A server left out of the facts is stopped and
    /// holds nothing.
    package init(facts: EnsembleFacts, inventory: Inventory) {
        let names = Set(inventory.servers.keys).union(facts.servers.keys)
        self.init(
            servers: Dictionary(
                uniqueKeysWithValues: names.map { name in
                    (name, facts.servers[name].map { ServerState(facts: $0, of: name) } ?? ServerState())
                }))
        for host in inventory.hosts {
            hostNames[host.address] = host.name
            hostNames[host.quorumAddress] = host.name
        }
        // A host's own name wins over an address of another that is spelled like it.
        for host in inventory.hosts { hostNames[host.name] = host.name }
    }
}

extension ServerState {
    init(facts: ServerFacts, of name: ServerName) {
        self.init(
            running: facts.running, mode: facts.plannedMode, version: facts.version, myid: facts.myid,
            config: facts.config, loadedConfig: facts.running ? facts.loadedConfig ?? facts.config : nil,
            loadedMyid: facts.running ? facts.loadedMyid ?? facts.myid : nil,
            electionListener: facts.electionListener, files: facts.files)
        data =
            switch facts.holdsData {
            case true?: .present(origin: name)
            case false?: .empty
            case nil: .unknown
            }
    }
}

extension ServerFacts {
    /// nil where a process runs and nothing is said of its mode.
    var plannedMode: Mode? {
        guard running else { return .stopped }
        return mode == .stopped ? nil : mode
    }

    /// Whether there are transactions on its disk; nil where the facts don't say.
    package var holdsData: Bool? {
        if running, mode.serves { return true }
        if let zxid, zxid > Zxid(0) { return true }
        switch (snapshot, log) {
        case (.at?, _), (_, .at?): return true
        case (ServerFacts.Newest.none?, ServerFacts.Newest.none?): return false
        default: return nil
        }
    }
}
