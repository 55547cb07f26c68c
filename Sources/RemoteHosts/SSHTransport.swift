import Glibc

/// What tasks ask of a connection's thread.
struct TransportRequests: Sendable {
    var waiting: [SSHChannel] = []
    var stopped = false
    /// The connection is no good any more; said before any channel hears of it, so that nobody who then tries again
    /// is given the same connection.
    var isBroken = false
    /// Since when a channel is being opened; they are opened one after another.
    var openingSince: ContinuousClock.Instant?
}

/// Why a connection ended by itself.
enum TransportEnd: Sendable { case connectionLost, silent }

/// One SSH connection with a thread of its own, which alone touches libssh2.
final class SSHTransport: Sendable {
    private enum Phase: Sendable {
        case connecting
        case connected
        case ready
        case failed(ConnectFailure)
        case ended(TransportEnd?)
    }

    let plan: TransportPlan
    private let phase = Watched(Phase.connecting)
    private let requests = Watched(TransportRequests())
    private let wakeUp: WakeUp

    private init(_ plan: TransportPlan) {
        self.plan = plan
        wakeUp = WakeUp()
    }

    /// Connects, exchanges keys, checks the server's key and authenticates.
    static func dial(_ plan: TransportPlan) async throws(ConnectFailure) -> SSHTransport {
        let transport = SSHTransport(plan)
        OwnThread.start { transport.live() }
        do {
            // The thread keeps the limits itself, but can't interrupt the resolver, nor a person who is asked.
            try await transport.phase.wait(until: .now + plan.connectLimit + .milliseconds(500)) { phase -> Void? in
                if case .connecting = phase { nil } else { () }
            }
            let longest = plan.limits.keyExchange + plan.limits.authentication + plan.passphrases.patience
            let failure = try await transport.phase.wait(until: .now + longest + .seconds(5)) {
                phase -> ConnectFailure?? in
                switch phase {
                case .connecting, .connected: nil
                case .ready: .some(nil)
                case .failed(let failure): .some(failure)
                case .ended: .some(ConnectFailure(plan.error(.connectionLost, "The connection ended at once.")))
                }
            }
            if let failure { throw failure }
            return transport
        } catch let failure as ConnectFailure {
            throw failure
        } catch {
            transport.stop()
            let cancelled = error as? WaitEnd == .cancelled
            throw ConnectFailure(
                cancelled
                    ? plan.error(.cancelled, "Connecting was cancelled.")
                    : plan.noAnswer)
        }
    }

    var isAlive: Bool {
        guard !requests.read({ $0.isBroken }) else { return false }
        return phase.read { phase in
            if case .ready = phase { true } else { false }
        }
    }

    /// Whether a channel has been on its way to being opened for longer than `limit`, so that others wait behind it.
    func isOpeningSlowly(_ limit: Duration) -> Bool {
        guard let since = requests.read({ $0.openingSince }) else { return false }
        return ContinuousClock.now - since >= limit
    }

    /// Why the connection ended, in words for an error.
    var endSentence: String {
        let end: TransportEnd? = phase.read { phase in
            if case .ended(let end) = phase { end } else { nil }
        }
        switch end {
        case .silent:
            return "The connection was given up: no byte came for \(plan.limits.silence) though one was asked for."
        case .connectionLost: return "The connection was lost."
        case nil: return requests.read({ $0.isBroken }) ? "The connection was lost." : "The connection was closed."
        }
    }

    /// Hands a channel to the thread, which opens it when its turn comes.
    func submit(_ kind: SSHChannel.Kind, hasInput: Bool = true) -> SSHChannel {
        let wakeUp = wakeUp
        let channel = SSHChannel(kind, hasInput: hasInput) { wakeUp.signal() }
        let accepted = requests.update { requests in
            if !requests.stopped { requests.waiting.append(channel) }
            return !requests.stopped
        }
        if accepted {
            wakeUp.signal()
        } else {
            if case .bridge(_, _, let descriptor) = kind { _ = Glibc.close(descriptor) }
            channel.watched.update { $0.phase = .ended(.lost(beforeStart: true)) }
        }
        return channel
    }

    /// Tells the thread to end the connection, and does not wait for it.
    func stop() {
        requests.update { $0.stopped = true }
        wakeUp.signal()
    }

    /// Ends the connection and waits until it is gone.
    func close() async {
        stop()
        _ = try? await phase.wait(until: .now + .seconds(2)) { phase -> Bool? in
            switch phase {
            case .connecting, .connected, .ready: nil
            case .failed, .ended: true
            }
        }
    }

    private func live() {
        let requests = requests
        do {
            let isStopped = { requests.read { $0.stopped } }
            let descriptor = try SocketDialler(plan: plan, wakeDescriptor: wakeUp.descriptor, isStopped: isStopped)
                .dial()
            phase.update { $0 = .connected }
            let wire = Wire(descriptor: descriptor)
            let driver = SessionDriver(wire: wire, wakeDescriptor: wakeUp.descriptor, isStopped: isStopped)
            guard let session = NativeSession(wire: wire) else {
                throw ConnectFailure(plan.error(.negotiationFailed, "libssh2 could not be initialised."))
            }
            try Handshake(plan: plan, session: session, driver: driver).run()
            try Authentication(plan: plan, session: session, driver: driver).run()
            phase.update { $0 = .ready }
            let end = TransportLoop(session: session, driver: driver, limits: plan.limits, requests: requests).run()
            phase.update { $0 = .ended(end) }
        } catch let failure as ConnectFailure {
            phase.update { $0 = .failed(failure) }
        } catch {
            phase.update { $0 = .failed(ConnectFailure(plan.error(.connectionLost, "\(error)"))) }
        }
    }
}

/// Why a connection could not be made, and whether another try makes sense.
struct ConnectFailure: Error {
    enum Cure: Sendable {
        case none
        /// The server dropped the connection before its first line, as it does above `MaxStartups`.
        case tryAgain
        /// There was no common method; the server can be asked what it offers.
        case askOffer
    }

    var error: HostError
    var cure: Cure

    init(_ error: HostError, cure: Cure = .none) {
        self.error = error
        self.cure = cure
    }
}
