/// How one host is reached: the `ssh:` keys of the inventory, merged for the host, with `~` expanded.
package struct Endpoint: Sendable, Equatable {
    package enum Transport: String, Sendable { case libssh2, openssh }

    package var host: String
    package var address: String
    package var port: UInt16?
    package var user: String?
    package var identityFiles: [String]
    package var knownHosts: [String]
    /// Hops in order, each `user@host:port` with user and port optional.
    package var jump: [String]
    /// An OpenSSH client configuration to honour, resolved by `ssh -G`.
    package var configFile: String?
    /// The only value is `sudo`.
    package var become: String?
    package var connectLimit: Duration
    package var transport: Transport

    package init(
        host: String, address: String, port: UInt16? = nil, user: String? = nil, identityFiles: [String] = [],
        knownHosts: [String] = [], jump: [String] = [], configFile: String? = nil, become: String? = nil,
        connectLimit: Duration = .seconds(10), transport: Transport = .libssh2
    ) {
        self.host = host
        self.address = address
        self.port = port
        self.user = user
        self.identityFiles = identityFiles
        self.knownHosts = knownHosts
        self.jump = jump
        self.configFile = configFile
        self.become = become
        self.connectLimit = connectLimit
        self.transport = transport
    }
}

/// Opens sessions. One value serves a whole run: it keeps one connection a bastion for all hosts behind it.
package protocol HostConnector: Sendable {
    func connect(_ endpoint: Endpoint) async throws(HostError) -> any HostSession
    /// Closes the connections to bastions; sessions are closed by whoever opened them.
    func close() async
}
