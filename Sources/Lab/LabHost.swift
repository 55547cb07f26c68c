package import EnsembleModel

/// One host of a lab: its address and its directories.
package struct LabHost: Sendable, Equatable {
    package var name: String
    /// 127.0.X.Y, with every port of the lab's to itself.
    package var address: String
    package var myid: ServerID?
    package var role: LabTopology.Host.Role
    /// `LAB/hosts/NAME`.
    package var directory: String

    package var sshdDirectory: String { "\(directory)/sshd" }
}

/// One installation on one host.
package struct LabServer: Sendable, Equatable {
    package var host: LabHost
    package var installation: LabTopology.Installation
    package var ports: LabTopology.Ports
    var sharesData: Bool

    package var name: ServerName { ServerName(host: host.name, installation: installation.name) }
    package var home: String { "\(host.directory)/zookeeper-\(installation.version)" }
    package var configPath: String { "\(home)/conf/zoo.cfg" }
    package var dataDir: String {
        sharesData ? "\(host.directory)/data" : "\(host.directory)/data/\(installation.version)"
    }
    package var dataLogDir: String {
        sharesData ? "\(host.directory)/datalog" : "\(host.directory)/datalog/\(installation.version)"
    }
    package var pidFile: String { "\(dataDir)/zookeeper_server.pid" }
    package var script: String { "\(home)/bin/zkServer.sh" }
    /// The address that clients connect to.
    package var clientAddress: String { "\(host.address):\(ports.client)" }

    /// The JVM that runs from this installation, whoever started it, as /proc has it.
    package func process() -> ProcessEntry? {
        ProcessTable.all().first { entry in
            entry.program == "java" && !entry.isZombie && entry.arguments.contains { $0.hasPrefix("\(home)/") }
        }
    }

    /// What the server has printed since its start: zookeeper.out, in the home (3.4) or in `logs` (3.5 and later).
    package func log() -> String {
        let later = LabFiles.names(in: "\(home)/logs").filter { $0.hasSuffix(".out") }.map { "\(home)/logs/\($0)" }
        return (["\(home)/zookeeper.out"] + later).compactMap { LabFiles.textIfThere($0) }.joined()
    }
}
