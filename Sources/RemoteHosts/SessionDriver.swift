import Glibc

/// Repeats a libssh2 call until it is done, the peer is gone, a deadline passes or the connection is to stop.
///
/// Confined to the thread of its connection.
final class SessionDriver {
    enum Stop: Error { case stopped, limitPassed, peerEnded }

    let wire: Wire
    private let wakeDescriptor: Int32
    private let isStopped: () -> Bool

    init(wire: Wire, wakeDescriptor: Int32, isStopped: @escaping () -> Bool) {
        self.wire = wire
        self.wakeDescriptor = wakeDescriptor
        self.isStopped = isStopped
    }

    /// - Returns: what the call returned, anything but «again».
    func drive(until deadline: ContinuousClock.Instant, _ call: () -> Int32) throws(Stop) -> Int32 {
        while true {
            if isStopped() { throw .stopped }
            let code = call()
            if code != LibSSH2Code.again { return code }
            if wire.isEnded { throw .peerEnded }
            wire.flush()
            let rest = deadline - ContinuousClock.now
            if rest <= .zero { throw .limitPassed }
            _ = wait(atMost: rest, extra: [])
        }
    }

    /// Waits for the socket, a wake-up, or one of `extra`.
    /// - Returns: whether the socket has something to read.
    func wait(atMost limit: Duration, extra: [pollfd]) -> Bool {
        wire.acknowledgeQuickly()
        var events = POLLIN
        if wire.outgoingCount > 0 { events |= POLLOUT }
        var waits = [
            pollfd(fd: wire.isEnded ? -1 : wire.descriptor, events: Int16(events), revents: 0),
            pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        waits.append(contentsOf: extra)
        let milliseconds = max(0, min(limit / .milliseconds(1) + 1, 3_600_000))
        let count = unsafe poll(&waits, UInt(waits.count), Int32(milliseconds))
        guard count > 0 else { return false }
        if waits[1].revents != 0 {
            var woken: UInt64 = 0
            _ = unsafe Glibc.read(wakeDescriptor, &woken, 8)
        }
        let readable = Int32(waits[0].revents) & (POLLIN | POLLHUP | POLLERR) != 0
        if readable { wire.isReadable = true }
        return readable
    }
}
