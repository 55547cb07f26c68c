import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    /// Opens a client session through exactly this server, tunnelled through its host, and ends it after `body`.
    func withClient<Value: Sendable>(
        _ server: ServerName, _ deed: String, isChange: Bool = false,
        _ body: (ZooKeeperClient) async throws(ZooKeeperClientError) -> Value
    ) async throws(AccessError) -> Value {
        let place = try place(server)
        if memory.known(server).config == nil { _ = try await glance(place) }
        let known = memory.known(server)
        guard let config = known.loaded ?? known.config, let port = clientPort(place, config) else {
            throw AccessError(
                .configurationInvalid, host: server.host, server: server,
                "\(place.configPath) names no client port, so no session can be opened")
        }
        let forwarder: LocalForwarder
        do throws(HostError) {
            let opened = try await sessions.session(server.host)
            forwarder = try LocalForwarder(to: clientAddress(place, config), port: port) { opened.session }
        } catch {
            throw AccessError(error, server: server)
        }
        let result: Result<Value, ZooKeeperClientError>
        do throws(ZooKeeperClientError) {
            let client = try await ZooKeeperClient.connect(hosts: forwarder.address)
            do throws(ZooKeeperClientError) {
                result = .success(try await body(client))
            } catch {
                result = .failure(error)
            }
            await client.close()
        } catch {
            result = .failure(error)
        }
        await forwarder.close()
        switch result {
        case .success(let value): return value
        case .failure(let error): throw AccessError(error, server: server, deed: deed, isChange: isChange)
        }
    }
}

extension RemoteEnsemble {
    /// Opens a port of this machine for every client port of the ensemble's servers, running or not, each carried through its host's
    /// session, and gives them back after `body`.
    ///
    /// - Parameter body: takes the ports as a client's list, `127.0.0.1:PORT` with commas between; nil where no configuration names one.
    package func withClientPorts<Value: Sendable>(_ body: (String?) async -> Value) async -> Value {
        let found = await SideBySide.map(places.values.sorted { $0.name < $1.name }) { place -> ClientPort? in
            if self.memory.known(place.name).config == nil { _ = try? await self.glance(place) }
            let known = self.memory.known(place.name)
            guard let config = known.loaded ?? known.config, let port = self.clientPort(place, config) else {
                return nil
            }
            return ClientPort(host: place.name.host, address: self.clientAddress(place, config), port: port)
        }
        let forwarders = Set(found.compactMap { $0 }).compactMap { place in
            try? LocalForwarder(to: place.address, port: place.port) { [sessions] () async throws(HostError) in
                try await sessions.session(place.host).session
            }
        }
        let addresses = forwarders.map(\.address).joined(separator: ",")
        let value = await body(addresses.isEmpty ? nil : addresses)
        for forwarder in forwarders { await forwarder.close() }
        return value
    }
}

/// Where a host's servers listen for clients, as seen from the host.
private struct ClientPort: Hashable {
    var host: String
    var address: String
    var port: UInt16
}

extension AccessError {
    init(_ error: ZooKeeperClientError, server: ServerName, deed: String, isChange: Bool) {
        let code: Code
        var remedy = ""
        switch error.code {
        case .cancelled: code = .cancelled
        case .connectTimedOut, .notReadOnly, .throttled, .sessionExpired, .closed: code = .notServing
        case .connectionLost, .operationTimedOut:
            code = isChange ? .outcomeUnknown : .notServing
            if isChange { remedy = "; look whether it was carried out, then resume the run" }
        case .noNode: code = .fileMissing
        case .authenticationFailed, .notAuthorised:
            code = .permissionDenied
            remedy = "; the ensemble's access lists must allow it to everyone"
        case .nodeExists, .notEmpty, .badVersion: code = .hostChanged
        case .noChildrenForEphemerals, .badArguments, .invalidACL, .reconfigDisabled, .reconfigInProgress,
            .newConfigHasNoQuorum, .unimplemented, .marshalling, .other:
            code = .refused
        }
        self.init(code, host: server.host, server: server, "\(deed): \(error.message)\(remedy)")
    }
}
