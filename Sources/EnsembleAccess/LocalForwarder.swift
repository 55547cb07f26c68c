import RemoteHosts

/// A port of this machine whose connections are carried through a host's session to one address there, for libraries that
/// open connections of their own.
final class LocalForwarder: Sendable {
    /// `127.0.0.1:PORT`
    let address: String
    private let carrying: Task<Void, Never>

    /// Opens the port; it takes connections until ``close()``.
    /// - Parameter session: asked for at each connection, since a session that was lost is replaced by another.
    init(
        to target: String, port: UInt16,
        through session: @escaping @Sendable () async throws(HostError) -> any HostSession
    ) throws(HostError) {
        let listener = try LocalListener()
        address = listener.address
        carrying = Task {
            await listener.serve(atMost: 64) { client in await Self.carry(client, target, port, session) }
        }
    }

    /// Ends all connections and gives the port back.
    func close() async {
        carrying.cancel()
        await carrying.value
    }

    deinit { carrying.cancel() }

    private static func carry(
        _ client: LocalTCPStream, _ target: String, _ port: UInt16,
        _ session: @Sendable () async throws(HostError) -> any HostSession
    ) async {
        // A connection that can't be made is closed: the library tries again, or says that it can't.
        if let server = try? await session().connect(to: target, port: port, limit: .seconds(10)) {
            await withDiscardingTaskGroup { group in
                group.addTask { await pump(from: client, to: server) }
                group.addTask { await pump(from: server, to: client) }
            }
            await server.close()
        }
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
