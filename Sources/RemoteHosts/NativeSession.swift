import CLibSSH2
import Glibc

/// One libssh2 session: each call of the C library that is used, with Swift types.
///
/// Non-blocking: `LIBSSH2_ERROR_EAGAIN` means that the same call must be made again when bytes have come. Confined to
/// the thread of its connection. The session is freed with this value, once ``end()`` was called.
@safe
final class NativeSession {
    enum Method: Int32, CaseIterable {
        case keyExchange = 0
        case hostKey = 1
        case cipherToServer = 2
        case cipherToClient = 3
        case macToServer = 4
        case macToClient = 5
    }

    private static let ready: Int32 = libssh2_init(0)

    let wire: Wire
    private let session: OpaquePointer

    init?(wire: Wire) {
        guard Self.ready == 0 else { return nil }
        let abstract = unsafe Unmanaged.passUnretained(wire).toOpaque()
        guard let session = unsafe libssh2_session_init_ex(nil, nil, nil, abstract) else { return nil }
        self.wire = wire
        unsafe self.session = session
        unsafe libssh2_session_set_blocking(session, 0)
        unsafe Wire.attach(to: session)
    }

    /// Frees the session. The wire answers «ended» from here on, so that libssh2 waits for nothing.
    deinit {
        wire.reportsEnd = true
        for _ in 0..<64 where unsafe libssh2_session_free(session) != LIBSSH2_ERROR_EAGAIN { break }
    }

    var lastError: Int32 { unsafe libssh2_session_last_errno(session) }

    var lastErrorText: String {
        var text: UnsafeMutablePointer<CChar>?
        var length: Int32 = 0
        _ = unsafe libssh2_session_last_error(session, &text, &length, 0)
        guard let text = unsafe text, length > 0 else { return "" }
        return unsafe String(
            decoding: UnsafeRawBufferPointer(start: text, count: Int(length)), as: UTF8.self)
    }

    /// Whether the server's identification line («SSH-2.0-…») has come.
    var hasBanner: Bool {
        // libssh2 keeps every line that came before it in the same place.
        guard let line = unsafe libssh2_session_banner_get(session) else { return false }
        return unsafe String(cString: line).hasPrefix("SSH-")
    }

    func supported(_ method: Method) -> [String] {
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        let count = unsafe libssh2_session_supported_algs(session, method.rawValue, &names)
        guard count > 0, let names = unsafe names else { return [] }
        defer { unsafe libssh2_free(session, names) }
        return (0..<Int(count)).compactMap { index in
            unsafe names[index].map { unsafe String(cString: $0) }
        }
    }

    func prefer(_ names: [String], for method: Method) {
        _ = unsafe libssh2_session_method_pref(session, method.rawValue, names.joined(separator: ","))
    }

    func handshake() -> Int32 {
        unsafe libssh2_session_handshake(session, wire.descriptor)
    }

    /// The server's public key, as it stands in known_hosts after base64 decoding.
    var hostKey: [UInt8] {
        var length = 0
        var type: Int32 = 0
        guard let key = unsafe libssh2_session_hostkey(session, &length, &type) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: key, count: length))
    }

    /// The methods that may be used, comma-separated; nil with ``lastError`` when there is no answer yet.
    func authenticationMethods(user: String) -> String? {
        guard let list = unsafe libssh2_userauth_list(session, user, UInt32(user.utf8.count)) else { return nil }
        return unsafe String(cString: list)
    }

    var isAuthenticated: Bool { unsafe libssh2_userauth_authenticated(session) != 0 }

    func authenticate(user: String, privateKeyFile: String, passphrase: String?) -> Int32 {
        unsafe libssh2_userauth_publickey_fromfile_ex(
            session, user, UInt32(user.utf8.count), nil, privateKeyFile, passphrase)
    }

    /// Authenticates with a key whose signatures `signer` makes; the key's type is read from `publicKey`.
    func authenticate(user: String, publicKey: [UInt8], signer: Signer) -> Int32 {
        var abstract: UnsafeMutableRawPointer? = unsafe Unmanaged.passUnretained(signer).toOpaque()
        return unsafe libssh2_userauth_publickey(
            session, user, publicKey, publicKey.count,
            { _, signature, length, data, count, abstract in
                guard let pointer = unsafe abstract?.pointee, let data = unsafe data else { return -1 }
                let signer = unsafe Unmanaged<Signer>.fromOpaque(pointer).takeUnretainedValue()
                let message = unsafe Array(UnsafeBufferPointer(start: data, count: count))
                guard let made = signer.sign(message), let copy = unsafe malloc(made.count) else { return -1 }
                unsafe copy.copyMemory(from: made, byteCount: made.count)
                unsafe signature?.pointee = unsafe copy.assumingMemoryBound(to: UInt8.self)
                unsafe length?.pointee = made.count
                return 0
            }, &abstract)
    }

    func openSessionChannel() -> NativeChannel? {
        unsafe channel(zkops_channel_open(session, "session", 7))
    }

    func openTunnel(to address: String, port: UInt16) -> NativeChannel? {
        unsafe channel(libssh2_channel_direct_tcpip_ex(session, address, Int32(port), "127.0.0.1", 22))
    }

    /// Asks for a channel of a type that no server has. The server must refuse it (RFC 4254, section 5.1), so it is a
    /// question with a sure answer, and the wait for it makes libssh2 handle whatever the server has sent meanwhile.
    func openNothing() -> NativeChannel? {
        let type = "ping@zkops"
        return unsafe channel(zkops_channel_open(session, type, UInt32(type.utf8.count)))
    }

    /// A request that needs no answer, for the time when a channel is being opened and another can't be asked for.
    func sendKeepalive() {
        unsafe libssh2_keepalive_config(session, 0, 1)
        var next: Int32 = 0
        _ = unsafe libssh2_keepalive_send(session, &next)
    }

    func disconnect() {
        _ = unsafe libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "done", "")
    }

    private func channel(_ handle: OpaquePointer?) -> NativeChannel? {
        unsafe handle.map { unsafe NativeChannel(handle: $0, session: session) }
    }
}

/// Makes signatures for a key that this process does not hold.
final class Signer {
    /// Gives the signature without its type's name, nil where it could not be made.
    let sign: (_ message: [UInt8]) -> [UInt8]?

    init(_ sign: @escaping ([UInt8]) -> [UInt8]?) {
        self.sign = sign
    }
}
