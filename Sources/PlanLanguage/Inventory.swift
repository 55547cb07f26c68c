package import EnsembleModel

/// The hosts of an ensemble and how they are reached, merged: what stands under a host wins over the defaults.
package struct Inventory: Sendable, Hashable {
    /// The `ssh:` keys, with `~` not yet expanded.
    package struct SSH: Sendable, Hashable {
        package enum Transport: String, Sendable { case libssh2, openssh }

        package var user: String?
        package var port: Int?
        package var identityFiles: [String] = []
        package var knownHosts: [String] = []
        package var jump: [String] = []
        package var config: String?
        package var become: String?
        package var connectTimeout: Duration = .seconds(10)
        package var transport: Transport = .libssh2

        package init() {}
    }

    package struct Host: Sendable, Hashable {
        package var name: String
        package var address: String
        /// The address by which configurations name the host; the same as `address` unless given.
        package var quorumAddress: String
        package var ssh: SSH

        package init(name: String, address: String, quorumAddress: String, ssh: SSH) {
            self.name = name
            self.address = address
            self.quorumAddress = quorumAddress
            self.ssh = ssh
        }
    }

    package var ensemble: String
    /// In the order of the file.
    package var hosts: [Host]
    /// Every installation on every host, `{host}` and `{address}` filled in.
    package var servers: [ServerName: ServerPlace]
    package var source: SourceText
    /// Whether drills may break it on purpose.
    package var isStaging = false

    package init(ensemble: String, hosts: [Host], servers: [ServerName: ServerPlace], source: SourceText) {
        self.ensemble = ensemble
        self.hosts = hosts
        self.servers = servers
        self.source = source
    }

    /// Every server, in the order of the file's hosts.
    package var orderedPlaces: [ServerPlace] {
        hosts.flatMap { host in
            servers.values.filter { $0.name.host == host.name }.sorted { $0.name < $1.name }
        }
    }

    package func host(_ name: String) -> Host? { hosts.first { $0.name == name } }
}
