/// A host reached by the system's `ssh`; calls run side by side over its control socket.
final class OpenSSHSession: ChannelSession {
    let host: String
    let master: OpenSSHMaster
    let nonces: NonceSource
    let usesSudo: Bool
    let needsTeller = true
    let forwards = Watched<Bool?>(nil)

    init(endpoint: Endpoint, master: OpenSSHMaster, nonces: NonceSource) {
        host = endpoint.host
        self.master = master
        self.nonces = nonces
        usesSudo = endpoint.become == "sudo"
    }

    func open(
        _ kind: SSHChannel.Kind, hasInput: Bool, until deadline: ContinuousClock.Instant
    ) async throws(TransportPool.OpenFailure) -> SSHChannel {
        try await master.open(kind, hasInput: hasInput, until: deadline)
    }

    func close() async { await master.close() }
}
