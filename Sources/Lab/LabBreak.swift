package import EnsembleModel
import Glibc

/// What can be done to a lab to have something to repair. `lab up` anew undoes all of it.
package enum LabBreak: Sendable, Equatable {
    /// ZOOKEEPER-2186 on every running server of an affected version, then a restart of as many servers as the quorum can miss.
    case listenerDeath
    /// kill -9; the pid file stays.
    case kill
    /// SIGSTOP: the kernel goes on accepting connections, nobody answers.
    case pause
    /// Nothing goes between the server's host and the other hosts any more; both are still reached from here.
    case cut
    /// The firewall drops what comes to one port of the server's address.
    case blockPort(LabPort)
    /// The server's data directory of this kind becomes a small file system, and that is full.
    case fillDisk(LabDisk)
    /// The myid file says another number, and the server is restarted with it; another member's when nil.
    case wrongMyid(ServerID?)
    /// dataDir and dataLogDir are empty, the myid file gone too, and the server is down, as after a change of disks.
    case loseData
    /// What `zkops ensemble doctor` is to recognise.
    case incident(LabIncident)
}

package enum LabPort: String, Sendable, CaseIterable { case ssh, client, quorum, election }

package enum LabDisk: String, Sendable, CaseIterable { case data, log }

extension Lab {
    /// - Parameter servers: those to be broken. For `listenerDeath` those to be restarted; the lowest and third lowest
    ///   myids, and so on, when empty.
    /// - Returns: one line a deed.
    package func carryOut(_ fault: LabBreak, on servers: [LabServer]) async throws(LabError) -> [String] {
        if fault == .listenerDeath { return try await killListeners(restarting: servers) }
        if fault == .incident(.electionLoop) { return [try await loopElections()] }
        let isOfAll = fault == .incident(.smallLimits) || fault == .incident(.forbiddenWords)
        let servers = isOfAll && servers.isEmpty ? ensemble : servers
        guard !servers.isEmpty else {
            throw LabError(.breakImpossible, "say which server to break: --server zk7")
        }
        var done: [String] = []
        for server in servers { done.append(try await carryOut(fault, on: server)) }
        if isOfAll { try await waitUntilServing(servers) }
        return done
    }

    private func carryOut(_ fault: LabBreak, on server: LabServer) async throws(LabError) -> String {
        switch fault {
        case .listenerDeath: return ""
        case .kill:
            _ = try running(server)
            try await kill(server)
            return "\(server.name) was killed"
        case .pause:
            await ProcessTable.pause(try running(server).pid)
            return "\(server.name) is stopped by SIGSTOP"
        case .cut: return try await cut(server)
        case .blockPort(let port): return try await block(port, of: server)
        case .fillDisk(let disk): return try await fill(disk, of: server)
        case .wrongMyid(let myid): return try await mistake(server, for: myid)
        case .incident(let incident): return try await bring(about: incident, on: server)
        case .loseData:
            try await kill(server)
            for directory in [server.dataDir, server.dataLogDir] {
                for name in LabFiles.names(in: directory) { try LabFiles.remove("\(directory)/\(name)") }
            }
            return "\(server.name) is down and has lost its data"
        }
    }

    func running(_ server: LabServer) throws(LabError) -> ProcessEntry {
        guard let process = server.process() else {
            throw LabError(.breakImpossible, "\(server.name) does not run")
        }
        return process
    }

    /// Takes SIGSTOP back.
    package func resume(_ server: LabServer) throws(LabError) {
        Glibc.kill(try running(server).pid, SIGCONT)
    }

    /// Takes back what `carryOut` did to a server: it is started, goes on, or can be reached again.
    package func takeBack(_ fault: LabBreak, of server: LabServer) async throws(LabError) {
        switch fault {
        case .kill:
            // A plan may have started it meanwhile, or may do so now.
            guard server.process() == nil else { return }
            do throws(LabError) {
                try await start(server)
            } catch {
                guard server.process() != nil else { throw error }
            }
        case .pause: try resume(server)
        case .cut, .blockPort:
            let address = server.host.address
            let mine = try Lab.readState(directory).undo.filter { undo in
                switch undo {
                case .cut(let cut): fault == .cut && cut == address
                case .firewall(let rule): fault != .cut && rule.contains(address)
                case .unmount, .network: false
                }
            }
            for undo in mine {
                try await carryOut(undo)
                try changeState { $0.undo.removeAll { $0 == undo } }
            }
        case .listenerDeath, .fillDisk, .wrongMyid, .loseData, .incident:
            throw LabError(.breakImpossible, "this can't be taken back; `zkops lab up` raises the lab anew")
        }
    }

    private func mistake(_ server: LabServer, for myid: ServerID?) async throws(LabError) -> String {
        let others = topology.members.compactMap(\.myid).filter { $0 != server.host.myid }
        guard let wrong = myid ?? others.max() else {
            throw LabError(.breakImpossible, "there is no other member whose myid \(server.name) could take")
        }
        try await kill(server)
        try LabFiles.write("\(wrong)\n", to: "\(server.dataDir)/myid")
        try await start(server)
        return "\(server.name) was restarted with myid \(wrong)"
    }

    func block(_ port: LabPort, of server: LabServer) async throws(LabError) -> String {
        guard surroundings.isRoot else {
            throw LabError(.breakImpossible, "only root may change the firewall; use pause or kill instead")
        }
        let iptables = try surroundings.program("iptables", remedy: "apt-get install iptables, or use pause or kill")
        let number =
            switch port {
            case .ssh: topology.ports.ssh
            case .client: topology.ports.client
            case .quorum: topology.ports.quorum
            case .election: topology.ports.election
            }
        let rule = [
            "INPUT", "-d", server.host.address, "-p", "tcp", "--dport", "\(number)", "-j", "DROP",
        ]
        // The way back is written down first, so that no rule can outlive the lab.
        try changeState { $0.undo.append(.firewall(arguments: ["-w", "-D"] + rule)) }
        let outcome = try await ChildProcess.run(
            iptables, ["-w", "-I"] + rule, environment: surroundings.environment)
        guard outcome.succeeded else {
            try changeState { $0.undo.removeLast() }
            throw LabError(.breakImpossible, "iptables refused: \(outcome.output)")
        }
        return "\(server.host.address):\(number) (\(port)) is blocked"
    }
}
