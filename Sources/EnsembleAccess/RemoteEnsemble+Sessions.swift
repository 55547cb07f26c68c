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
            forwarder = try LocalForwarder(to: clientAddress(place, config), port: port, through: opened.session)
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
