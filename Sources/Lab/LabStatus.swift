package import EnsembleModel

/// What `zkops lab status` shows.
package struct LabStatus: Sendable, Codable, Equatable {
    package struct Server: Sendable, Codable, Equatable {
        package var server: ServerName
        package var address: String
        package var pid: Int32?
        package var mode: Mode
        package var zxid: Zxid?
        package var znodes: Int?
    }

    package struct Host: Sendable, Codable, Equatable {
        package var host: String
        package var address: String
        package var sshd: Bool
    }

    package var version = 1
    package var name: String
    package var directory: String
    package var hosts: [Host]
    package var servers: [Server]

    /// A fixed-width table, one server a line.
    package var text: String {
        var lines = ["\(name) in \(directory)"]
        for host in hosts where !host.sshd { lines.append("  \(host.host) \(host.address): no sshd") }
        let rows =
            [["server", "address", "pid", "mode", "zxid", "znodes"]]
            + servers.map { server in
                [
                    server.server.description, server.address, server.pid?.description ?? "-", server.mode.rawValue,
                    server.zxid?.description ?? "-", server.znodes?.description ?? "-",
                ]
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        lines += rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return "  " + String(line.reversed().drop { $0 == " " }.reversed())
        }
        return lines.joined(separator: "\n")
    }
}

extension Lab {
    package func status() async -> LabStatus {
        let processes = ProcessTable.all().filter { !$0.isZombie }
        let hosts = self.hosts.map { host in
            LabStatus.Host(
                host: host.name, address: host.address,
                sshd: processes.contains { entry in
                    entry.arguments.first?.hasPrefix("sshd:") == true
                        && entry.arguments.contains { $0.contains("\(host.sshdDirectory)/sshd_config") }
                })
        }
        var servers: [LabStatus.Server] = []
        for server in self.servers {
            let process = server.process()
            let answer = process == nil ? nil : await ask(server)
            servers.append(
                LabStatus.Server(
                    server: server.name, address: server.clientAddress, pid: process?.pid,
                    mode: process == nil ? .stopped : answer?.mode ?? .looking, zxid: answer?.zxid,
                    znodes: answer?.znodes))
        }
        return LabStatus(name: topology.name, directory: directory, hosts: hosts, servers: servers)
    }
}
