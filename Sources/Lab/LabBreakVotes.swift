package import EnsembleModel

/// A server that hears of one leader with different votes and so joins nobody. Before 3.4.6 a leader's own vote was such (ZOOKEEPER-1732); of
/// the versions that the lab has none makes the mistake, so somebody tells the old vote in the name of the follower.
extension Lab {
    /// - Parameter executable: zkops itself, which has the hidden command `lab tell-vote`.
    package func tellStaleVote(_ server: LabServer, executable: String) async throws(LabError) -> String {
        let voters = ensemble.filter { $0.host.role == .participant }
        let leader = try await waitUntilServing(ensemble)
        let other = voters.first { $0 != server && $0 != leader }
        guard voters.count == 3, let other, let myid = server.host.myid, let voice = other.host.myid, voice > myid
        else {
            throw LabError(
                .breakImpossible, "it takes three voters, and of the two that follow the one with the smaller myid")
        }
        let epochs = try LabFiles.read("\(leader.dataDir)/version-2/currentEpoch")
        guard let epoch = UInt32(epochs.prefix { $0.isNumber }), epoch > 0, let leading = leader.host.myid else {
            throw LabError(.breakImpossible, "no leader has been elected yet")
        }
        // While the way to the follower is closed, another can take its place; afterwards the server has no need to call the follower.
        _ = try await block(.election, of: other)
        let closed = try Lab.readState(directory).undo.last
        try await kill(server)
        try await start(server)
        let pid = try ChildProcess.detach(
            executable,
            ["lab", "tell-vote", "--dir", directory, "--server", "\(server.name)", "--voice", "\(voice)"]
                + ["--leader", "\(leading)", "--epoch", "\(epoch - 1)"],
            environment: surroundings.environment, directory: directory, log: "\(directory)/votes.log")
        if let entry = ProcessTable.entry(pid) {
            let record = RecordedProcess(pid: pid, startTime: entry.startTime, purpose: "votes")
            try changeState { $0.processes.append(record) }
        }
        let stuck = await waitUntil(limit: .seconds(60), every: .milliseconds(50)) {
            let log = server.log()
            // A call of its own that got through late would bring the follower in: it lasts five seconds at the most.
            let hasGivenUp =
                log.contains("Cannot open channel to \(voice) ") || log.contains("Notification time out: 12800")
            return hasGivenUp && log.contains("FOLLOWING (n.state), \(voice) (n.sid)")
                && log.contains("Notification time out: 3200")
        }
        if let closed {
            try await carryOut(closed)
            try changeState { $0.undo.removeAll { $0 == closed } }
        }
        guard stuck else { throw LabError(.breakImpossible, "\(server.name) has joined, or does not log as 3.4 does") }
        return "\(server.name) hears of \(leader.name) with the votes of two epochs, and joins nobody"
    }

    /// Follows a leader of this epoch, in the name of `voice`, for as long as the server listens: until the real one calls.
    package func tellVote(to server: LabServer, voice: ServerID, leader: ServerID, epoch: UInt32) async {
        func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        // QuorumCnxManager: who calls. FastLeaderElection.buildMsg: following, leader, zxid, round, epoch, version of the format.
        let vote =
            bytes(Int32(1)) + bytes(Int64(leader.rawValue)) + bytes(Int64(epoch) << 32) + bytes(Int64(epoch))
            + bytes(Int64(epoch)) + bytes(Int32(1))
        for _ in 1...600 {
            let spoke = await LabProbe.converse(
                server.host.address, topology.ports.election, greeting: bytes(Int64(voice.rawValue)),
                answer: bytes(Int32(vote.count)) + vote)
            if spoke { return }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}
