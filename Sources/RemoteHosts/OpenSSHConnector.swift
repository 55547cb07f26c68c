import Glibc
import Synchronization

/// Opens sessions by the system's `ssh`: one process a host, whose control socket carries everything.
final class OpenSSHConnector: HostConnector {
    private let person: LibSSH2Connector.Person
    private let limits: SSHLimits
    private let nonces: NonceSource
    private let planner: TransportPlanner
    /// A private folder for configurations and control sockets, made when first needed.
    private let folder = Mutex<(path: String?, used: Int)>((nil, 0))

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
            host: endpoint.host, place: try newPlace(endpoint.host), configuration: configuration,
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

    func close() async {
        folder.withLock { folder in
            if let path = folder.path { _ = unsafe rmdir(path) }
            folder.path = nil
        }
    }

    /// A path for a host's files, short since a socket's path has 108 bytes (unix(7)), and `ssh` adds 17 for a moment.
    private func newPlace(_ host: String) throws(HostError) -> String {
        let place = folder.withLock { folder -> String? in
            if folder.path == nil {
                var name = Array("/tmp/zkops-XXXXXX".utf8CString)
                guard unsafe mkdtemp(&name) != nil else { return nil }
                folder.path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            folder.used += 1
            return folder.path.map { "\($0)/\(folder.used)" }
        }
        guard let place else {
            throw HostError(
                .configurationInvalid, host: host,
                "No private folder for the control sockets of ssh could be made in /tmp: \(FileFailure(number: errno).reason)."
            )
        }
        return place
    }
}
