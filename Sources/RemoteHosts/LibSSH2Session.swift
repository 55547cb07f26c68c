/// A host reached by libssh2; calls run side by side on channels of one connection.
final class LibSSH2Session: ChannelSession {
    let host: String
    let pool: TransportPool
    let nonces: NonceSource
    let usesSudo: Bool
    let needsTeller = false
    let forwards = Watched<Bool?>(nil)

    init(endpoint: Endpoint, pool: TransportPool, nonces: NonceSource) {
        host = endpoint.host
        usesSudo = endpoint.become == "sudo"
        self.pool = pool
        self.nonces = nonces
    }

    func open(
        _ kind: SSHChannel.Kind, hasInput: Bool, until deadline: ContinuousClock.Instant
    ) async throws(TransportPool.OpenFailure) -> SSHChannel {
        try await pool.open(kind, hasInput: hasInput, until: deadline)
    }

    func close() async { await pool.close() }
}
