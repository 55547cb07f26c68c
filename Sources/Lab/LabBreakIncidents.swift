import EnsembleModel
import Foundation
import Glibc

/// The incidents of docs/incidents.md that real servers can be brought into.
package enum LabIncident: String, Sendable, CaseIterable {
    /// Limits that a start's reading of the data takes up; every server is restarted with them.
    case smallLimits = "small-limits"
    /// Limits that no start's reading and writing of the data keeps; every server is restarted with them, and none serves.
    case electionLoop = "election-loop"
    /// The election listener dies, nothing is restarted (ZOOKEEPER-2186).
    case deafListener = "deaf-listener"
    /// The others can't call the server back at its election port; it is restarted.
    case closedCallback = "closed-callback"
    /// What a server leaves behind in two weeks without autopurge.
    case oldSnapshots = "old-snapshots"
    /// A client that leaks connections, up to the server's limit.
    case connectionLeak = "connection-leak"
    /// The process stands still while connections come in.
    case fullBacklog = "full-backlog"
    /// A log file that nobody rotated.
    case largeLog = "large-log"
    /// currentEpoch later than acceptedEpoch, as after a crash between the two writes; the server is restarted.
    case epochs = "epoch-mismatch"
    /// A request longer than jute.maxbuffer.
    case largeRequest = "large-request"
    /// Transaction logs without a snapshot, as after an upgrade from 3.4; the server is restarted.
    case missingSnapshot = "missing-snapshot"
    /// Only srvr is allowed; every server is restarted.
    case forbiddenWords = "forbidden-words"
    /// Another initLimit than the rest; the server is restarted.
    case configDrift = "config-drift"
    /// A heap that a few requests fill; the server is restarted with it.
    case smallHeap = "small-heap"
    /// A connection for which the process has no descriptor.
    case fewDescriptors = "few-descriptors"
    /// A member whose name nobody knows; the server is restarted with it.
    case unresolvedName = "unresolved-name"
    /// One leader, with the votes of two epochs; the server is restarted, and joins nobody.
    case staleVote = "stale-vote"
    /// A configuration that no server takes; the server is restarted in vain.
    case refusedConfig = "refused-config"
    /// Every fsync of the server takes more than a second.
    case slowDisk = "slow-disk"
    /// Clients that vanish all at once.
    case lostClients = "lost-clients"
}

extension Lab {
    /// - Returns: what was done, in a line.
    func bring(about incident: LabIncident, on server: LabServer) async throws(LabError) -> String {
        switch incident {
        case .deafListener:
            try await killListener(server)
            return "\(server.name): the election listener is dead"
        case .closedCallback: return try await closeCallback(server)
        case .oldSnapshots: return try leaveOldSnapshots(server)
        case .fullBacklog: return try await fillBacklog(server)
        case .largeLog: return try await growLog(server)
        case .epochs: return try await mixEpochs(server)
        case .largeRequest: return try await sendLargeRequest(server)
        case .missingSnapshot: return try await loseSnapshots(server)
        case .smallLimits:
            try await restart(server, with: [("tickTime", "200"), ("initLimit", "1"), ("syncLimit", "2")])
            return "\(server.name) was restarted with an initLimit of 200 ms"
        case .forbiddenWords:
            try await restart(server, with: [("4lw.commands.whitelist", "srvr")])
            return "\(server.name) was restarted and answers srvr alone"
        case .configDrift:
            try await restart(server, with: [("initLimit", "40")])
            try await wait(for: server, modes: [.leader, .follower, .observer])
            return "\(server.name) was restarted with another initLimit"
        case .smallHeap: return try await exhaustHeap(server)
        case .fewDescriptors: return try await exhaustDescriptors(server)
        case .unresolvedName: return try await misnameMember(server)
        case .refusedConfig: return try await refuseConfig(server)
        case .slowDisk: return try await slowDisk(of: server)
        case .electionLoop: throw LabError(.breakImpossible, "it takes all servers of the ensemble")
        case .connectionLeak, .lostClients, .staleVote:
            throw LabError(.breakImpossible, "it needs a process that holds connections")
        }
    }

    func restart(_ server: LabServer, with settings: [(String, String)]) async throws(LabError) {
        var config = ZooConfig(try LabFiles.read(server.configPath))
        for (key, value) in settings { config.set(key, value) }
        try LabFiles.write(config.text, to: server.configPath)
        try await kill(server)
        try await start(server)
    }

    /// Its own line names another address than the others know, and there it listens: nobody's call arrives.
    private func closeCallback(_ server: LabServer) async throws(LabError) -> String {
        guard let myid = server.host.myid, let dot = server.host.address.lastIndex(of: "."),
            let ending = Int(server.host.address[server.host.address.index(after: dot)...]), ending < 127
        else {
            throw LabError(.breakImpossible, "\(server.name) is no member of the ensemble, or has a high address")
        }
        let other = "\(server.host.address[...dot])\(ending + 127)"
        try await restart(
            server, with: [("server.\(myid)", "\(other):\(topology.ports.quorum):\(topology.ports.election)")])
        let stuck = await waitUntil(limit: .seconds(30), every: .milliseconds(25)) {
            let log = server.log()
            return log.contains("Notification time out: 3200")
                && log.ranges(of: "Have smaller server identifier").count >= 2
        }
        guard stuck else {
            throw LabError(
                .breakImpossible, "\(server.name) has found the others; only a smaller myid of 3.4 can't")
        }
        return "\(server.name) listens at \(other) where the others call \(server.host.address), and joins nobody"
    }

    /// One a day, smaller than every real one in both senses: their zxids are of epoch 0.
    private func leaveOldSnapshots(_ server: LabServer) throws(LabError) -> String {
        let directory = "\(server.dataDir)/version-2"
        let real = LabFiles.names(in: directory).filter { $0.hasPrefix("snapshot.") }.max()
        guard let real else { throw LabError(.breakImpossible, "\(server.name) has no snapshot yet") }
        let text = FileManager.default.contents(atPath: "\(directory)/\(real)") ?? Data()
        for day in 1...14 {
            let path = "\(directory)/snapshot.\(String(day, radix: 16))"
            let date = Date(timeIntervalSinceNow: -86_400 * Double(15 - day))
            let made = FileManager.default.createFile(
                atPath: path, contents: text, attributes: [.modificationDate: date])
            guard made else { throw LabError(.fileFailed, "can't write \(path)") }
        }
        return "\(server.name) has the snapshots of 14 more days"
    }

    private func fillBacklog(_ server: LabServer) async throws(LabError) -> String {
        await ProcessTable.pause(try running(server).pid)
        // Java's default is 50, and the kernel takes one more.
        for _ in 1...52 {
            let connected = await LabProbe.connects(
                server.host.address, server.ports.client, limit: .milliseconds(200))
            if !connected { break }
        }
        return "\(server.name) stands still, with connections waiting at its client port"
    }

    private func growLog(_ server: LabServer) async throws(LabError) -> String {
        let path = "\(server.home)/zookeeper.out"
        guard LabFiles.exists(path) else {
            throw LabError(.breakImpossible, "\(server.name) writes no zookeeper.out in its home; servers of 3.4 do")
        }
        let line =
            "2026-01-01 00:00:00,000 [myid:] - INFO  [NIOServerCxn.Factory:NIOServerCnxn@827] - "
            + "Processing stat command from /192.0.2.1:4711\n"
        let piece = Data(String(repeating: line, count: 8192).utf8)
        do {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.seekToEnd()
            for _ in 0...(300 << 20) / piece.count { try file.write(contentsOf: piece) }
            try file.close()
        } catch {
            throw LabError(.fileFailed, "can't write \(path): \(error)")
        }
        return "\(path) has 300 MB more"
    }

    private func mixEpochs(_ server: LabServer) async throws(LabError) -> String {
        try await kill(server)
        let directory = "\(server.dataDir)/version-2"
        let text = try LabFiles.read("\(directory)/acceptedEpoch")
        guard let accepted = Int(text.prefix { $0.isNumber }) else {
            throw LabError(.fileFailed, "\(directory)/acceptedEpoch holds no number")
        }
        try LabFiles.write("\(accepted + 6)", to: "\(directory)/currentEpoch")
        try await startInVain(server)
        return "\(server.name) has currentEpoch \(accepted + 6), acceptedEpoch \(accepted), and does not start"
    }

    private func loseSnapshots(_ server: LabServer) async throws(LabError) -> String {
        try await kill(server)
        for name in LabFiles.names(in: "\(server.dataDir)/version-2") where name.hasPrefix("snapshot.") {
            try LabFiles.remove("\(server.dataDir)/version-2/\(name)")
        }
        try await startInVain(server)
        return "\(server.name) has transaction logs without a snapshot, and does not start"
    }

    private func refuseConfig(_ server: LabServer) async throws(LabError) -> String {
        try await kill(server)
        var config = ZooConfig(try LabFiles.read(server.configPath))
        config.set("initLimit", "ten")
        try LabFiles.write(config.text, to: server.configPath)
        try await startInVain(server)
        return "\(server.name) has an initLimit that is no number, and does not start"
    }

    private func startInVain(_ server: LabServer) async throws(LabError) {
        try await start(server)
        let ended = await waitUntil(limit: .seconds(30), every: .milliseconds(25)) { server.process() == nil }
        guard ended else { throw LabError(.breakImpossible, "\(server.name) has started all the same") }
    }

    private func sendLargeRequest(_ server: LabServer) async throws(LabError) -> String {
        // A packet's length stands before it (2,000,000), jute.maxbuffer is 1,048,575 unless set.
        let sent = await LabProbe.send([0x00, 0x1e, 0x84, 0x80], server.host.address, server.ports.client)
        let logged = await waitUntil(limit: .seconds(10), every: .milliseconds(10)) {
            server.log().contains("Len error")
        }
        guard sent, logged else { throw LabError(.breakImpossible, "\(server.name) did not mind the length") }
        return "\(server.name) was sent a request of 2 MB"
    }

    /// Connects as often as the server allows to one address, in a process of its own, until the lab goes down.
    ///
    /// - Parameter executable: zkops itself, which has the hidden command `lab hold-connections`.
    package func leakConnections(_ server: LabServer, executable: String) async throws(LabError) -> String {
        let config = ZooConfig(try LabFiles.read(server.configPath))
        let pid = try ChildProcess.detach(
            executable,
            ["lab", "hold-connections", "--dir", directory, "--server", "\(server.name)"]
                + ["--connections", "\(config.maxClientCnxns + 5)"],
            environment: surroundings.environment, directory: directory, log: "\(directory)/connections.log")
        guard let entry = ProcessTable.entry(pid) else {
            throw LabError(.startFailed, "the process that holds the connections ended at once")
        }
        let record = RecordedProcess(pid: pid, startTime: entry.startTime, purpose: "connections")
        try changeState { $0.processes.append(record) }
        let refused = await waitUntil(limit: .seconds(30), every: .milliseconds(25)) {
            server.log().contains("Too many connections")
        }
        guard refused else { throw LabError(.breakImpossible, "\(server.name) has refused no connection") }
        return "\(server.name) has all the connections of one address that it allows"
    }

    /// What processes of breaks are recorded as.
    private static let mendable = ["connections", "slow disk", "votes"]

    /// Takes back what breaks did around the servers: rules of the firewall, connections that are held, processes that stand still.
    package func mend() async throws(LabError) {
        let state = try Lab.readState(directory)
        for undo in state.undo {
            switch undo {
            case .firewall, .cut: break
            case .unmount, .network: continue
            }
            try await carryOut(undo)
            try changeState { $0.undo.removeAll { $0 == undo } }
        }
        let recorded = state.processes.filter { Self.mendable.contains($0.purpose) }
        let holders = ProcessTable.all().filter { entry in
            recorded.contains { $0.pid == entry.pid && $0.startTime == entry.startTime }
        }
        try await ProcessTable.end(holders)
        try changeState { $0.processes.removeAll { Self.mendable.contains($0.purpose) } }
        for process in servers.compactMap({ $0.process() }) { Glibc.kill(process.pid, SIGCONT) }
    }
}
