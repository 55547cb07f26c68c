import Glibc

/// Opens sessions by the system's `ssh`: one process a host, whose control socket carries everything.
final class OpenSSHConnector: HostConnector {
    private let person: LibSSH2Connector.Person
    private let limits: SSHLimits
    private let nonces: NonceSource
    private let planner: TransportPlanner

    init(person: LibSSH2Connector.Person, limits: SSHLimits, seed: UInt64) {
        self.person = person
        self.limits = limits
        nonces = NonceSource(seed: seed)
        planner = TransportPlanner(person: person, limits: limits, passphrases: PassphraseStore(prompt: nil))
    }

    func connect(_ endpoint: Endpoint) async throws(HostError) -> any HostSession {
        let configuration = try OpenSSHConfiguration.make(
            endpoint, try await planner.resolve(endpoint), limits: limits)
        var environment = ChildProcess.environment(person.home) + ["LC_ALL=C"]
        if let socket = person.agentSocket { environment.append("SSH_AUTH_SOCK=\(socket)") }
        let master = OpenSSHMaster(
            host: endpoint.host, folder: try newFolder(endpoint.host), configuration: configuration,
            environment: environment, limits: limits, nonces: nonces,
            startLimit: endpoint.connectLimit + limits.keyExchange + limits.authentication)
        do throws(HostError) {
            try await master.start()
        } catch {
            await master.close()
            throw error
        }
        return OpenSSHSession(endpoint: endpoint, master: master, nonces: nonces)
    }

    /// Every connection belongs to its session.
    func close() async {}

    /// A private folder for a host's files, which its connection removes. Its path is short, since a socket's has 108 bytes
    /// (unix(7)), of which `ssh` adds 17 for a moment.
    private func newFolder(_ host: String) throws(HostError) -> String {
        var name = Array("/tmp/zkops-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else {
            let reason = FileFailure(number: errno).reason
            throw HostError(
                .configurationInvalid, host: host,
                "No private folder for the control socket of ssh could be made in /tmp: \(reason).")
        }
        return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
