/// A host reached by libssh2; calls run side by side on channels of one connection.
package final class LibSSH2Session: HostSession {
    package let host: String
    let pool: TransportPool
    let endpoint: Endpoint
    let nonces: NonceSource
    let facts = Watched(SessionFacts())

    init(endpoint: Endpoint, pool: TransportPool, nonces: NonceSource) {
        host = endpoint.host
        self.endpoint = endpoint
        self.pool = pool
        self.nonces = nonces
    }

    /// What was learnt of the host on the way.
    struct SessionFacts: Sendable {
        /// Whether the sftp subsystem is known to be missing or unusable.
        var lacksSFTP = false
        /// Whether the server forwards connections at all; nil before it was tried.
        var forwards: Bool?
    }

    var usesSudo: Bool { endpoint.become == "sudo" }

    package func run(
        _ command: RemoteCommand, input: ByteSource?, output: ByteSink?, limit: Duration
    ) async throws(HostError) -> CommandResult {
        let started = ContinuousClock.now
        let deadline = started + limit
        var command = command
        // Without a `become` in the inventory the user is the one who may do everything.
        command.becomes = command.becomes && usesSudo
        let line = RemoteCommandLine(command, sudo: command.becomes, nonce: nonces.text())
        let channel: SSHChannel
        do throws(TransportPool.OpenFailure) {
            channel = try await pool.open(
                .command(line.text), hasInput: input != nil || !line.prelude.isEmpty, until: deadline)
        } catch {
            switch error {
            case .error(let error): throw error
            case .refused(let text):
                throw HostError(
                    .channelRefused, host: host,
                    "The server refused a session on a connection without any (\(text)): see MaxSessions in its sshd_config."
                )
            case .lostAfterStart(let phase):
                return CommandResult(
                    end: .lost(phase), output: [], errors: [], truncated: false, took: .now - started)
            }
        }
        return try await CommandRun(
            host: host, channel: channel, line: line, command: command, input: input, output: output,
            started: started, deadline: deadline
        ).run()
    }

    package func write(
        _ source: @escaping ByteSource, to path: String, mode: UInt16, limit: Duration
    ) async throws(HostError) -> String {
        try await files.write(source, to: path, mode: mode, limit: limit)
    }

    package func read(_ path: String, limitBytes: Int) async throws(HostError) -> [UInt8] {
        try await files.read(path, limitBytes: limitBytes)
    }

    package func connect(
        to address: String, port: UInt16, limit: Duration
    ) async throws(HostError) -> any ByteStream {
        do throws(TransportPool.OpenFailure) {
            let channel = try await pool.open(.tunnel(address: address, port: port), until: .now + limit)
            return TunnelStream(host: host, target: "\(address):\(port)", channel: channel)
        } catch {
            switch error {
            case .error(let error): throw error
            case .refused(let text): throw try await refusal(of: "\(address):\(port)", text)
            case .lostAfterStart:
                throw HostError(
                    .connectionLost, host: host, "The connection was lost while \(address):\(port) was opened.")
            }
        }
    }

    package func close() async {
        await pool.close()
    }

    /// Tells a target that refuses from a server that forwards nothing: libssh2 gives one code for both. A tunnel to the
    /// SSH server's own port shows which it is.
    private func refusal(of target: String, _ text: String) async throws(HostError) -> HostError {
        var forwards = facts.read { $0.forwards }
        if forwards == nil {
            forwards = try await forwardsToItself()
            facts.update { $0.forwards = forwards }
        }
        return forwards == true
            ? HostError(
                .connectionRefused, host: host, "\(target), seen from the host, refused the connection (\(text)).")
            : HostError(
                .forwardingRefused, host: host,
                "The server forwards no connections (\(text)): allow it in its sshd_config (AllowTcpForwarding, "
                    + "PermitOpen).")
    }

    private func forwardsToItself() async throws(HostError) -> Bool {
        let answer = try await run(
            RemoteCommand(#"printf %s "$SSH_CONNECTION""#), input: nil, output: nil, limit: .seconds(10))
        let words = answer.outputText.split(separator: " ").map(String.init)
        guard answer.succeeded, words.count == 4, let port = UInt16(words[3]) else { return false }
        do throws(TransportPool.OpenFailure) {
            let channel = try await pool.open(.tunnel(address: words[2], port: port), until: .now + .seconds(10))
            channel.abandon()
            return true
        } catch {
            if case .error(let error) = error { throw error }
            return false
        }
    }
}
