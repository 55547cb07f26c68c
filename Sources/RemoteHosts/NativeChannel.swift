import CLibSSH2

/// One channel of a libssh2 session. It must be freed before its session, by ``free()`` repeated until done; the
/// session frees what is left.
@safe
final class NativeChannel {
    enum Stream: Int32, CaseIterable {
        case output = 0
        case errors = 1
    }

    private let handle: OpaquePointer
    private let session: OpaquePointer

    init(handle: OpaquePointer, session: OpaquePointer) {
        unsafe self.handle = handle
        unsafe self.session = session
    }

    /// - Parameter request: `exec` (RFC 4254, section 6.5).
    func start(_ request: String, _ message: String) -> Int32 {
        unsafe libssh2_channel_process_startup(
            handle, request, UInt32(request.utf8.count), message, UInt32(message.utf8.count))
    }

    /// Bytes that libssh2 holds for this channel.
    var queuedBytes: Int {
        var queued: UInt = 0
        _ = unsafe libssh2_channel_window_read_ex(handle, &queued, nil)
        return Int(queued)
    }

    /// At most 2 MB may be asked for: with more, libssh2 1.10 corrupts the window after a key re-exchange.
    func read(_ stream: Stream, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe libssh2_channel_read_ex(
            handle, stream.rawValue, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe libssh2_channel_write_ex(
            handle, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    func sendEndOfFile() -> Int32 { unsafe libssh2_channel_send_eof(handle) }

    var isAtEndOfFile: Bool { unsafe libssh2_channel_eof(handle) == 1 }

    /// To be called only after ``isAtEndOfFile``.
    func waitClosed() -> Int32 { unsafe libssh2_channel_wait_closed(handle) }

    /// 0 also where no status came: libssh2 can't tell, so success needs other proof.
    var exitStatus: Int32 { unsafe libssh2_channel_get_exit_status(handle) }

    /// The signal's name without SIG. While there is one, ``exitStatus`` is 0 and means nothing.
    var exitSignal: String? {
        var name: UnsafeMutablePointer<CChar>?
        _ = unsafe libssh2_channel_get_exit_signal(handle, &name, nil, nil, nil, nil, nil)
        guard let name = unsafe name else { return nil }
        defer { unsafe libssh2_free(session, name) }
        return unsafe String(cString: name)
    }

    /// Says that the channel is done with, waits for the server to agree, and gives it back.
    func free() -> Int32 { unsafe libssh2_channel_free(handle) }
}
