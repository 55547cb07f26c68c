import CLibSSH2
import Glibc

/// The socket under one libssh2 session. libssh2 reaches it only through the two callbacks below.
///
/// Two wrong results of libssh2 1.10 are prevented here:
/// - A packet half sent must be finished by repeating the very same call before any other, or the stream is corrupt.
///   So `send` takes every byte, keeps what the socket won't take, and libssh2 never sees a half-sent packet.
/// - Once `recv` reports a disconnect, libssh2 drops data that it had received before it. So the end of the connection
///   is noted in ``isEnded`` and reported to libssh2 as «nothing there now»: the loop hands out what is left first.
///
/// Confined to the thread of its connection.
@safe
final class Wire {
    /// Writers pause while more than this waits for the socket, in bytes.
    static let outgoingLimit = 256 << 10

    let descriptor: Int32
    private var outgoing = ByteQueue()
    /// Whether the peer ended the connection or the socket failed.
    private(set) var isEnded = false
    /// Whether `poll` found something to read that `recv` has not drained yet.
    var isReadable = true
    private(set) var receivedBytes: UInt64 = 0
    private(set) var lastByte = ContinuousClock.now
    /// The first bytes that came, for saying what answered where SSH was expected.
    private(set) var firstBytes: [UInt8] = []
    /// What the server said when it ended the connection by itself (SSH_MSG_DISCONNECT, RFC 4253, section 11.1).
    private(set) var farewell: String?
    /// Whether `recv` must report the end: only while the session is taken down.
    var reportsEnd = false

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    var outgoingCount: Int { outgoing.count }
    var takesMore: Bool { outgoing.count < Self.outgoingLimit }

    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        if isEnded { return bytes.count }
        var sent = 0
        if outgoing.isEmpty {
            let result = unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if result > 0 { sent = result }
        }
        if sent < bytes.count { unsafe outgoing.append(UnsafeRawBufferPointer(rebasing: bytes[sent...])) }
        return bytes.count
    }

    func flush() {
        while !outgoing.isEmpty, !isEnded {
            let sent = unsafe outgoing.withFront(limit: Self.outgoingLimit) { front in
                unsafe Glibc.send(descriptor, front.baseAddress, front.count, Int32(MSG_NOSIGNAL))
            }
            if sent > 0 {
                outgoing.drop(sent)
            } else if errno == EINTR {
                continue
            } else {
                // A broken socket is reported by the reading side, after what it still holds.
                if errno != EAGAIN { outgoing.removeAll() }
                return
            }
        }
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if reportsEnd { return -Int(ECONNRESET) }
        guard isReadable, !isEnded else { return -Int(EAGAIN) }
        while true {
            let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                unsafe note(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                if count < buffer.count { isReadable = false }
                return count
            }
            if count < 0, errno == EINTR { continue }
            isReadable = false
            if count == 0 || errno != EAGAIN { isEnded = true }
            return -Int(EAGAIN)
        }
    }

    private func note(_ bytes: UnsafeRawBufferPointer) {
        if firstBytes.count < 255 { unsafe firstBytes.append(contentsOf: bytes.prefix(255 - firstBytes.count)) }
        receivedBytes += UInt64(bytes.count)
        lastByte = .now
    }

    /// Delayed acknowledgements against Nagle's algorithm in sshd cost 42 ms a connection and 40 ms a tunnelled command.
    /// The kernel forgets the wish, so it is renewed before each wait.
    func acknowledgeQuickly() {
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Tells libssh2 to use this wire for all bytes of `session`, whose abstract pointer must be this wire.
    static func attach(to session: OpaquePointer) {
        unsafe zkops_session_set_wire(
            session,
            { _, bytes, count, _, abstract in
                guard let wire = unsafe Wire.from(abstract), let bytes = unsafe bytes else { return -Int(EBADF) }
                return unsafe wire.send(UnsafeRawBufferPointer(start: bytes, count: count))
            },
            { _, bytes, count, _, abstract in
                guard let wire = unsafe Wire.from(abstract), let bytes = unsafe bytes else { return -Int(EBADF) }
                return unsafe wire.receive(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
            },
            { _, _, message, length, _, _, abstract in
                let bytes = unsafe UnsafeRawBufferPointer(start: message, count: max(0, Int(length)))
                unsafe Wire.from(abstract)?.farewell = String(decoding: bytes, as: UTF8.self)
            })
    }

    private static func from(_ abstract: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Wire? {
        guard let pointer = unsafe abstract?.pointee else { return nil }
        return unsafe Unmanaged<Wire>.fromOpaque(pointer).takeUnretainedValue()
    }
}
