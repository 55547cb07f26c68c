import Glibc

/// The `ssh` process that holds the connection to one host, started anew where it has ended.
///
/// It runs below a shell that ends it once its own standard input ends, so that it does not outlive zkops, however zkops ends.
final class OpenSSHMaster: Sendable {
    private enum Phase: Sendable, Equatable {
        case down, starting, closed
        case up(Process)
    }

    private struct Process: Sendable, Equatable {
        var shell: pid_t
        /// Closing it ends the process.
        var leash: Int32
        var errors: Int32
    }

    private struct State: Sendable {
        var phase = Phase.down
        var running = 0
        var ended = 0
    }

    private static let keeper = #""$@" </dev/null & exec 2>/dev/null; read -r _; kill $!; wait"#

    let host: String
    /// Holds the control socket and the configuration, and goes away with the connection.
    let folder: String
    private let configuration: OpenSSHConfiguration
    private let environment: [String]
    private let limits: SSHLimits
    private let nonces: NonceSource
    private let startLimit: Duration
    private let state = Watched(State())
    private var place: String { "\(folder)/s" }
    private var configurationFile: String { "\(folder)/config" }

    init(
        host: String, folder: String, configuration: OpenSSHConfiguration, environment: [String], limits: SSHLimits,
        nonces: NonceSource, startLimit: Duration
    ) {
        self.host = host
        self.folder = folder
        self.configuration = configuration
        self.environment = environment
        self.limits = limits
        self.nonces = nonces
        self.startLimit = startLimit
    }

    /// Waits until there is a connection, making one where there is none.
    func start(until deadline: ContinuousClock.Instant? = nil) async throws(HostError) {
        let found: Phase
        do throws(WaitEnd) {
            if Task.isCancelled { throw .cancelled }
            found = try await state.wait(until: deadline) { state -> Phase? in
                switch state.phase {
                case .starting: return nil
                case .closed, .up: return state.phase
                case .down:
                    state.phase = .starting
                    return .down
                }
            }
        } catch {
            throw error == .cancelled
                ? HostError(.cancelled, host: host, "Connecting was cancelled.")
                : HostError(.limitPassed, host: host, "The limit passed before there was a connection.")
        }
        if found == .closed { throw HostError(.connectionLost, host: host, "The session is closed.") }
        guard found == .down else { return }
        do throws(HostError) {
            let process = try await launch()
            let closed = state.update { state in
                if state.phase == .closed { return true }
                state.phase = .up(process)
                return false
            }
            if closed { await end(process) }
        } catch {
            state.update { if $0.phase != .closed { $0.phase = .down } }
            throw error
        }
    }

    /// Opens a channel. Where the server allows no more of them at once, it waits for another to end.
    func open(
        _ kind: SSHChannel.Kind, hasInput: Bool, until deadline: ContinuousClock.Instant
    ) async throws(TransportPool.OpenFailure) -> SSHChannel {
        var losses = 0
        while true {
            do throws(HostError) { try await start(until: deadline) } catch { throw .error(error) }
            let before = state.update { state in
                state.running += 1
                return state.ended
            }
            let wakeUp = WakeUp()
            let channel = SSHChannel(kind, hasInput: hasInput) { wakeUp.signal() }
            let socket = place
            OwnThread.start { [state] in
                MuxChannel(channel, socket: socket, wakeUp: wakeUp).run()
                state.update { state in
                    state.running -= 1
                    state.ended += 1
                }
            }
            do throws(WaitEnd) {
                switch try await channel.opened(until: deadline) {
                // A short command may have ended before this task looks.
                case nil, .closed: return channel
                case .lost(beforeStart: true) where losses < 2:
                    losses += 1
                    await fell()
                case .refused:
                    let others = try await state.wait(until: deadline) { state -> Bool? in
                        state.ended > before + 1 ? true : state.running == 0 ? false : nil
                    }
                    if !kind.isSession || !others { throw WaitEnd.limitPassed }
                case .some: throw WaitEnd.limitPassed
                }
            } catch {
                throw failure(channel, error)
            }
        }
    }

    private func failure(_ channel: SSHChannel, _ end: WaitEnd) -> TransportPool.OpenFailure {
        let phase = channel.watched.read { $0.phase }
        channel.abandon()
        if case .ended(.refused(let text)) = phase, !Task.isCancelled { return .refused(text) }
        let cause: CommandEnd.LostPhase =
            if case .ended = phase { .connectionLost } else { Task.isCancelled ? .cancelled : .limitPassed }
        if case .tunnel = channel.kind {
            return switch cause {
            case .connectionLost: .error(HostError(.connectionLost, host: host, "The connection was lost."))
            case .cancelled: .error(HostError(.cancelled, host: host, "The call was cancelled."))
            case .limitPassed:
                .error(HostError(.limitPassed, host: host, "The limit passed before the tunnel was open."))
            }
        }
        return .lostAfterStart(cause)
    }

    func close() async {
        let process = state.update { state -> Process? in
            defer { state.phase = .closed }
            if case .up(let process) = state.phase { return process }
            return nil
        }
        if let process { await end(process) }
        _ = unsafe unlink(configurationFile)
        _ = unsafe rmdir(folder)
    }

    /// The process does not answer at its socket any more.
    private func fell() async {
        let process = state.update { state -> Process? in
            guard case .up(let process) = state.phase else { return nil }
            state.phase = .down
            return process
        }
        if let process { await end(process) }
    }

    private func end(_ process: Process) async {
        _ = Glibc.close(process.leash)
        _ = Glibc.close(process.errors)
        await OwnThread.run {
            var status: Int32 = 0
            while unsafe waitpid(process.shell, &status, 0) < 0, errno == EINTR {}
        }
        _ = unsafe unlink(place)
    }

    // MARK: Starting

    private func launch() async throws(HostError) -> Process {
        var attempt = 1
        while true {
            let given = Watched(false)
            let outcome = await withTaskCancellationHandler {
                await OwnThread.run { [self] in launchOnce(isCancelled: { given.read { $0 } }) }
            } onCancel: {
                given.update { $0 = true }
            }
            switch outcome {
            case .success(let process): return process
            case .failure(let end):
                if let process = end.process { await self.end(process) }
                if given.read({ $0 }) { throw HostError(.cancelled, host: host, "Connecting was cancelled.") }
                let failure = OpenSSHFailure(end.said, timedOut: end.timedOut)
                guard failure.isRetryable, attempt < limits.attempts else { throw failure.error(host) }
                do {
                    let longest = min(2.0, 0.1 * Double(1 << attempt))
                    try await Task.sleep(for: .seconds(longest * (0.3 + 0.7 * nonces.fraction())))
                } catch {
                    throw HostError(.cancelled, host: host, "Connecting was cancelled.")
                }
                attempt += 1
            }
        }
    }

    private struct LaunchEnd: Error {
        var process: Process?
        var said = ""
        var timedOut = false
    }

    /// Starts `ssh` and waits for its socket, which it makes once it is authenticated. Blocks the calling thread.
    private func launchOnce(isCancelled: () -> Bool) -> Result<Process, LaunchEnd> {
        let file = configurationFile
        var leash: [Int32] = [0, 0]
        var errors: [Int32] = [0, 0]
        guard writeFile(configuration.text, to: file), ChildProcess.pair(&leash) else {
            return .failure(LaunchEnd(said: "no configuration could be written in \(folder)"))
        }
        guard ChildProcess.pair(&errors) else {
            for end in leash { _ = Glibc.close(end) }
            return .failure(LaunchEnd(said: "too many files are open"))
        }
        let ssh = ["ssh", "-F", file, "-M", "-S", place, "-N", "-T", "--", OpenSSHConfiguration.target]
        let shell = ChildProcess.start(
            ["sh", "-c", Self.keeper, "zkops"] + ssh, environment: environment, input: leash[1], output: nil,
            errors: errors[1])
        _ = Glibc.close(leash[1])
        _ = Glibc.close(errors[1])
        guard let shell else {
            _ = Glibc.close(leash[0])
            _ = Glibc.close(errors[0])
            return .failure(LaunchEnd(said: "sh could not be started"))
        }
        let process = Process(shell: shell, leash: leash[0], errors: errors[0])
        let deadline = ContinuousClock.now + startLimit
        var said: [UInt8] = []
        while ContinuousClock.now < deadline, !isCancelled() {
            if unsafe access(place, F_OK) == 0 { return .success(process) }
            var wait = pollfd(fd: errors[0], events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&wait, 1, 5) > 0 else { continue }
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = unsafe recv(errors[0], &piece, piece.count, 0)
            if count <= 0 {
                return .failure(LaunchEnd(process: process, said: String(decoding: said, as: UTF8.self)))
            }
            said = Array((said + piece[..<count]).suffix(16 << 10))
        }
        return .failure(LaunchEnd(process: process, said: String(decoding: said, as: UTF8.self), timedOut: true))
    }

    private func writeFile(_ text: String, to path: String) -> Bool {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        let bytes = Array(text.utf8)
        return unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }
}
