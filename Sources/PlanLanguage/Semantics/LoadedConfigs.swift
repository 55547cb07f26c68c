import EnsembleModel

/// What the running servers of a state have loaded, each different text read once.
struct LoadedConfigs {
    struct Membership {
        /// nil where the members stand in a dynamic configuration file.
        var members: [ServerID: MemberAddress]?
        var rule: QuorumRule
    }

    private let state: EnsembleState
    private var byText: [String: Membership] = [:]
    /// Running servers by host, in order.
    private var running: [String: [(name: ServerName, myid: ServerID)]] = [:]

    init(_ state: EnsembleState) {
        self.state = state
        for (name, server) in state.servers where server.running {
            if let myid = server.loadedMyid { running[name.host, default: []].append((name, myid)) }
            guard let text = server.loadedConfig, byText[text] == nil else { continue }
            byText[text] = Membership(members: EnsembleState.members(of: text), rule: ZooConfig(text).quorumRule)
        }
        for host in running.keys { running[host]?.sort { $0.name < $1.name } }
    }

    /// nil where the server doesn't run or what it has loaded isn't known.
    func membership(of server: ServerName) -> Membership? {
        state.servers[server]?.loadedConfig.flatMap { byText[$0] }
    }

    /// The running server that a member line means: the one on that host whose process has that myid.
    func server(_ id: ServerID, at address: MemberAddress) -> ServerName? {
        running[state.hostName(of: address.host) ?? address.host]?.first { $0.myid == id }?.name
    }

    func peers(listedBy server: ServerName) -> Set<ServerName> {
        var peers: Set<ServerName> = [server]
        for (id, address) in membership(of: server)?.members ?? [:] {
            if let peer = self.server(id, at: address) { peers.insert(peer) }
        }
        return peers
    }
}
