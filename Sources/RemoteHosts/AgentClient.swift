import Glibc

/// A connection to an ssh-agent over its Unix socket (draft-miller-ssh-agent).
///
/// libssh2 has a client too, which asks for SHA-1 signatures of RSA keys only, and sends the agent's bytes through the
/// session's own callbacks. Blocking: it belongs to a connection's thread.
@safe
final class AgentClient {
    struct Identity: Equatable {
        var publicKey: [UInt8]
        var comment: String
    }

    /// Which hash an RSA signature is made with (flags of SSH_AGENTC_SIGN_REQUEST).
    enum RSAHash: UInt32, CaseIterable {
        case sha512 = 4
        case sha256 = 2

        var method: String { self == .sha512 ? "rsa-sha2-512" : "rsa-sha2-256" }
    }

    /// An agent may ask a person to confirm a signature, in seconds.
    private static let confirmation = 60
    private static let patience = 5
    private static let largestReply: UInt32 = 4 << 20

    private let descriptor: Int32

    /// Nil where no agent answers at `path`.
    init?(path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        limitWaits(to: Self.patience)
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            _ = close(descriptor)
            return nil
        }
    }

    deinit {
        _ = close(descriptor)
    }

    /// The keys that the agent holds; nil where it does not say.
    func identities() -> [Identity]? {
        guard let reply = ask([11]), reply.first == 12 else { return nil }
        var reader = WireReader(reply.dropFirst())
        guard let count = reader.uint32() else { return nil }
        var identities: [Identity] = []
        for _ in 0..<count {
            guard let key = reader.string(), let comment = reader.text() else { return nil }
            identities.append(Identity(publicKey: key, comment: comment))
        }
        return identities
    }

    /// A signature without its type's name; nil where the agent refuses.
    func sign(_ message: [UInt8], with publicKey: [UInt8], hash: RSAHash?) -> [UInt8]? {
        var request = WireWriter()
        request.byte(13)
        request.string(publicKey)
        request.string(message)
        request.uint32(hash?.rawValue ?? 0)
        limitWaits(to: Self.confirmation)
        guard let reply = ask(request.bytes), reply.first == 14 else { return nil }
        var reader = WireReader(reply.dropFirst())
        guard let signature = reader.string() else { return nil }
        var parts = WireReader(signature)
        guard let method = parts.text(), let raw = parts.string() else { return nil }
        // An agent that knows no such flag signs with SHA-1, which the server would refuse without saying why.
        if let hash, method != hash.method { return nil }
        return raw
    }

    private func limitWaits(to seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    private func ask(_ request: [UInt8]) -> [UInt8]? {
        var message = WireWriter()
        message.string(request)
        guard sendAll(message.bytes), let header = receive(4) else { return nil }
        var reader = WireReader(header)
        guard let length = reader.uint32(), length > 0, length <= Self.largestReply else { return nil }
        return receive(Int(length))
    }

    private func sendAll(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let some = unsafe bytes[received...].withUnsafeMutableBytes { rest in
                unsafe recv(descriptor, rest.baseAddress, rest.count, 0)
            }
            if some < 0, errno == EINTR { continue }
            guard some > 0 else { return nil }
            received += some
        }
        return bytes
    }
}
