package import EnsembleAccess

/// Proxies as live client sessions: each holds one ephemeral znode `proxy-NNNN` and registers again whenever its session
/// is lost, as the clients of a real ensemble do.
package struct ProxySessions: Sendable {
    /// All addresses where the ensemble may be found, with commas between.
    package var addresses: String
    /// `127.0.X.Y` of the lab's hosts; proxies say that they run there.
    package var hosts: [String]
    package var count: Int
    package var sessionTimeout: Duration = .seconds(10)
    /// One line a registration or failure.
    package var report: @Sendable (String) -> Void

    package init(_ lab: Lab, count: Int, report: @escaping @Sendable (String) -> Void) {
        addresses = lab.clientAddresses
        hosts = lab.hosts.map(\.address)
        self.count = count
        self.report = report
    }

    /// Holds the sessions until the task is cancelled.
    package func hold() async {
        await withTaskGroup(of: Void.self) { group in
            for number in 1...max(count, 1) {
                group.addTask { await hold(number) }
            }
        }
    }

    /// The names that are registered as ephemeral znodes; empty where nothing can be read.
    package static func registered(_ client: ZooKeeperClient) async -> [String] {
        guard let names = try? await client.children(of: Lab.proxiesPath) else { return [] }
        var found: [String] = []
        for name in names {
            let stat = try? await client.exists("\(Lab.proxiesPath)/\(name)")
            if let stat, stat.isEphemeral { found.append(name) }
        }
        return found
    }

    private func hold(_ number: Int) async {
        let path = "\(Lab.proxiesPath)/proxy-\(padded(number, 4))"
        let address = "\(hosts[(number - 1) % hosts.count]):19000"
        let data = Array(#"{"id":\#(number),"addr":"\#(address)"}"#.utf8)
        while !Task.isCancelled {
            do throws(ZooKeeperClientError) {
                let client = try await ZooKeeperClient.connect(hosts: addresses, sessionTimeout: sessionTimeout)
                do throws(ZooKeeperClientError) {
                    try await register(path, data, client, takesOver: true)
                    report("\(path) registered")
                    try await keep(path, data, client)
                } catch {
                    await client.close()
                    throw error
                }
                await client.close()
            } catch {
                if !Task.isCancelled { report("\(path): \(error)") }
                // There is nobody to tell us when servers come back.
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Looks after the znode until the session is over, or out of touch for longer than it can have lived: a server
    /// with an older state than the session has seen refuses it for ever, and only a new session gets in.
    private func keep(_ path: String, _ data: [UInt8], _ client: ZooKeeperClient) async throws(ZooKeeperClientError) {
        var lastSeen = ContinuousClock.now
        while !Task.isCancelled {
            switch client.state {
            case .connected:
                lastSeen = .now
                try await register(path, data, client, takesOver: false)
            case .connecting:
                if ContinuousClock.now - lastSeen > sessionTimeout {
                    throw ZooKeeperClientError(.connectionLost, "no server takes the session back")
                }
            case .expired, .authenticationFailed:
                throw ZooKeeperClientError(.sessionExpired, "the session has expired")
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
        }
    }

    /// A znode left by a session of before is replaced. A persistent one of the same data, put there by an operator so
    /// that the proxy stays findable, is replaced by a new session only.
    private func register(
        _ path: String, _ data: [UInt8], _ client: ZooKeeperClient, takesOver: Bool
    ) async throws(ZooKeeperClientError) {
        let stat: ZnodeStat?
        do throws(ZooKeeperClientError) {
            stat = try await client.exists(path)
        } catch {
            if error.code == .connectionLost { return }
            throw error
        }
        if let stat {
            if stat.ephemeralOwner == client.sessionID { return }
            if !takesOver && !stat.isEphemeral { return }
            do throws(ZooKeeperClientError) {
                try await client.delete(path)
            } catch {
                guard error.code == .noNode else { throw error }
            }
        }
        let parts = path.split(separator: "/").dropLast()
        for end in parts.indices {
            try await Lab.ensure("/" + parts[parts.startIndex...end].joined(separator: "/"), data: [], client)
        }
        try await client.create(path, data: data, ephemeral: true)
    }
}
