import Foundation

/// A plan that restarts so many servers of 3.8.0 one after the other, the leader last, with the inventory and the facts that it names.
struct RollingRestart {
    let servers: Int

    /// - Returns: the plan's path.
    func write(to folder: URL) throws -> String {
        let numbers = 1...servers
        let names = numbers.map { "zk\($0)@v3.8.0" }.joined(separator: ", ")
        let members = numbers.map { "      server.\($0)=192.0.2.\($0):2888:3888" }.joined(separator: "\n")
        let hosts = numbers.map { "  zk\($0): {address: 192.0.2.\($0)}" }.joined(separator: "\n")
        let facts = numbers.map { number in
            """
              zk\(number)@v3.8.0:
                mode: \(number == servers ? "leader" : "follower")
                myid: \(number)
                version: 3.8.0
                zxid: 0x1000003e8
                epochs: {accepted: 1, current: 1}
                snapshot: 0x100000000
                log: 0x100000001
                config: \(number == 1 ? "&list |\n      dataDir=/data\n      clientPort=2181\n\(members)" : "*list")
            """
        }.joined(separator: "\n")
        let files = [
            "inventory.yaml": """
            version: 1
            ensemble: restarted
            installations:
              v3.8.0: {home: /opt/zookeeper-3.8.0}
            hosts:
            \(hosts)
            """,
            "facts.yaml": "version: 1\nservers:\n\(facts)",
            "plan.yaml": """
            version: 1
            name: rolling-restart
            summary: Restarts \(servers) servers.
            inventory: inventory.yaml
            facts: facts.yaml
            stages:
              - name: Restart
                steps:
                  - rolling: {servers: [\(names)], order: leader_last, steps: [restart: $server]}
            """,
        ]
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files {
            try "\(text)\n".write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        return folder.appendingPathComponent("plan.yaml").path
    }
}
