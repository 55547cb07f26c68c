/// Opens sessions by the transport that the inventory names. This is the one place that knows of both.
package final class SSHConnector: HostConnector {
    private let native: LibSSH2Connector
    private let system: OpenSSHConnector

    /// - Parameters:
    ///   - prompt: asks for the passphrase of an encrypted key file; nil where there is nobody to ask.
    ///   - seed: of the random numbers used for temporary names, marks and the spread of retries.
    package init(
        person: LibSSH2Connector.Person, prompt: PassphrasePrompt? = nil, limits: SSHLimits = SSHLimits(), seed: UInt64
    ) {
        native = LibSSH2Connector(person: person, prompt: prompt, limits: limits, seed: seed)
        system = OpenSSHConnector(person: person, limits: limits, seed: ~seed)
    }

    package func connect(_ endpoint: Endpoint) async throws(HostError) -> any HostSession {
        guard endpoint.become == nil || endpoint.become == "sudo" else {
            throw HostError(
                .configurationInvalid, host: endpoint.host,
                "`become: \(endpoint.become ?? "")` is unknown: the only value is `sudo`.")
        }
        switch endpoint.transport {
        case .libssh2: return try await native.connect(endpoint)
        case .openssh: return try await system.connect(endpoint)
        }
    }

    package func close() async {
        await native.close()
        await system.close()
    }
}
