/// Everything that a connection's thread needs to know to connect, check and authenticate.
struct TransportPlan: Sendable {
    enum Route: Sendable {
        case tcp
        /// A socket that a bridge joins to the host through a bastion. It belongs to the connection.
        case bridged(Int32)
    }

    /// The name in the inventory, for errors.
    var host: String
    var address: String
    var port: UInt16
    var user: String
    /// The name under which the server's key is known: the address, or OpenSSH's `HostKeyAlias`.
    var keyName: String
    var identityFiles: [String]
    /// Whether only keys of ``identityFiles`` may be offered from the agent (`IdentitiesOnly`).
    var identitiesOnly = false
    var agentSocket: String?
    var knownHosts: [String]
    var connectLimit: Duration
    var limits: SSHLimits
    var passphrases: PassphraseStore
    var route = Route.tcp

    var place: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

    func error(_ code: HostError.Code, _ message: String) -> HostError {
        HostError(code, host: host, message)
    }
}
