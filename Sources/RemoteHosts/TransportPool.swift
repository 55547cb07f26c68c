import Glibc

/// The connections to one host: one, as a rule.
///
/// libssh2 opens channels one after another, and a tunnel to an address that drops packets takes minutes to be refused.
/// Whoever would have to wait behind such a tunnel gets a second connection. A connection that ended while idle is made
/// anew for the next caller.
final class TransportPool: Sendable {
    typealias Dial = @Sendable () async throws(HostError) -> SSHTransport

    /// Why a channel is not there.
    enum OpenFailure: Error {
        /// Nothing was started.
        case error(HostError)
        /// The server refused the channel; the text is libssh2's.
        case refused(String)
        /// The command may have been started.
        case lostAfterStart(CommandEnd.LostPhase)
    }

    private struct State: Sendable {
        var transports: [SSHTransport] = []
        var dialling: Task<Void, Never>?
        /// How many dials have ended, and how the last one did.
        var dials = 0
        var failure: HostError?
        var waiting = 0
        var closed = false
    }

    private static let largest = 4

    private let host: String
    private let slowOpening: Duration
    private let state = Watched(State())
    private let dial: Dial

    init(host: String, slowOpening: Duration, dial: @escaping Dial) {
        self.host = host
        self.slowOpening = slowOpening
        self.dial = dial
    }

    /// Makes the first connection.
    func start() async throws(HostError) {
        _ = try await transport(avoiding: [], until: nil)
    }

    var isClosed: Bool { state.read { $0.closed } }

    func close() async {
        let (transports, dialling) = state.update { state in
            state.closed = true
            defer { state.transports = [] }
            return (state.transports, state.dialling)
        }
        dialling?.cancel()
        await withTaskGroup(of: Void.self) { group in
            for transport in transports { group.addTask { await transport.close() } }
        }
    }

    /// Opens a channel on a connection that is not busy opening a slow one. A descriptor in `kind` stays the caller's.
    func open(
        _ kind: SSHChannel.Kind, hasInput: Bool = true, until deadline: ContinuousClock.Instant?
    ) async throws(OpenFailure) -> SSHChannel {
        var slow: [SSHTransport] = []
        var staleTries = 0
        while true {
            let transport: SSHTransport
            do {
                transport = try await self.transport(avoiding: slow, until: deadline)
            } catch {
                throw .error(error)
            }
            if Task.isCancelled { throw stopped(.cancelled, started: false) }
            let channel = transport.submit(Self.own(kind), hasInput: hasInput)
            switch try await opened(channel, of: transport, mayMove: slow.count < Self.largest - 1, until: deadline) {
            case .done: return channel
            case .move: slow.append(transport)
            case .lost:
                staleTries += 1
                if staleTries > 1 { throw .error(HostError(.connectionLost, host: host, transport.endSentence)) }
            }
        }
    }

    private enum Opened { case done, move, lost }

    private func opened(
        _ channel: SSHChannel, of transport: SSHTransport, mayMove: Bool, until deadline: ContinuousClock.Instant?
    ) async throws(OpenFailure) -> Opened {
        while true {
            let patience = ContinuousClock.now + slowOpening
            let end: SSHChannel.End?
            do {
                end = try await channel.opened(until: deadline.map { min($0, patience) } ?? patience)
            } catch {
                let started = channel.watched.read { $0.phase == .starting || $0.phase == .open }
                if error == .limitPassed, deadline.map({ $0 > .now }) ?? true {
                    let waits = channel.watched.read { $0.phase == .queued }
                    guard mayMove, waits, transport.isOpeningSlowly(slowOpening) else { continue }
                    channel.abandon()
                    return .move
                }
                channel.abandon()
                throw stopped(error, started: started)
            }
            switch end {
            case nil: return .done
            case .refused(let text): throw .refused(text)
            case .startRefused(let text):
                throw .error(HostError(.channelRefused, host: host, "The command was not started: \(text)."))
            case .lost(beforeStart: true): return .lost
            case .lost(beforeStart: false): throw .lostAfterStart(.connectionLost)
            // A channel that was opened and has ended since still holds its bytes.
            case .closed: return .done
            case .notStarted, .abandoned: throw stopped(.cancelled, started: false)
            }
        }
    }

    private func stopped(_ end: WaitEnd, started: Bool) -> OpenFailure {
        switch (end, started) {
        case (.cancelled, true): .lostAfterStart(.cancelled)
        case (.limitPassed, true): .lostAfterStart(.limitPassed)
        case (.cancelled, false): .error(HostError(.cancelled, host: host, "The call was cancelled before it started."))
        case (.limitPassed, false):
            .error(HostError(.limitPassed, host: host, "The limit passed before the host had opened a channel."))
        }
    }

    private static func own(_ kind: SSHChannel.Kind) -> SSHChannel.Kind {
        if case .bridge(let address, let port, let descriptor) = kind {
            return .bridge(address: address, port: port, descriptor: fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
        }
        return kind
    }

    // MARK: Connections

    private enum Found: Sendable {
        case transport(SSHTransport)
        case failed(HostError)
        case closed
    }

    private func transport(
        avoiding slow: [SSHTransport], until deadline: ContinuousClock.Instant?
    ) async throws(HostError) -> SSHTransport {
        if let ready = state.updateQuietly({ pick($0, avoiding: slow) }) { return ready }
        let dialsBefore = state.update { state in
            state.waiting += 1
            startDialling(&state)
            return state.dials
        }
        defer { stopWaiting() }
        let found: Found
        do {
            found = try await state.wait(until: deadline) { state -> Found? in
                if state.closed { return .closed }
                if let ready = pick(state, avoiding: slow) { return .transport(ready) }
                if state.dials > dialsBefore { return state.failure.map(Found.failed) }
                return nil
            }
        } catch {
            throw error == .cancelled
                ? HostError(.cancelled, host: host, "Connecting was cancelled.")
                : HostError(.limitPassed, host: host, "The limit passed while the host was being connected to.")
        }
        switch found {
        case .transport(let transport): return transport
        case .failed(let error): throw error
        case .closed: throw HostError(.connectionLost, host: host, "The session was closed.")
        }
    }

    /// A connection that can open a channel soon; one that can't where there are as many as there may be.
    private func pick(_ state: State, avoiding slow: [SSHTransport]) -> SSHTransport? {
        let alive = state.transports.filter { transport in transport.isAlive && !slow.contains { $0 === transport } }
        if let free = alive.first(where: { !$0.isOpeningSlowly(slowOpening) }) { return free }
        return state.transports.count >= Self.largest ? alive.first : nil
    }

    private func startDialling(_ state: inout State) {
        guard state.dialling == nil, !state.closed else { return }
        state.transports.removeAll { !$0.isAlive }
        state.dialling = Task { [self] in
            let result: Result<SSHTransport, HostError>
            do throws(HostError) {
                result = .success(try await dial())
            } catch {
                result = .failure(error)
            }
            let unwanted = self.state.update { state -> SSHTransport? in
                state.dialling = nil
                state.dials += 1
                state.failure = nil
                switch result {
                case .success(let transport) where state.closed: return transport
                case .success(let transport): state.transports.append(transport)
                case .failure(let error): state.failure = error
                }
                return nil
            }
            await unwanted?.close()
        }
    }

    /// A dial that nobody waits for any more is cancelled.
    private func stopWaiting() {
        let unwanted = state.updateQuietly { state -> Task<Void, Never>? in
            state.waiting -= 1
            return state.waiting == 0 ? state.dialling : nil
        }
        unwanted?.cancel()
    }
}
