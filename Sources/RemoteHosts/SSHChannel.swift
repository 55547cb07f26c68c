/// A channel as tasks see it: two streams in, one stream out, an end.
///
/// The connection's thread fills and empties the buffers; tasks wait on them.
final class SSHChannel: Sendable {
    enum Kind: Sendable, Equatable {
        case command(String)
        case tunnel(address: String, port: UInt16)
        /// A tunnel whose bytes go to and from a local socket, which the channel closes: the way to a host behind this one.
        case bridge(address: String, port: UInt16, descriptor: Int32)

        /// Whether the channel counts against sshd's `MaxSessions`; tunnels don't (sshd_config(5)).
        var isSession: Bool {
            switch self {
            case .command: true
            case .tunnel, .bridge: false
            }
        }
    }

    enum Phase: Sendable, Equatable {
        case queued
        case opening
        /// The request to run something was sent, or is about to be.
        case starting
        case open
        case ended(End)
    }

    enum End: Sendable, Equatable {
        /// Nobody began to open it within the time that was given for that.
        case notStarted
        /// The server refused to open the channel; the text is libssh2's.
        case refused(String)
        /// The server opened the channel and refused to run the command.
        case startRefused(String)
        /// The server closed it. The status is 0 also where none was sent.
        case closed(status: Int32, signal: String?)
        /// The connection ended. Whether it did before the command could have started is told.
        case lost(beforeStart: Bool)
        /// This side gave it up.
        case abandoned
    }

    struct State: Sendable {
        var phase = Phase.queued
        var output = ByteQueue()
        var errors = ByteQueue()
        var input = ByteQueue()
        var inputFinished = false
        /// The server won't take more input: the channel is closed at its end.
        var inputRefused = false
        var reachedEndOfFile = false
        var abandoned = false
    }

    /// Reading stops while more than this is held for the tasks, in bytes.
    static let holds = 1 << 20
    /// Writers wait while more than this is held for the server, in bytes.
    static let inputLimit = 512 << 10

    let kind: Kind
    let watched: Watched<State>
    /// Subsystems' error stream says nothing to anyone; it is dropped so that nobody need read it.
    let dropsErrors: Bool
    private let wake: @Sendable () -> Void

    /// - Parameter hasInput: whether anything will be written; else the end of file follows at once.
    init(_ kind: Kind, hasInput: Bool, wake: @escaping @Sendable () -> Void) {
        self.kind = kind
        self.wake = wake
        dropsErrors = if case .command = kind { false } else { true }
        watched = Watched(State(inputFinished: !hasInput))
    }

    /// Waits until the channel is open, or has ended without ever being so.
    func opened(until deadline: ContinuousClock.Instant?) async throws(WaitEnd) -> End? {
        try await watched.wait(until: deadline) { state -> End?? in
            switch state.phase {
            case .open: .some(nil)
            case .ended(let end): .some(end)
            case .queued, .opening, .starting: nil
            }
        }
    }

    enum Piece: Sendable {
        case bytes([UInt8])
        case endOfFile
        /// The channel ended before the end of file.
        case broken(End)
    }

    /// The next bytes of one stream, everything that is there.
    func read(
        _ stream: NativeChannel.Stream, until deadline: ContinuousClock.Instant? = nil
    ) async throws(WaitEnd) -> Piece {
        let (piece, wasFull) = try await watched.wait(until: deadline) { state -> (Piece, Bool)? in
            let held = stream == .output ? state.output.count : state.errors.count
            if held > 0 {
                let bytes = stream == .output ? state.output.takeAll() : state.errors.takeAll()
                return (.bytes(bytes), held >= Self.holds)
            }
            if state.reachedEndOfFile { return (.endOfFile, false) }
            if case .ended(let end) = state.phase {
                if case .closed = end { return (.endOfFile, false) }
                return (.broken(end), false)
            }
            return nil
        }
        if wasFull { wake() }
        return piece
    }

    enum Written: Sendable { case taken, refused }

    /// Hands bytes to the connection, once there is room for them.
    func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant? = nil) async throws(WaitEnd) -> Written {
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.inputLimit, bytes.count)
            let piece = bytes[start..<end]
            let written = try await watched.wait(until: deadline) { state -> Written? in
                if case .ended = state.phase { return .refused }
                if state.inputRefused || state.inputFinished { return .refused }
                guard state.input.count < Self.inputLimit else { return nil }
                state.input.append(piece)
                return .taken
            }
            if written == .refused { return .refused }
            wake()
            start = end
        }
        return .taken
    }

    func finishWriting() {
        watched.update { $0.inputFinished = true }
        wake()
    }

    /// Waits for the channel's end, after its streams' ends.
    func end(until deadline: ContinuousClock.Instant? = nil) async throws(WaitEnd) -> End {
        try await watched.wait(until: deadline) { state -> End? in
            if case .ended(let end) = state.phase { end } else { nil }
        }
    }

    /// Gives the channel up at once. What runs at the other end may go on.
    func abandon() {
        watched.update { state in
            state.abandoned = true
            state.input.removeAll()
        }
        wake()
    }
}
