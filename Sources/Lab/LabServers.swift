package import EnsembleModel

/// Starting, stopping and asking the servers of a lab, on the spot and without SSH.
extension Lab {
    /// As an operator does: `bin/zkServer.sh start` in the home directory. Returns when the script does.
    package func start(_ server: LabServer) async throws(LabError) {
        // A killed process counts as running for the script until init has taken its exit up.
        if let pid = LabFiles.textIfThere(server.pidFile).flatMap({ Int32($0) }) {
            _ = await waitUntil(limit: .seconds(10), every: .milliseconds(10)) {
                ProcessTable.entry(pid)?.isZombie != true
            }
        }
        try await runScript(server, "start")
    }

    /// `bin/zkServer.sh stop`, and waits until the process is gone.
    package func stop(_ server: LabServer) async throws(LabError) {
        let process = server.process()
        try await runScript(server, "stop")
        guard let process else { return }
        let gone = await waitUntil(limit: .seconds(15), every: .milliseconds(5)) {
            !ProcessTable.isAlive(process.pid, startTime: process.startTime)
        }
        guard gone else { throw LabError(.processFailed, "\(server.name) has not stopped within 15 s") }
    }

    /// kill -9, and waits until the process is gone; the pid file stays, as after a crash.
    package func kill(_ server: LabServer) async throws(LabError) {
        guard let process = server.process() else { return }
        try await ProcessTable.end([process])
    }

    package func ask(_ server: LabServer, limit: Duration = .seconds(1)) async -> LabProbe.Answer? {
        await LabProbe.srvr(server.host.address, server.ports.client, limit: limit)
    }

    /// Waits until all of `servers` serve and exactly one of them leads (or the only one is standalone).
    /// - Returns: the leader.
    @discardableResult
    package func waitUntilServing(
        _ servers: [LabServer], limit: Duration = .seconds(90)
    ) async throws(LabError) -> LabServer {
        var leader: LabServer?
        var seen: [ServerName: Mode] = [:]
        let settled = await waitUntil(limit: limit, every: .milliseconds(25)) {
            var leaders: [LabServer] = []
            seen = [:]
            for server in servers {
                let mode = await ask(server)?.mode
                seen[server.name] = mode
                if mode == .leader || mode == .standalone { leaders.append(server) }
            }
            leader = leaders.count == 1 ? leaders[0] : nil
            return leader != nil && servers.allSatisfy { seen[$0.name]?.serves == true }
        }
        if settled, let leader { return leader }
        let report = servers.map { "\($0.name) \(seen[$0.name]?.rawValue ?? "silent")" }.joined(separator: ", ")
        let silent = servers.first { seen[$0.name] == nil }
        let said = silent.map { "; \($0.name) printed last: " + lastLines($0.log()) } ?? ""
        throw LabError(.settleTimedOut, "not all servers serve after \(limit): \(report)\(said)")
    }

    /// Waits until `server` says that it is in one of `modes`.
    package func wait(
        for server: LabServer, modes: Set<Mode>, limit: Duration = .seconds(60)
    ) async throws(LabError) {
        let reached = await waitUntil(limit: limit, every: .milliseconds(25)) {
            await ask(server).map { modes.contains($0.mode) } ?? modes.contains(.stopped)
        }
        if reached { return }
        let names = modes.map(\.rawValue).sorted().joined(separator: " or ")
        throw LabError(.settleTimedOut, "\(server.name) is not \(names) after \(limit)")
    }

    private func runScript(_ server: LabServer, _ verb: String) async throws(LabError) {
        // Read by bash rather than executed: a file just written counts as busy while any child of ours, forked at
        // that moment, still has it open.
        let bash = try surroundings.program("bash", remedy: "apt-get install bash")
        var words = [bash, server.script, verb]
        if let network { words = try network.on(server.host.address, words) }
        let outcome = try await ChildProcess.run(
            words[0], Array(words.dropFirst()), environment: surroundings.environment, directory: server.home)
        guard outcome.succeeded else {
            throw LabError(.startFailed, "zkServer.sh \(verb) of \(server.name) failed: \(lastLines(outcome.output))")
        }
    }

    private func lastLines(_ text: String) -> String {
        text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }
}
