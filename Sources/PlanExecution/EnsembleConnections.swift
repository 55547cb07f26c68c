package import EnsembleAccess
package import PlanLanguage
package import RemoteHosts

/// How an inventory's hosts are reached: what it says about SSH, in the words of the module that opens connections.
package enum EnsembleConnections {
    /// - Parameter home: the operator's home directory, in the place of `~`.
    package static func make(
        inventory: Inventory, connector: any HostConnector, home: String, record: CommandRecorder?
    ) -> RemoteEnsemble {
        let endpoints = inventory.hosts.map { ($0.name, endpoint(of: $0, home: home)) }
        return RemoteEnsemble(
            places: inventory.servers, endpoints: Dictionary(endpoints, uniquingKeysWith: { first, _ in first }),
            connector: connector, record: record)
    }

    static func endpoint(of host: Inventory.Host, home: String) -> Endpoint {
        func expanded(_ path: String) -> String {
            path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        let ssh = host.ssh
        return Endpoint(
            host: host.name, address: host.address, port: ssh.port.flatMap { UInt16(exactly: $0) }, user: ssh.user,
            identityFiles: ssh.identityFiles.map(expanded), knownHosts: ssh.knownHosts.map(expanded), jump: ssh.jump,
            configFile: ssh.config.map(expanded), become: ssh.become, connectLimit: ssh.connectTimeout,
            transport: Endpoint.Transport(rawValue: ssh.transport.rawValue) ?? .libssh2)
    }
}
