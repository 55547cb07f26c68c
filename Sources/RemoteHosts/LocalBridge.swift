import Glibc

/// Joins a channel to one end of a local socket pair; at the other end is the connection to the host behind this one.
@safe
final class LocalBridge {
    private static let pieceSize = 64 << 10

    private let descriptor: Int32
    private var writingEnded = false
    private var readingEnded = false
    /// Whether the local end is closed, so that nothing more can be delivered.
    private(set) var isBroken = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    func waitsFor(_ channel: SSHChannel) -> pollfd {
        let (waiting, room) = channel.watched.read { (!$0.output.isEmpty, $0.input.count < SSHChannel.inputLimit) }
        var events: Int32 = 0
        if waiting, !isBroken { events |= POLLOUT }
        if room, !readingEnded { events |= POLLIN }
        return pollfd(fd: events == 0 ? -1 : descriptor, events: Int16(events), revents: 0)
    }

    func advance(_ channel: SSHChannel) -> Bool {
        let delivered = deliver(channel)
        let collected = collect(channel)
        return delivered || collected
    }

    private func deliver(_ channel: SSHChannel) -> Bool {
        var moved = false
        while !isBroken {
            let (sent, finished) = channel.watched.updateQuietly { state in
                let sent = unsafe state.output.withFront(limit: Self.pieceSize) { front in
                    unsafe front.isEmpty
                        ? 0 : Glibc.send(descriptor, front.baseAddress, front.count, Int32(MSG_NOSIGNAL))
                }
                let failure = errno
                if sent > 0 { state.output.drop(sent) }
                if sent < 0, failure != EAGAIN, failure != EINTR { state.output.removeAll() }
                return (sent < 0 && failure != EAGAIN && failure != EINTR ? -2 : sent, state.reachedEndOfFile)
            }
            if sent == -2 { isBroken = true }
            if sent == 0, finished, !writingEnded {
                writingEnded = true
                _ = shutdown(descriptor, Int32(SHUT_WR))
                return true
            }
            guard sent > 0 else { return moved }
            moved = true
        }
        return moved
    }

    private func collect(_ channel: SSHChannel) -> Bool {
        guard !readingEnded, channel.watched.read({ $0.input.count < SSHChannel.inputLimit }) else { return false }
        var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        if count > 0 {
            channel.watched.updateQuietly { $0.input.append(bytes[..<count]) }
            return true
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        readingEnded = true
        // The other end is closed as a whole: nobody is left to read what comes.
        channel.watched.update { $0.abandoned = true }
        return true
    }
}
