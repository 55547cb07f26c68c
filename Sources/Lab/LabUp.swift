import EnsembleModel

extension Lab {
    /// Raises a lab: what stood in `directory` before goes away first. Returns when a leader serves and every server
    /// that was started is in. The server with the highest myid leads, as after any start side by side on empty data.
    package static func up(
        _ topology: LabTopology, in directory: String, _ surroundings: LabSurroundings,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(LabError) -> Lab {
        try topology.validate()
        try refuseStranger(directory)
        let cache = VersionCache(surroundings, report: report)
        var jars: [Version: String] = [:]
        for installation in topology.installations {
            let release = try ZooKeeperRelease.find(installation.version)
            jars[installation.version] = try await cache.fetch(release)
        }
        let java = try surroundings.program("java", remedy: "apt-get install default-jre-headless")
        let before = try await clear(directory, surroundings)

        try LabFiles.makeDirectory(directory)
        let lock = try FileLock.take(onDirectory: directory)
        defer { withExtendedLifetime(lock) {} }
        var lab: Lab?
        do throws(LabError) {
            let claim = try LabAddresses.choose(
                topology, preferred: before?.subnet, locks: "\(surroundings.cache)/lab-addresses")
            defer { withExtendedLifetime(claim) {} }
            let state = LabState(topology: topology, subnet: claim.subnet)
            try writeState(state, directory)
            let raised = Lab(surroundings: surroundings, directory: directory, state: state)
            lab = raised
            if let network = raised.network {
                let addresses = raised.hosts.map(\.address)
                try raised.changeState { $0.undo.append(.network(addresses: addresses)) }
                try await network.up(addresses)
            }
            if topology.hasSSH {
                try await raised.ssh.prepare(raised.hosts)
                try await raised.ssh.start(raised.hosts)
            }
            for server in raised.servers {
                try raised.install(server, jars: jars[server.installation.version] ?? "", java: java)
            }
            try await raised.writeScripts()
            try LabFiles.write(
                LabInventory.text(raised, user: surroundings.user), to: "\(directory)/inventory.yaml")
            try await raised.raiseEnsemble()
            return raised
        } catch {
            try? await lab?.endProcesses()
            for undo in (try? Lab.readState(directory).undo) ?? [] { try? await lab?.carryOut(undo) }
            try? LabFiles.remove(directory)
            throw error
        }
    }

    /// Undoes the lab that stands in `directory`; anything else there is left alone and refused.
    private static func clear(_ directory: String, _ surroundings: LabSurroundings) async throws(LabError) -> LabState?
    {
        if LabFiles.exists("\(directory)/\(LabState.fileName)") {
            let state = try readState(directory)
            try await Lab(surroundings: surroundings, directory: directory, state: state).down()
            return state
        }
        try refuseStranger(directory)
        return nil
    }

    private static func refuseStranger(_ directory: String) throws(LabError) {
        guard LabFiles.exists("\(directory)/\(LabState.fileName)") || LabFiles.names(in: directory).isEmpty else {
            throw LabError(.directoryInUse, "\(directory) holds something else; choose another directory with --dir")
        }
    }

    private func install(_ server: LabServer, jars: String, java: String) throws(LabError) {
        let version = server.installation.version
        let logging = try ZooKeeperRelease.find(version).logging
        for directory in [
            "\(server.home)/bin", "\(server.home)/conf", "\(server.home)/lib", server.dataDir, server.dataLogDir,
        ] {
            try LabFiles.makeDirectory(directory)
        }
        for jar in LabFiles.names(in: jars) { try LabFiles.link("\(server.home)/lib/\(jar)", to: "\(jars)/\(jar)") }
        try LabFiles.write(
            ServerFiles.zooConfig(server, topology, members: hosts.filter { $0.myid != nil }), to: server.configPath)
        try LabFiles.write(
            ServerFiles.javaEnvironment(java: java, logging: logging), to: "\(server.home)/conf/java.env")
        try LabFiles.write(
            ServerFiles.logConfig(logging), to: "\(server.home)/conf/\(ServerFiles.logConfigName(logging))")
        // Only what runs has its myid; the other installations have never been started.
        let isFirst = server.installation == topology.installations.first
        if let myid = server.host.myid, isFirst || topology.sharesData {
            try LabFiles.write("\(myid)\n", to: "\(server.dataDir)/myid")
        }
    }

    /// A program that this process holds open for writing can't be run («Text file busy»), and a child that another thread is just
    /// starting may hold it a little longer. So another process writes those that hosts run.
    private func writeScripts() async throws(LabError) {
        var paths: [String] = []
        for server in servers {
            let version = server.installation.version
            for (path, text) in [
                (server.script, ServerScripts.server(version)),
                ("\(server.home)/bin/zkEnv.sh", ServerScripts.environment(version)),
            ] {
                try LabFiles.write(text, to: "\(path).new")
                paths.append(path)
            }
        }
        let shell = try surroundings.program("sh", remedy: "a POSIX shell is needed")
        let outcome = try await ChildProcess.run(
            shell,
            ["-ec", #"for path; do cp "$path.new" "$path"; chmod 755 "$path"; rm "$path.new"; done"#, "sh"] + paths,
            environment: surroundings.environment)
        guard outcome.succeeded else { throw LabError(.fileFailed, "can't write the scripts: \(outcome.output)") }
    }

    /// Starts the ensemble side by side. On empty data the highest myid wins unless the others, on a busy machine,
    /// reach a quorum before it is there; then all begin anew.
    private func raiseEnsemble() async throws(LabError) {
        guard let highest = ensemble.first(where: { $0.host.role == .participant }) else { return }
        for attempt in 1...4 {
            for server in ensemble { try await start(server) }
            let leader = try await waitUntilServing(ensemble)
            if leader.name == highest.name { return }
            guard attempt < 4 else { break }
            for server in ensemble {
                try await kill(server)
                try LabFiles.remove("\(server.dataDir)/version-2")
                try LabFiles.remove("\(server.dataLogDir)/version-2")
            }
        }
        throw LabError(.settleTimedOut, "the server with the highest myid, \(highest.name), would not become leader")
    }
}
