/// A session each of whose calls uses a channel of one connection. What the calls mean is the same whoever opens the channels.
protocol ChannelSession: HostSession {
    var nonces: NonceSource { get }
    var usesSudo: Bool { get }
    /// Whether an outer shell has to tell by its status that a signal killed a command; see ``RemoteCommandLine``.
    var needsTeller: Bool { get }
    /// Whether the server forwards connections at all; nil before it was tried.
    var forwards: Watched<Bool?> { get }

    func open(
        _ kind: SSHChannel.Kind, hasInput: Bool, until deadline: ContinuousClock.Instant
    ) async throws(TransportPool.OpenFailure) -> SSHChannel
}

extension ChannelSession {
    func run(
        _ command: RemoteCommand, input: ByteSource?, output: ByteSink?, limit: Duration
    ) async throws(HostError) -> CommandResult {
        let started = ContinuousClock.now
        let deadline = started + limit
        var command = command
        // Without a `become` in the inventory the user is the one who may do everything.
        command.becomes = command.becomes && usesSudo
        let line = RemoteCommandLine(command, sudo: command.becomes, nonce: nonces.text(), telling: needsTeller)
        let channel: SSHChannel
        do throws(TransportPool.OpenFailure) {
            channel = try await open(
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

    func connect(to address: String, port: UInt16, limit: Duration) async throws(HostError) -> any ByteStream {
        let target = "\(address):\(port)"
        do throws(TransportPool.OpenFailure) {
            let channel = try await open(.tunnel(address: address, port: port), hasInput: true, until: .now + limit)
            return TunnelStream(host: host, target: target, channel: channel)
        } catch {
            switch error {
            case .error(let error): throw error
            case .refused(let text): throw try await refusal(of: target, text)
            case .lostAfterStart:
                throw HostError(.connectionLost, host: host, "The connection was lost while \(target) was opened.")
            }
        }
    }

    /// Tells a target that refuses from a server that forwards nothing: both ways to a host give one answer for the two. A tunnel to
    /// the SSH server's own port shows which it is.
    private func refusal(of target: String, _ text: String) async throws(HostError) -> HostError {
        var forwards = self.forwards.read { $0 }
        if forwards == nil {
            forwards = try await forwardsToItself()
            self.forwards.update { $0 = forwards }
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
            let channel = try await open(
                .tunnel(address: words[2], port: port), hasInput: true, until: .now + .seconds(10))
            channel.abandon()
            return true
        } catch {
            if case .error(let error) = error { throw error }
            return false
        }
    }
}
