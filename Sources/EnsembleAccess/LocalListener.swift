import Glibc
import RemoteHosts

/// A listening TCP port of this machine.
final class LocalListener: Sendable {
    /// Between two tries where this process has no descriptors left.
    private static let patience = Duration.milliseconds(200)

    private let descriptor: Int32
    /// Where it listens: `127.0.0.1:9141`.
    let address: String

    /// - Parameters:
    ///   - address: an IPv4 address of this machine.
    ///   - port: 0 for any that is free.
    init(address: String = "127.0.0.1", port: UInt16 = 0) throws(HostError) {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, address, &place.sin_addr) == 1 else {
            throw HostError(.addressNotFound, host: address, "\(address) is not an IPv4 address, such as 127.0.0.1")
        }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let listener = socket(AF_INET, kind, 0)
        var yes: Int32 = 1
        // Connections of a listener before this one, in TIME_WAIT, must not keep the port (socket(7)).
        unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = unsafe withUnsafeMutablePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe listener >= 0 && bind(listener, rebound, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, rebound, &size) == 0
            }
        }
        guard isOpen else {
            let reason = unsafe String(cString: strerror(errno))
            if listener >= 0 { Glibc.close(listener) }
            throw HostError(
                .forwardingRefused, host: address, "port \(port) of \(address) can't be opened here: \(reason)")
        }
        descriptor = listener
        self.address = "\(address):\(UInt16(bigEndian: place.sin_port))"
    }

    deinit { Glibc.close(descriptor) }

    /// Takes connections until the task is cancelled, then ends all that are under way.
    /// - Parameter limit: how many are served at once; further ones wait in the kernel's queue.
    func serve(atMost limit: Int, _ body: @escaping @Sendable (LocalTCPStream) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            var underWay = 0
            while !Task.isCancelled {
                if underWay == limit, await group.next() != nil { underWay -= 1 }
                if await SocketWatch.shared.wait(descriptor, for: Int32(POLLIN), limit: .seconds(3600)) == .cancelled {
                    break
                }
                let client = Glibc.accept(descriptor, nil, nil)
                guard client >= 0 else {
                    // Out of descriptors or memory, the connection waits in the kernel's queue, and so does this: until one that is under
                    // way ends, or for a moment where the others belong to somebody else.
                    if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                        if underWay > 0, await group.next() != nil {
                            underWay -= 1
                        } else {
                            try? await Task.sleep(for: Self.patience)
                        }
                    }
                    continue
                }
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                underWay += 1
                group.addTask {
                    let stream = LocalTCPStream(descriptor: client, peer: "a client")
                    await body(stream)
                    await stream.close()
                }
            }
            group.cancelAll()
        }
    }
}
