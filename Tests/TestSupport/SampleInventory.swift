import EnsembleModel
package import PlanLanguage

extension Inventory {
    /// Hosts zk1, zk2, … at 10.0.0.1 and on, each with an `old` and a `new` installation in /opt.
    package static func sample(hosts count: Int) -> Inventory {
        let hosts = (1...count).map { number in
            Host(
                name: "zk\(number)", address: "10.0.0.\(number)", quorumAddress: "10.0.0.\(number)", ssh: SSH())
        }
        var servers: [ServerName: ServerPlace] = [:]
        for host in hosts {
            for installation in ["old", "new"] {
                let name = ServerName(host: host.name, installation: installation)
                servers[name] = ServerPlace(
                    name: name, address: host.address, quorumAddress: host.address, home: "/opt/\(installation)",
                    configPath: "/opt/\(installation)/conf/zoo.cfg")
            }
        }
        return Inventory(
            ensemble: "sample", hosts: hosts, servers: servers, source: SourceText(name: "inventory.yaml", text: ""))
    }
}
