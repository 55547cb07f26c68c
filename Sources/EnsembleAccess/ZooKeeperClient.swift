import CZooKeeper
import Dispatch
import Synchronization

/// A session with an ensemble, or with one server of it, over ZooKeeper's own C library (libzookeeper_mt 3.8).
///
/// Calls may come from any task and are sent without waiting for one another; a server carries out those of one session
/// in the order in which they were sent. Every call ends: with an answer, or with an error at the latest when the
/// library finds the connection dead, which takes two thirds of the session timeout.
///
/// Whoever connects must close: until then the library keeps the session, and the ephemeral znodes, alive.
package final class ZooKeeperClient: Sendable {
    /// Of the library that this was built with; it tells none at run time.
    package static let libraryVersion = ZOO_VERSION

    /// `address:port`, several with commas between.
    package let hosts: String
    private let session: SessionWatch
    /// Nil once closed.
    private let handle: Mutex<Handle?>

    /// The library's handle. Its functions may be called from any thread until it is closed, and the mutex sees to it
    /// that none is called after.
    @safe
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// Opens a session.
    ///
    /// - Parameters:
    ///   - hosts: `address:port`, several with commas between, of which the library picks at random. One alone makes a
    ///     session through exactly that server; the address may be a local forwarder's.
    ///   - sessionTimeout: what is asked for; the servers keep it within 2 and 20 of their ticks.
    ///   - limit: how long to wait for a server to take the session.
    package static func connect(
        hosts: String, sessionTimeout: Duration = .seconds(10), limit: Duration = .seconds(10)
    ) async throws(ZooKeeperClientError) -> ZooKeeperClient {
        let client = try ZooKeeperClient(hosts: hosts, sessionTimeout: sessionTimeout)
        let state = await client.session.settled(limit: limit)
        if state == .connected { return client }
        await client.close()
        switch state {
        case .authenticationFailed:
            throw ZooKeeperClientError(.authenticationFailed, "\(hosts) refused the client's credentials")
        case .expired:
            throw ZooKeeperClientError(.sessionExpired, "\(hosts) refused the session")
        default:
            if Task.isCancelled { throw ZooKeeperClientError(.cancelled, "connecting to \(hosts) was cancelled") }
            throw ZooKeeperClientError(
                .connectTimedOut,
                "no server of \(hosts) took a client session within \(limit); a server that is not in a quorum "
                    + "refuses them all")
        }
    }

    private init(hosts: String, sessionTimeout: Duration) throws(ZooKeeperClientError) {
        self.hosts = hosts
        let session = SessionWatch()
        self.session = session
        let context = unsafe Unmanaged.passRetained(session)
        let milliseconds =
            sessionTimeout.components.seconds * 1000
            + sessionTimeout.components.attoseconds / 1_000_000_000_000_000
        let pointer = unsafe zkops_init(
            hosts,
            { _, event, state, _, context in
                guard event == zkops_session_event(), let context = unsafe context else { return }
                unsafe Unmanaged<SessionWatch>.fromOpaque(context).takeUnretainedValue().changed(state)
            }, Int32(clamping: milliseconds), context.toOpaque())
        handle = unsafe Mutex(pointer.map { unsafe Handle(pointer: $0) })
        if unsafe pointer == nil {
            unsafe context.release()
            throw ZooKeeperClientError(
                .badArguments, "'\(hosts)' can't be connected to: it must be address:port, with commas between several")
        }
    }

    deinit {
        if let handle = take() { Self.end(handle, session) }
    }

    package var state: SessionState { session.state }

    /// Changes of the session's state, for one reader; ends when the client is closed.
    package var events: AsyncStream<SessionState> { session.events }

    /// The session's number, as in a znode's `ephemeralOwner`; 0 while there is none.
    package var sessionID: Int64 {
        handle.withLock { handle in
            guard let handle, let id = unsafe zoo_client_id(handle.pointer) else { return 0 }
            return unsafe id.pointee.client_id
        }
    }

    /// Ends the session, so that its ephemeral znodes go away at once. Operations under way fail with `closed`.
    package func close() async {
        guard let handle = take() else { return }
        let session = self.session
        await withCheckedContinuation { continuation in
            Self.end(handle, session) { continuation.resume() }
        }
    }

    /// Starts an operation of the library and waits for its completion.
    ///
    /// - Parameter start: calls the library with the handle and the context of the completion; what it returns is the
    ///   library's code, `ZOK` where the completion will be called.
    func perform<Value: Sendable>(
        _ deed: String, _ start: (OpaquePointer, UnsafeRawPointer) -> Int32
    ) async throws(ZooKeeperClientError) -> Value {
        let outcome: Result<Value, ZooKeeperClientError> = await withCheckedContinuation { continuation in
            let completion = unsafe Unmanaged.passRetained(
                Completion<Value>(deed: deed, hosts: hosts, continuation: continuation))
            let context = unsafe UnsafeRawPointer(completion.toOpaque())
            let code = handle.withLock { handle -> Int32 in
                guard let handle else { return ZCLOSING.rawValue }
                return unsafe start(handle.pointer, context)
            }
            if code != ZOK.rawValue { unsafe completion.takeRetainedValue().finish(code) }
        }
        return try outcome.get()
    }

    private func take() -> Handle? {
        handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
    }

    /// Closing waits for the library's threads, so it must not run on a thread of theirs or of the concurrency pool.
    private static func end(
        _ handle: Handle, _ session: SessionWatch, whenDone: @escaping @Sendable () -> Void = {}
    ) {
        DispatchQueue.global().async {
            _ = unsafe zookeeper_close(handle.pointer)
            session.finish()
            // The library has let go of the context that it was given at the start.
            unsafe Unmanaged.passUnretained(session).release()
            whenDone()
        }
    }
}

/// What the library's completion callback is given, and wakes the waiting task with.
final class Completion<Value: Sendable>: Sendable {
    private let deed: String
    private let hosts: String
    private let continuation: CheckedContinuation<Result<Value, ZooKeeperClientError>, Never>

    init(
        deed: String, hosts: String, continuation: CheckedContinuation<Result<Value, ZooKeeperClientError>, Never>
    ) {
        self.deed = deed
        self.hosts = hosts
        self.continuation = continuation
    }

    /// The completion that `context` stands for; it must be taken exactly once.
    static func take(_ context: UnsafeRawPointer?) -> Completion? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<Completion>.fromOpaque(context).takeRetainedValue()
    }

    func finish(_ code: Int32) {
        continuation.resume(returning: .failure(ZooKeeperClientError(number: code, deed: deed, hosts: hosts)))
    }

    func finish(_ code: Int32, _ value: Value?) {
        guard code == ZOK.rawValue, let value else {
            return finish(code == ZOK.rawValue ? ZMARSHALLINGERROR.rawValue : code)
        }
        continuation.resume(returning: .success(value))
    }
}
