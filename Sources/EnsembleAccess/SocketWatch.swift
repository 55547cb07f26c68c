import Glibc
import Synchronization

/// Waits for sockets of this machine, all on one thread, so that no task holds one while it waits.
final class SocketWatch: Sendable {
    static let shared = SocketWatch()

    enum End: Sendable { case ready, limitPassed, cancelled }

    private struct Waiter {
        var descriptor: Int32
        var events: Int16
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<End, Never>
    }

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var cancelled: Set<Int> = []
        var last = 0
        var isRunning = false
    }

    private let state = Mutex(State())
    /// A pipe that tells the thread that the waiters have changed.
    private let bell: (hear: Int32, ring: Int32)

    private init() {
        var ends: [Int32] = [-1, -1]
        _ = unsafe pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        bell = (ends[0], ends[1])
    }

    func wait(_ descriptor: Int32, for events: Int32, limit: Duration) async -> End {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let deadline = ContinuousClock.now + limit
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let starts = state.withLock { state -> Bool? in
                    if state.cancelled.remove(number) != nil { return nil }
                    state.waiters[number] = Waiter(
                        descriptor: descriptor, events: Int16(truncatingIfNeeded: events), deadline: deadline,
                        continuation: continuation)
                    defer { state.isRunning = true }
                    return !state.isRunning
                }
                switch starts {
                case nil: continuation.resume(returning: .cancelled)
                case true?: startThread()
                case false?: ring()
                }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let waiter = state.waiters.removeValue(forKey: number) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return waiter
            }
            waiter?.continuation.resume(returning: .cancelled)
            ring()
        }
    }

    private func ring() {
        // A full pipe has rung already.
        var byte: UInt8 = 1
        _ = unsafe write(bell.ring, &byte, 1)
    }

    private func startThread() {
        var thread = pthread_t()
        unsafe pthread_create(
            &thread, nil,
            { _ in
                SocketWatch.shared.loop()
                return nil
            }, nil)
        pthread_detach(thread)
    }

    private func loop() {
        while true {
            let waiters = state.withLock { $0.waiters }
            let order = Array(waiters.keys)
            var polled = order.map { pollfd(fd: waiters[$0]!.descriptor, events: waiters[$0]!.events, revents: 0) }
            polled.append(pollfd(fd: bell.hear, events: Int16(POLLIN), revents: 0))
            _ = unsafe poll(
                &polled, nfds_t(polled.count), Self.milliseconds(until: waiters.values.map(\.deadline).min()))
            var rung = [UInt8](repeating: 0, count: 64)
            _ = unsafe read(bell.hear, &rung, rung.count)
            let now = ContinuousClock.now
            for (place, number) in order.enumerated() {
                let end: End
                if polled[place].revents != 0 {
                    end = .ready
                } else if waiters[number]!.deadline <= now {
                    end = .limitPassed
                } else {
                    continue
                }
                let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
                waiter?.continuation.resume(returning: end)
            }
        }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = (deadline - ContinuousClock.now).components
        return Int32(clamping: max(0, left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1))
    }
}
