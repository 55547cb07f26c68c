/// One command on its channel: feeds it, reads both of its streams to their ends, and says how it ended.
struct CommandRun: Sendable {
    let host: String
    let channel: SSHChannel
    let line: RemoteCommandLine
    let command: RemoteCommand
    let input: ByteSource?
    let output: ByteSink?
    let started: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant

    private enum Part: Sendable {
        case input(HostError?)
        case stream(NativeChannel.Stream, Collected)
        case limit
        case none
    }

    struct Collected: Sendable {
        var bytes: [UInt8] = []
        var truncated = false
        var hasStarted = false
        /// What the end mark says.
        var told: Int32?
        var stopped: CommandEnd.LostPhase?
        var failure: HostError?
    }

    func run() async throws(HostError) -> CommandResult {
        var outputs = Collected()
        var errors = Collected()
        var failure: HostError?
        var limitPassed = false
        await withTaskGroup(of: Part.self) { group in
            group.addTask { .input(await feed()) }
            group.addTask { .stream(.output, await collect(.output, into: output)) }
            group.addTask { .stream(.errors, await collect(.errors, into: nil)) }
            group.addTask {
                do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return .none }
                return .limit
            }
            var open = 2
            while open > 0, let part = await group.next() {
                switch part {
                case .input(let problem):
                    if let problem {
                        failure = problem
                        channel.abandon()
                    }
                case .stream(let stream, let collected):
                    open -= 1
                    if stream == .output { outputs = collected } else { errors = collected }
                    if collected.stopped != nil || collected.failure != nil { channel.abandon() }
                case .limit:
                    limitPassed = true
                    channel.abandon()
                case .none: break
                }
            }
            group.cancelAll()
        }
        if let failure = failure ?? outputs.failure { throw failure }
        let end = await end(outputs, errors, limitPassed: limitPassed)
        let refused = command.becomes && !errors.hasStarted && !outputs.hasStarted
        if refused, case .exited(let status) = end { throw becomeRefused(status, errors.bytes) }
        return CommandResult(
            end: end, output: outputs.bytes, errors: errors.bytes, truncated: outputs.truncated || errors.truncated,
            took: .now - started)
    }

    /// - Returns: the failure of the source, if it failed.
    private func feed() async -> HostError? {
        do throws(WaitEnd) {
            if !line.prelude.isEmpty, try await channel.write(line.prelude) == .refused { return nil }
        } catch {
            return nil
        }
        if let input {
            do {
                while let piece = try await input() {
                    // A command may end without having read everything; its status says whether that was right.
                    if try await channel.write(piece) == .refused { return nil }
                }
            } catch is WaitEnd {
                return nil
            } catch {
                if Task.isCancelled { return nil }
                return Self.failure(of: "source of its input", error, host: host)
            }
        }
        if input != nil || !line.prelude.isEmpty { channel.finishWriting() }
        return nil
    }

    private func collect(_ stream: NativeChannel.Stream, into sink: ByteSink?) async -> Collected {
        var marked = MarkedStream(startMark: line.startMark, endMark: stream == .errors ? line.endMark : nil)
        var collected = Collected()
        var ended = false
        while !ended {
            var piece: [UInt8] = []
            do throws(WaitEnd) {
                switch try await channel.read(stream) {
                case .bytes(let bytes): piece = marked.pass(bytes)
                case .endOfFile:
                    piece = marked.finish()
                    ended = true
                case .broken(let end):
                    piece = marked.finish()
                    ended = true
                    if case .lost = end { collected.stopped = .connectionLost }
                }
            } catch {
                collected.stopped = .cancelled
                piece = marked.finish()
                ended = true
            }
            guard !piece.isEmpty else { continue }
            if let sink {
                do {
                    try await sink(piece)
                } catch {
                    if !Task.isCancelled {
                        collected.failure = Self.failure(of: "receiver of its output", error, host: host)
                    }
                    collected.stopped = .cancelled
                    ended = true
                }
            } else {
                let room = command.outputLimit - collected.bytes.count
                collected.bytes.append(contentsOf: piece.prefix(max(0, room)))
                if piece.count > room { collected.truncated = true }
            }
        }
        collected.hasStarted = marked.hasStarted
        collected.told = marked.status
        if !marked.hasStarted { collected.bytes = marked.preamble }
        return collected
    }

    private func end(_ outputs: Collected, _ errors: Collected, limitPassed: Bool) async -> CommandEnd {
        let end: SSHChannel.End
        var stopped = outputs.stopped ?? errors.stopped
        do throws(WaitEnd) {
            end = try await channel.end(until: deadline)
        } catch {
            channel.abandon()
            stopped = error == .cancelled ? .cancelled : .limitPassed
            end = .abandoned
        }
        if limitPassed { stopped = .limitPassed }
        switch end {
        case .closed(let status, let signal):
            return Self.end(status: status, signal: signal, told: errors.told, started: errors.hasStarted)
        case .abandoned, .notStarted, .refused, .startRefused, .lost:
            // The mark is written after the script has ended; what happens later can't change that.
            if let told = errors.told { return .exited(told) }
            return .lost(stopped ?? .connectionLost)
        }
    }

    /// libssh2 1.10 gives the status 0 for a command that a signal killed and where no status came at all. A shell that
    /// began and left no mark was killed; the shell around it says by what (POSIX.1-2017, XCU 2.8.2).
    static func end(status: Int32, signal: String?, told: Int32?, started: Bool = true) -> CommandEnd {
        if let signal { return .signalled(signal) }
        if told == nil, started, let name = Self.signals[status &- 128] { return .signalled(name) }
        if status != 0 { return .exited(status) }
        return told == nil ? .noStatus : .exited(0)
    }

    private static let signals: [Int32: String] = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 11: "SEGV", 13: "PIPE",
        14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ",
    ]

    private func becomeRefused(_ status: Int32, _ errors: [UInt8]) -> HostError {
        let text = String(decoding: errors, as: UTF8.self).split(separator: "\n").last.map { ": \($0)" } ?? ""
        return HostError(
            .becomeRefused, host: host,
            "`sudo -n` did not run the command (status \(status)\(text)): allow this user to run sh without a password "
                + "(NOPASSWD in sudoers), or connect as another user.")
    }

    private static func failure(of what: String, _ error: any Error, host: String) -> HostError {
        if let error = error as? HostError { return error }
        return HostError(.transferFailed, host: host, "The command was given up: the \(what) failed (\(error)).")
    }
}
