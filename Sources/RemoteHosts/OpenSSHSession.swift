/// A host reached by the system's `ssh`; calls run side by side over its control socket.
final class OpenSSHSession: HostSession {
    let host: String
    let master: OpenSSHMaster
    private let nonces: NonceSource
    private let usesSudo: Bool

    init(endpoint: Endpoint, master: OpenSSHMaster, nonces: NonceSource) {
        host = endpoint.host
        self.master = master
        self.nonces = nonces
        usesSudo = endpoint.become == "sudo"
    }

    private var files: FileTransfer { FileTransfer(session: self, usesSudo: usesSudo, nonces: nonces) }

    func run(
        _ command: RemoteCommand, input: ByteSource?, output: ByteSink?, limit: Duration
    ) async throws(HostError) -> CommandResult {
        let started = ContinuousClock.now
        let deadline = started + limit
        var command = command
        command.becomes = command.becomes && usesSudo
        let line = RemoteCommandLine(command, sudo: command.becomes, nonce: nonces.text(), telling: true)
        let channel: SSHChannel
        do throws(TransportPool.OpenFailure) {
            channel = try await master.open(
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

    func write(
        _ source: @escaping ByteSource, to path: String, mode: UInt16, limit: Duration
    ) async throws(HostError) -> String {
        try await files.write(source, to: path, mode: mode, limit: limit)
    }

    func read(_ path: String, limitBytes: Int) async throws(HostError) -> [UInt8] {
        try await files.read(path, limitBytes: limitBytes)
    }

    func connect(to address: String, port: UInt16, limit: Duration) async throws(HostError) -> any ByteStream {
        let target = "\(address):\(port)"
        do throws(TransportPool.OpenFailure) {
            let channel = try await master.open(
                .tunnel(address: address, port: port), hasInput: true, until: .now + limit)
            return TunnelStream(host: host, target: target, channel: channel)
        } catch {
            switch error {
            case .error(let error): throw error
            case .refused(let text):
                throw await forwardsToItself()
                    ? HostError(
                        .connectionRefused, host: host,
                        "\(target), seen from the host, refused the connection (\(text)).")
                    : HostError(
                        .forwardingRefused, host: host,
                        "The server forwards no connections (\(text)): allow it in its sshd_config (AllowTcpForwarding, "
                            + "PermitOpen).")
            case .lostAfterStart:
                throw HostError(.connectionLost, host: host, "The connection was lost while \(target) was opened.")
            }
        }
    }

    func close() async {
        await master.close()
    }

    /// `ssh` says only that the channel was refused. A tunnel to the SSH server's own port shows whether any would do.
    private func forwardsToItself() async -> Bool {
        let answer = try? await run(
            RemoteCommand(#"printf %s "$SSH_CONNECTION""#), input: nil, output: nil, limit: .seconds(10))
        let words = answer?.outputText.split(separator: " ").map(String.init) ?? []
        guard words.count == 4, let port = UInt16(words[3]) else { return false }
        let channel = try? await master.open(
            .tunnel(address: words[2], port: port), hasInput: true, until: .now + .seconds(10))
        channel?.abandon()
        return channel != nil
    }
}
