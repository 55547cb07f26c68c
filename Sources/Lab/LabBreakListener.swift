import EnsembleModel

/// The defect of ZOOKEEPER-2186: the protocol version −65536 announces an init message whose length the listener takes
/// on trust, so that a negative one ends its thread, while the process serves on and the kernel goes on accepting.
extension Lab {
    /// int64 −65536, int64 99, int32 −1, in network order: protocol version, a server's id, the message's length.
    static let deadlyMessage: [UInt8] =
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00]
        + [0, 0, 0, 0, 0, 0, 0, 99]
        + [0xff, 0xff, 0xff, 0xff]

    /// Only these two parse the message and don't check its length.
    static func hasMortalListener(_ version: Version) -> Bool {
        version == Version(3, 4, 6) || version == Version(3, 5, 0)
    }

    func killListeners(restarting chosen: [LabServer]) async throws(LabError) -> [String] {
        let mortal = ensemble.filter { Self.hasMortalListener($0.installation.version) && $0.process() != nil }
        guard !mortal.isEmpty else {
            throw LabError(
                .breakImpossible, "no server of 3.4.6 runs in the lab; its election listener alone can be killed so")
        }
        let leader = try await waitUntilServing(mortal)
        var done: [String] = []
        for server in mortal {
            try await killListener(server)
            done.append("\(server.name): the election listener is dead")
        }
        let restarted = try choose(chosen, among: mortal, leader: leader)
        for server in restarted {
            try await stop(server)
            try await start(server)
            try await waitUntilStranded(server)
            done.append("\(server.name) was restarted and can't find the others")
        }
        let rest = mortal.filter { server in !restarted.contains(server) }
        let after = try await waitUntilServing(rest)
        guard after == leader else {
            throw LabError(.settleTimedOut, "\(after.name) leads in place of \(leader.name) after the restarts")
        }
        done.append("\(rest.map(\.name.description).joined(separator: ", ")) still serve; \(leader.name) leads")
        return done
    }

    /// Sends the message once and watches the log for the thread's death.
    package func killListener(_ server: LabServer) async throws(LabError) {
        guard await LabProbe.send(Self.deadlyMessage, server.host.address, topology.ports.election) else {
            throw LabError(.breakImpossible, "nothing listens at the election port of \(server.name)")
        }
        let died = await waitUntil(limit: .seconds(10), every: .milliseconds(10)) {
            let log = server.log()
            return log.contains("NegativeArraySizeException") && log.contains("] died")
        }
        guard died else {
            throw LabError(.breakImpossible, "the election listener of \(server.name) has survived the message")
        }
    }

    /// As many as the quorum can miss, every second one from the lowest myid on, never the leader.
    private func choose(
        _ chosen: [LabServer], among servers: [LabServer], leader: LabServer
    ) throws(LabError) -> [LabServer] {
        let voters = servers.filter { $0.host.role == .participant }.reversed()
        if let other = chosen.first(where: { !servers.contains($0) }) {
            throw LabError(.breakImpossible, "\(other.name) has no listener to die of the message")
        }
        let spareable = (voters.count - 1) / 2
        if chosen.isEmpty {
            let everySecond = voters.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            return Array(everySecond.filter { $0 != leader }.prefix(spareable))
        }
        guard chosen.count <= spareable, !chosen.contains(leader) else {
            throw LabError(
                .breakImpossible,
                "restarting \(chosen.map(\.name.description).joined(separator: ", ")) would end the ensemble: at most "
                    + "\(spareable), and not the leader \(leader.name)")
        }
        return chosen
    }

    /// A healthy server would have joined well before its notifications have waited 0.4, 0.8 and 1.6 s for an answer.
    private func waitUntilStranded(_ server: LabServer) async throws(LabError) {
        let stranded = await waitUntil(limit: .seconds(30), every: .milliseconds(25)) {
            guard server.log().contains("Notification time out: 3200") else { return false }
            return await ask(server)?.mode == .looking
        }
        guard stranded else {
            throw LabError(.settleTimedOut, "\(server.name) has not stayed looking after its restart")
        }
    }
}
