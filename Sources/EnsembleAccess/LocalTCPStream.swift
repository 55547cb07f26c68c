import Glibc
import RemoteHosts

/// A TCP connection of this machine.
final class LocalTCPStream: ByteStream {
    private let descriptor: Int32
    private let peer: String

    /// Takes over a connected socket.
    init(descriptor: Int32, peer: String) {
        self.descriptor = descriptor
        self.peer = peer
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { Glibc.close(descriptor) }

    /// - Parameter address: a name or an address; names are resolved by this machine.
    static func connect(
        to address: String, port: UInt16, limit: Duration
    ) async throws(HostError) -> LocalTCPStream {
        let peer = "\(address):\(port)"
        let descriptor = try begin(address, port, peer)
        let stream = LocalTCPStream(descriptor: descriptor, peer: peer)
        switch await SocketWatch.shared.wait(descriptor, for: Int32(POLLOUT), limit: limit) {
        case .cancelled: throw HostError(.cancelled, host: address, "connecting to \(peer) was cancelled")
        case .limitPassed:
            throw HostError(.connectTimedOut, host: address, "\(peer) did not accept a connection within \(limit)")
        case .ready: break
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        if code != 0 { throw failure(code, address, peer) }
        return stream
    }

    private static func begin(_ address: String, _ port: UInt16, _ peer: String) throws(HostError) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(address, String(port), &hints, &list) == 0, let first = unsafe list else {
            throw HostError(
                .addressNotFound, host: address, "\(address) has no address here; give one in the inventory")
        }
        defer { unsafe freeaddrinfo(list) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = unsafe socket(first.pointee.ai_family, kind, 0)
        guard descriptor >= 0 else { throw failure(errno, address, peer) }
        if unsafe Glibc.connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) != 0, errno != EINPROGRESS
        {
            let code = errno
            Glibc.close(descriptor)
            throw failure(code, address, peer)
        }
        return descriptor
    }

    private static func failure(_ code: Int32, _ address: String, _ peer: String) -> HostError {
        let reason = unsafe String(cString: strerror(code))
        switch code {
        case ECONNREFUSED: return HostError(.connectionRefused, host: address, "nothing listens on \(peer)")
        case ETIMEDOUT, EHOSTUNREACH, ENETUNREACH:
            return HostError(.connectTimedOut, host: address, "\(peer) can't be reached: \(reason)")
        default: return HostError(.connectionLost, host: address, "connecting to \(peer) failed: \(reason)")
        }
    }

    func read(limit: Duration) async throws(HostError) -> [UInt8] {
        while true {
            let capacity = 64 << 10
            var failed: Int32 = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = unsafe recv(descriptor, buffer.baseAddress, capacity, 0)
                if got < 0 { failed = errno }
                count = max(0, got)
            }
            if failed == 0 { return bytes }
            guard failed == EAGAIN || failed == EINTR else { throw Self.failure(failed, peer, peer) }
            try await wait(Int32(POLLIN), limit)
        }
    }

    func write(_ bytes: [UInt8], limit: Duration) async throws(HostError) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(descriptor, buffer.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN || errno == EINTR {
                try await wait(Int32(POLLOUT), limit)
            } else {
                throw Self.failure(errno, peer, peer)
            }
        }
    }

    private func wait(_ events: Int32, _ limit: Duration) async throws(HostError) {
        switch await SocketWatch.shared.wait(descriptor, for: events, limit: limit) {
        case .ready: break
        case .limitPassed: throw HostError(.limitPassed, host: peer, "\(peer) was silent for \(limit)")
        case .cancelled: throw HostError(.cancelled, host: peer, "waiting for \(peer) was cancelled")
        }
    }

    func finishWriting() async throws(HostError) {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The descriptor itself is closed with the last reference, so that no wait is left with the number of another one.
    func close() async {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
