import Glibc
import RemoteHosts

/// A port of this machine whose connections are carried through a host's session to one address there, for libraries that
/// open connections of their own.
final class LocalForwarder: Sendable {
    private let descriptor: Int32
    /// `127.0.0.1:PORT`
    let address: String
    private let carrying: Task<Void, Never>

    /// Opens the port; it takes connections until ``close()``.
    init(to target: String, port: UInt16, through session: any HostSession) throws(HostError) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let listener = socket(AF_INET, kind, 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = unsafe withUnsafeMutablePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe listener >= 0 && bind(listener, rebound, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, rebound, &size) == 0
            }
        }
        guard isOpen else {
            if listener >= 0 { Glibc.close(listener) }
            throw HostError(
                .forwardingRefused, host: session.host, "no port of 127.0.0.1 could be opened on this machine")
        }
        descriptor = listener
        address = "127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        carrying = Task { await Self.accept(listener, target, port, session) }
    }

    /// Ends all connections and gives the port back.
    func close() async {
        carrying.cancel()
        await carrying.value
    }

    deinit {
        carrying.cancel()
        Glibc.close(descriptor)
    }

    private static func accept(
        _ listener: Int32, _ target: String, _ port: UInt16, _ session: any HostSession
    ) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let end = await SocketWatch.shared.wait(listener, for: Int32(POLLIN), limit: .seconds(3600))
                if end == .cancelled { break }
                let client = Glibc.accept(listener, nil, nil)
                guard client >= 0 else { continue }
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                group.addTask {
                    await carry(LocalTCPStream(descriptor: client, peer: "a client"), target, port, session)
                }
            }
            group.cancelAll()
        }
    }

    private static func carry(
        _ client: LocalTCPStream, _ target: String, _ port: UInt16, _ session: any HostSession
    ) async {
        // A connection that can't be made is closed: the library tries again, or says that it can't.
        if let server = try? await session.connect(to: target, port: port, limit: .seconds(10)) {
            await withDiscardingTaskGroup { group in
                group.addTask { await pump(from: client, to: server) }
                group.addTask { await pump(from: server, to: client) }
            }
            await server.close()
        }
        await client.close()
    }

    /// Carries one direction to its end, then ends it on the other side; a failure ends both.
    private static func pump(from source: any ByteStream, to target: any ByteStream) async {
        do throws(HostError) {
            while true {
                let bytes: [UInt8]
                do throws(HostError) {
                    bytes = try await source.read(limit: .seconds(60))
                } catch {
                    // A quiet session of a client is none that is over.
                    if error.code == .limitPassed { continue }
                    throw error
                }
                if bytes.isEmpty { break }
                try await target.write(bytes, limit: .seconds(30))
            }
            try await target.finishWriting()
        } catch {
            await source.close()
            await target.close()
        }
    }
}
