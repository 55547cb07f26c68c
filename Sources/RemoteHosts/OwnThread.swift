import CLibSSH2
import Glibc

/// Threads outside the pool of Swift's tasks, for work that waits in the kernel.
enum OwnThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// 512 KB of stack: libssh2 was tried with 256 KB on 100 threads at once.
    static func start(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        unsafe pthread_attr_setstacksize(&attributes, 512 << 10)
        defer { unsafe pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        let code = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work)
        precondition(code == 0, "no thread could be made: error \(code)")
    }

    /// Runs `body` on such a thread and waits for what it gives.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: body()) }
        }
    }
}

/// Ends a wait in `poll` from any thread.
@safe
final class WakeUp: Sendable {
    let descriptor: Int32

    init() {
        descriptor = zkops_event_descriptor()
        precondition(descriptor >= 0, "no event descriptor could be made: error \(errno)")
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    func signal() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(descriptor, &one, 8)
    }
}
