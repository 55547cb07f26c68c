import Glibc

/// The life of an authenticated connection, on its own thread: opens channels one after another, moves the bytes of all
/// of them, asks a silent server for a sign of life, and ends when it is told to or when the peer is gone.
@safe
final class TransportLoop {
    private enum Opening {
        case channel(SSHChannel)
        case ping
    }

    private let session: NativeSession
    private let wire: Wire
    private let driver: SessionDriver
    private let limits: SSHLimits
    private let requests: Watched<TransportRequests>
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    private var channels: [LiveChannel] = []
    private var queue: [SSHChannel] = []
    private var opening: Opening?
    /// How many session channels the server allows side by side, learnt from its refusal (`MaxSessions`).
    private var sessionLimit = Int.max
    private var refusalsInARow = 0
    private var nextTry: ContinuousClock.Instant?
    private var askedAt: ContinuousClock.Instant?

    init(session: NativeSession, driver: SessionDriver, limits: SSHLimits, requests: Watched<TransportRequests>) {
        self.session = session
        wire = driver.wire
        self.driver = driver
        self.limits = limits
        self.requests = requests
    }

    deinit {
        unsafe buffer.deallocate()
    }

    /// - Returns: why the connection ended; nil when it was told to.
    func run() -> TransportEnd? {
        while true {
            let stopped = requests.updateQuietly { requests in
                queue.append(contentsOf: requests.waiting)
                requests.waiting = []
                return requests.stopped
            }
            if stopped {
                close()
                return nil
            }
            // What one channel's call took from the socket may be what another one waits for.
            let received = wire.receivedBytes
            let moved = advance()
            wire.flush()
            if moved || wire.receivedBytes != received { continue }
            if wire.isEnded || requests.read({ $0.isBroken }) {
                failAll()
                return .connectionLost
            }
            if !waitForMore() {
                failAll()
                return .silent
            }
        }
    }

    /// - Returns: false when the server has been silent for too long.
    private func waitForMore() -> Bool {
        // Something came and no call of libssh2 was due that would have read it: a question makes one due.
        if wire.isReadable, !wire.isEnded, opening == nil { startPing() }
        let now = ContinuousClock.now
        var due = (askedAt ?? wire.lastByte) + (askedAt == nil ? limits.keepaliveInterval : limits.silence)
        if let nextTry { due = min(due, nextTry) }
        let readable = driver.wait(atMost: max(.zero, due - now), extra: channels.compactMap(\.waitsFor))
        if let retry = nextTry, ContinuousClock.now >= retry { nextTry = nil }
        if let asked = askedAt, wire.lastByte > asked { askedAt = nil }
        if readable { return true }
        let silentSince = ContinuousClock.now
        if let asked = askedAt { return silentSince - asked < limits.silence }
        if silentSince - wire.lastByte >= limits.keepaliveInterval { askForSign() }
        return true
    }

    private func askForSign() {
        askedAt = .now
        if opening == nil { startPing() } else { session.sendKeepalive() }
        wire.flush()
    }

    private func startPing() {
        opening = .ping
        _ = advanceOpening()
        wire.flush()
    }

    private func advance() -> Bool {
        var moved = advanceOpening()
        for channel in channels where unsafe channel.advance(buffer) { moved = true }
        channels.removeAll(where: \.isFreed)
        return moved
    }

    // MARK: Opening

    private func advanceOpening() -> Bool {
        dropAbandoned()
        if opening == nil, let next = nextToOpen() {
            opening = .channel(next)
            next.watched.update { $0.phase = .opening }
            requests.updateQuietly { $0.openingSince = .now }
        }
        guard let current = opening else { return false }
        guard let native = open(current) else {
            if session.lastError == LibSSH2Code.again { return false }
            endOpening()
            if case .channel(let channel) = current { refuse(channel) }
            return true
        }
        endOpening()
        guard case .channel(let channel) = current else {
            _ = native.free()
            return true
        }
        refusalsInARow = 0
        channels.append(LiveChannel(channel, native: native, wire: wire))
        return true
    }

    private func endOpening() {
        opening = nil
        requests.updateQuietly { $0.openingSince = nil }
    }

    private func open(_ opening: Opening) -> NativeChannel? {
        switch opening {
        case .ping: session.openNothing()
        case .channel(let channel):
            switch channel.kind {
            case .command: session.openSessionChannel()
            case .tunnel(let address, let port), .bridge(let address, let port, _):
                session.openTunnel(to: address, port: port)
            }
        }
    }

    private func dropAbandoned() {
        queue.removeAll { channel in
            let abandoned = channel.watched.read { $0.abandoned }
            if abandoned { endUnopened(channel, .notStarted) }
            return abandoned
        }
    }

    private func nextToOpen() -> SSHChannel? {
        let mayOpenSession = nextTry == nil && sessionCount < sessionLimit
        guard let index = queue.firstIndex(where: { !$0.kind.isSession || mayOpenSession }) else { return nil }
        return queue.remove(at: index)
    }

    private var sessionCount: Int { channels.count(where: \.countsAsSession) }

    /// A session channel that is refused while others are open waits for one of them to end (`MaxSessions`). When none
    /// is, sshd may still be giving back the last one, so a few more tries follow.
    private func refuse(_ channel: SSHChannel) {
        let code = session.lastError
        if wire.isEnded || code != LibSSH2Code.channelRefused {
            requests.updateQuietly { $0.isBroken = true }
            endUnopened(channel, .lost(beforeStart: true))
            return
        }
        let text = session.lastErrorText
        guard channel.kind.isSession else {
            endUnopened(channel, .refused(text))
            return
        }
        let others = sessionCount
        refusalsInARow += 1
        if others > 0 {
            sessionLimit = others
        } else if refusalsInARow > 8 {
            refusalsInARow = 0
            endUnopened(channel, .refused(text))
            return
        } else {
            sessionLimit = .max
            nextTry = .now + .milliseconds(25 * refusalsInARow)
        }
        channel.watched.update { $0.phase = .queued }
        queue.insert(channel, at: 0)
    }

    private func endUnopened(_ channel: SSHChannel, _ end: SSHChannel.End) {
        if case .bridge(_, _, let descriptor) = channel.kind { _ = Glibc.close(descriptor) }
        channel.watched.update { $0.phase = .ended(end) }
    }

    // MARK: The end

    private func failAll() {
        requests.updateQuietly { $0.isBroken = true }
        for channel in channels { channel.lose() }
        let waiting = requests.updateQuietly { requests in
            requests.stopped = true
            defer { requests.waiting = [] }
            return requests.waiting
        }
        var unopened = queue + waiting
        if case .channel(let channel) = opening { unopened.append(channel) }
        for channel in unopened { endUnopened(channel, .lost(beforeStart: true)) }
        queue = []
        opening = nil
    }

    /// Says goodbye, for 200 ms at most: a peer that is gone must not hold anyone up.
    private func close() {
        failAll()
        session.disconnect()
        let deadline = ContinuousClock.now + .milliseconds(200)
        wire.flush()
        while wire.outgoingCount > 0, !wire.isEnded, ContinuousClock.now < deadline {
            _ = driver.wait(atMost: .milliseconds(20), extra: [])
            wire.flush()
        }
    }
}
