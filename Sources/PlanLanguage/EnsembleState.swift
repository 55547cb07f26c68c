package import EnsembleModel

/// What is expected of every server at one point of a plan: the facts, changed by the effects of the operations so far.
/// nil is "not known".
package struct EnsembleState: Sendable, Hashable {
    package var servers: [ServerName: ServerState]
    /// Every name and address by which configurations may call a host, with the inventory's name for it.
    package var hostNames: [String: String] = [:]

    package init(servers: [ServerName: ServerState]) { self.servers = servers }
}

package struct ServerState: Sendable, Hashable {
    package enum Data: Sendable, Hashable {
        case unknown
        case empty
        /// `origin`: the server whose transactions these are, itself unless they were copied.
        case present(origin: ServerName)
    }

    package var running: Bool
    package var mode: Mode?
    package var version: Version?
    package var myid: ServerID?
    package var config: String?
    /// The configuration and myid of the process; nil where none runs.
    package var loadedConfig: String?
    package var loadedMyid: ServerID?
    package var data: Data
    package var electionListener: ListenerState?
    package var files: [String: String]

    package init(
        running: Bool = false, mode: Mode? = .stopped, version: Version? = nil, myid: ServerID? = nil,
        config: String? = nil, loadedConfig: String? = nil, loadedMyid: ServerID? = nil, data: Data = .empty,
        electionListener: ListenerState? = nil, files: [String: String] = [:]
    ) {
        self.running = running
        self.mode = mode
        self.version = version
        self.myid = myid
        self.config = config
        self.loadedConfig = loadedConfig
        self.loadedMyid = loadedMyid
        self.data = data
        self.electionListener = electionListener
        self.files = files
    }
}
