import EnsembleModel

/// Incidents in which a server runs out of something, or its clients vanish.
extension Lab {
    /// Restarts the server with a small heap, and announces more to it than that holds: a server makes room for a request when it has
    /// read its length.
    func exhaustHeap(_ server: LabServer) async throws(LabError) -> String {
        let path = "\(server.home)/conf/java.env"
        let text = try LabFiles.read(path)
        try LabFiles.write(text + "export SERVER_JVMFLAGS=\"$SERVER_JVMFLAGS -Xms16m -Xmx24m\"\n", to: path)
        try await kill(server)
        try await start(server)
        try await wait(for: server, modes: [.leader, .follower, .observer])
        // A million bytes are within jute.maxbuffer.
        let announced: [UInt8] = [0x00, 0x0f, 0x42, 0x40]
        let isOut = await LabProbe.whileHeld(40, saying: announced, server.host.address, server.ports.client) {
            await waitUntil(limit: .seconds(30), every: .milliseconds(25)) {
                server.log().contains("java.lang.OutOfMemoryError")
            }
        }
        guard isOut else { throw LabError(.breakImpossible, "\(server.name) has borne requests of 40 MB in 24 MB") }
        // The JVM says so first, and is killed then.
        if let process = server.process(), process.arguments.contains(where: { $0.contains("OnOutOfMemoryError") }) {
            let isGone = await waitUntil(limit: .seconds(30), every: .milliseconds(25)) { server.process() == nil }
            guard isGone else { throw LabError(.breakImpossible, "\(server.name) ran out of memory, and lives") }
        }
        return "\(server.name) ran out of memory, with a heap of 24 MB"
    }

    /// Lowers the limit of the running process to what it has open, and connects until it finds no descriptor. The limit is then as it
    /// was, since a server of 3.4 logs as fast as it can while a connection waits.
    func exhaustDescriptors(_ server: LabServer) async throws(LabError) -> String {
        let pid = try running(server).pid
        let limits = LabFiles.textIfThere("/proc/\(pid)/limits") ?? ""
        let words = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }?.split(separator: " ") ?? []
        guard words.count > 4, let before = Int(words[3]) else {
            throw LabError(.breakImpossible, "the limits of process \(pid) can't be read")
        }
        try await limitDescriptors(of: pid, to: LabFiles.names(in: "/proc/\(pid)/fd").count + 2)
        let isOut = await LabProbe.whileHeld(12, saying: [], server.host.address, server.ports.client) {
            await waitUntil(limit: .seconds(30), every: .milliseconds(5)) {
                server.log().contains("Too many open files")
            }
        }
        try await limitDescriptors(of: pid, to: before)
        guard isOut else { throw LabError(.breakImpossible, "\(server.name) has not run out of descriptors") }
        return "\(server.name) found no descriptor for a connection"
    }

    private func limitDescriptors(of pid: Int32, to count: Int) async throws(LabError) {
        let program = try surroundings.program("prlimit", remedy: "apt-get install util-linux")
        let outcome = try await ChildProcess.run(
            program, ["--pid", "\(pid)", "--nofile=\(count):"], environment: surroundings.environment)
        guard outcome.succeeded else {
            throw LabError(.breakImpossible, "the limits of process \(pid) can't be changed: \(outcome.output)")
        }
    }

    /// Its line for a server that was planned names a host that nobody knows.
    func misnameMember(_ server: LabServer) async throws(LabError) -> String {
        let spare = (topology.members.compactMap { $0.myid?.rawValue }.max() ?? 0) + 1
        let name = "zkops-nosuch.invalid"
        try await restart(
            server,
            with: [("server.\(spare)", "\(name):\(topology.ports.quorum):\(topology.ports.election):observer")])
        try await wait(for: server, modes: [.leader, .follower, .observer])
        return "\(server.name) has a line for server.\(spare) at \(name)"
    }

    /// All servers are restarted with limits of 60 ms, in which a few megabytes of data can't be read, sent and written (ZOOKEEPER-1558,
    /// -2678).
    func loopElections() async throws(LabError) -> String {
        for server in ensemble {
            try await kill(server)
            var config = ZooConfig(try LabFiles.read(server.configPath))
            for (key, value) in [("tickTime", "60"), ("initLimit", "1"), ("syncLimit", "1")] { config.set(key, value) }
            try LabFiles.write(config.text, to: server.configPath)
        }
        for server in ensemble { try await start(server) }
        // Of 3.4 and 3.6, and of 3.8 and later.
        let gaveUp = ["shutdown Leader! reason: Waiting for", "For the reason Waiting for"]
        let loops = await waitUntil(limit: .seconds(60), every: .milliseconds(50)) {
            ensemble.contains { server in
                let log = server.log()
                return gaveUp.contains { log.ranges(of: $0).count >= 3 }
            }
        }
        guard loops else {
            throw LabError(.breakImpossible, "an election has ended all the same: load more znodes, 150000 say")
        }
        return "all servers have limits of 60 ms, and elections follow one another"
    }

    /// Clients that end all at once, without a word.
    ///
    /// - Parameter executable: zkops itself, which has the hidden command `lab hold-sessions`.
    package func loseClients(_ count: Int, executable: String) async throws(LabError) -> String {
        try await startProxies(count, executable: executable)
        try await endProxies()
        // They are told of by whoever leads.
        let expired = await waitUntil(limit: .seconds(60), every: .milliseconds(50)) {
            servers.contains { $0.log().ranges(of: "Expiring session 0x").count >= count }
        }
        guard expired else { throw LabError(.breakImpossible, "the sessions have not expired within a minute") }
        return "the sessions of \(count) clients expired together"
    }
}
