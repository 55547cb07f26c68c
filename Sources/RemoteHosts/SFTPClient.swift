/// A client of the SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02), over one subsystem channel.
///
/// libssh2's own works too, but waits a minute where a start-up file prints something, and can't be cancelled. Used by one
/// task.
final class SFTPClient {
    enum Failure: Error {
        /// The host has no usable sftp subsystem.
        case unavailable
        /// A request was answered with this status (SSH_FX_…).
        case status(UInt32, String)
        case ended(WaitEnd)
        case lost
    }

    enum Status {
        static let ok: UInt32 = 0
        static let noSuchFile: UInt32 = 2
        static let permissionDenied: UInt32 = 3
    }

    private enum Message {
        static let initialise: UInt8 = 1
        static let version: UInt8 = 2
        static let open: UInt8 = 3
        static let close: UInt8 = 4
        static let write: UInt8 = 6
        static let stat: UInt8 = 8
        static let realPath: UInt8 = 16
        static let status: UInt8 = 101
        static let handle: UInt8 = 102
        static let name: UInt8 = 104
        static let attributes: UInt8 = 105
        static let extended: UInt8 = 200
    }

    /// The largest piece that every server takes.
    private static let pieceSize = 32 << 10
    /// Pieces that may be on their way without an answer: 2 MB.
    private static let window = 64
    private static let largestPacket = 256 << 10

    private let channel: SSHChannel
    private let deadline: ContinuousClock.Instant
    private var received: [UInt8] = []
    private var nextID: UInt32 = 0
    private var canSync = false

    /// Greets the server, which must answer within `patience`: where a start-up file prints into the subsystem's stream,
    /// no sensible answer ever comes.
    init(
        channel: SSHChannel, until deadline: ContinuousClock.Instant, patience: Duration = .seconds(5)
    ) async throws(Failure) {
        self.channel = channel
        self.deadline = deadline
        var hello = WireWriter()
        hello.byte(Message.initialise)
        hello.uint32(3)
        try await send(hello.bytes)
        let reply: [UInt8]
        do throws(Failure) {
            reply = try await packet(until: min(deadline, .now + patience))
        } catch {
            if case .ended(.cancelled) = error { throw error }
            throw .unavailable
        }
        var reader = WireReader(reply)
        guard reader.byte() == Message.version, reader.uint32() != nil else { throw .unavailable }
        while let name = reader.text(), let value = reader.text() {
            if name == "fsync@openssh.com", value == "1" { canSync = true }
        }
    }

    deinit {
        channel.abandon()
    }

    func close() {
        channel.abandon()
    }

    /// The path with its symbolic links followed; its last part need not exist.
    func realPath(_ path: String) async throws(Failure) -> String {
        var reply = WireReader(try await ask(Message.realPath) { $0.text(path) })
        guard reply.byte() == Message.name, reply.uint32() != nil, reply.uint32() == 1, let name = reply.text() else {
            throw .lost
        }
        return name
    }

    /// Makes a file that must not exist yet, for writing, readable by its owner alone.
    func create(_ path: String) async throws(Failure) -> [UInt8] {
        var reply = WireReader(
            try await ask(Message.open) { request in
                request.text(path)
                request.uint32(0x02 | 0x08 | 0x20)
                request.uint32(0x04)
                request.uint32(0o600)
            })
        guard reply.byte() == Message.handle, reply.uint32() != nil, let handle = reply.string() else { throw .lost }
        return handle
    }

    /// Writes everything that `source` gives, one request overtaking the answers to others.
    /// - Returns: how many bytes that was.
    func write(
        _ handle: [UInt8], _ source: ByteSource
    ) async throws -> UInt64 {
        var offset: UInt64 = 0
        var unanswered = 0
        while let piece = try await source() {
            var start = 0
            while start < piece.count {
                let end = min(start + Self.pieceSize, piece.count)
                let id = takeID()
                var request = WireWriter()
                request.byte(Message.write)
                request.uint32(id)
                request.string(handle)
                request.uint64(offset)
                request.string(piece[start..<end])
                try await send(request.bytes)
                unanswered += 1
                offset += UInt64(end - start)
                start = end
                while unanswered >= Self.window {
                    try Self.expectOK(try await packet(until: deadline))
                    unanswered -= 1
                }
            }
        }
        while unanswered > 0 {
            try Self.expectOK(try await packet(until: deadline))
            unanswered -= 1
        }
        return offset
    }

    /// Makes the file's bytes durable, where the server can (fsync@openssh.com), tells its size and closes it.
    func finish(_ handle: [UInt8]) async throws(Failure) -> UInt64? {
        if canSync {
            try Self.expectOK(
                try await ask(Message.extended) { request in
                    request.text("fsync@openssh.com")
                    request.string(handle)
                })
        }
        var reply = WireReader(try await ask(Message.stat) { $0.string(handle) })
        guard reply.byte() == Message.attributes, reply.uint32() != nil, let flags = reply.uint32() else { throw .lost }
        let size = flags & 1 != 0 ? reply.uint64() : nil
        try Self.expectOK(try await ask(Message.close) { $0.string(handle) })
        return size
    }

    // MARK: Packets

    private func takeID() -> UInt32 {
        nextID &+= 1
        return nextID
    }

    /// Sends one request and waits for its answer.
    /// - Returns: the answer's type, number and body; a status other than OK is thrown.
    private func ask(_ type: UInt8, _ fill: (inout WireWriter) -> Void) async throws(Failure) -> [UInt8] {
        var request = WireWriter()
        request.byte(type)
        request.uint32(takeID())
        fill(&request)
        try await send(request.bytes)
        let reply = try await packet(until: deadline)
        if reply.first == Message.status { try Self.expectOK(reply) }
        return reply
    }

    /// - Parameter reply: a whole answer: type, number, body.
    private static func expectOK(_ reply: [UInt8]) throws(Failure) {
        var reader = WireReader(reply)
        guard reader.byte() == Message.status, reader.uint32() != nil, let code = reader.uint32() else { throw .lost }
        if code != Status.ok { throw .status(code, reader.text() ?? "") }
    }

    private func send(_ body: [UInt8]) async throws(Failure) {
        var packet = WireWriter()
        packet.string(body)
        do throws(WaitEnd) {
            if try await channel.write(packet.bytes, until: deadline) == .refused { throw WaitEnd.cancelled }
        } catch {
            throw Task.isCancelled || error == .limitPassed ? .ended(error) : .lost
        }
    }

    private func packet(until limit: ContinuousClock.Instant) async throws(Failure) -> [UInt8] {
        while true {
            var reader = WireReader(received.prefix(4))
            if let length = reader.uint32() {
                guard length > 0, length <= Self.largestPacket else { throw .lost }
                let end = 4 + Int(length)
                if received.count >= end {
                    defer { received.removeFirst(end) }
                    return Array(received[4..<end])
                }
            }
            do throws(WaitEnd) {
                switch try await channel.read(.output, until: limit) {
                case .bytes(let bytes): received.append(contentsOf: bytes)
                case .endOfFile, .broken: throw WaitEnd.cancelled
                }
            } catch {
                throw Task.isCancelled || error == .limitPassed ? .ended(error) : .lost
            }
        }
    }
}
