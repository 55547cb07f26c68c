import Dispatch
import Foundation
import Glibc
import PlanExecution
import Synchronization

/// Signals that ask a run to stop. The first SIGINT, SIGTERM or SIGHUP asks it to finish the action in hand; a SIGINT after it, to stop
/// now. Others after it say nothing new: a terminal that is closed sends SIGHUP twice, from the kernel and from the shell.
///
/// Before one is made, these signals end the process at once, which is right as long as nothing is being changed.
final class Interrupts: Sendable {
    private let count: Count
    /// Kept alive, and otherwise left alone.
    @safe private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// - Parameter heard: told of every signal, on a queue of its own.
    init(heard: @escaping @Sendable (StopRequest) -> Void) {
        let count = Count(heard: heard)
        let queue = DispatchQueue(label: "zkops.interrupts")
        var sources: [any DispatchSourceSignal] = []
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // nohup ignores SIGHUP, and that is to stay so. (A shell also ignores SIGINT for what it starts in the background;
            // who sends one to a run means it all the same.)
            if number == SIGHUP, Self.isIgnored(number) { continue }
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { count.add(isByKey: number == SIGINT) }
            source.activate()
            sources.append(source)
        }
        self.count = count
        self.sources = sources
    }

    var request: StopRequest { count.request }

    /// Becomes readable with the first signal and stays so.
    var wake: Int32 { count.wake }

    /// A run must not end because nobody reads its output any more; writing then fails with EPIPE. By a handler that does nothing and
    /// not by SIG_IGN, which processes started from here would inherit (execve(2)).
    static func outliveReaders() {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        _ = unsafe sigaction(SIGPIPE, &action, nil)
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        let handler = unsafe action.__sigaction_handler.sa_handler
        return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private final class Count: Sendable {
        private let value = Mutex(0)
        private let pipe = Pipe()
        private let heard: @Sendable (StopRequest) -> Void

        init(heard: @escaping @Sendable (StopRequest) -> Void) { self.heard = heard }

        var wake: Int32 { pipe.fileHandleForReading.fileDescriptor }

        var request: StopRequest {
            switch value.withLock({ $0 }) {
            case 0: .none
            case 1: .afterAction
            default: .now
            }
        }

        func add(isByKey: Bool) {
            let count: Int? = value.withLock { value in
                guard value == 0 || isByKey else { return nil }
                value += 1
                return value
            }
            guard let count else { return }
            if count == 1 { try? pipe.fileHandleForWriting.write(contentsOf: [0]) }
            heard(request)
        }
    }
}
