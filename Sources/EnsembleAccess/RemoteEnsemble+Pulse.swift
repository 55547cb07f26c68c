package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func pulse(_ server: ServerName) async throws(AccessError) -> ServerPulse {
        let place = try place(server)
        let (process, state) = try await glance(place)
        guard let process else { return ServerPulse() }
        return await ask(place, process, state: state)
    }

    /// The process, by the cheapest look; the configuration too where it changed since the last one.
    func glance(_ place: ServerPlace) async throws(AccessError) -> (ProcessIdentity?, state: String?) {
        let server = place.name
        let known = memory.known(server)
        let call = ScriptCall(
            name: "pulse", script: RemoteScripts.pulse,
            arguments: [
                place.home, place.configPath, known.process.map { String($0.pid) } ?? "",
                known.process.map { String($0.startTime) } ?? "", known.configStat ?? "",
            ], server: server, limit: .seconds(15))
        let reply = try await look(server.host, call)
        let (process, state) = ServerLook.process(in: reply)
        memory.note(server, process: process)
        let config = ServerLook.wholeConfig(reply.text("config"), reply.text("dynamic"))
        let started =
            reply.text("loaded-config").map { ZooConfig($0) }
            ?? unedited(config ?? known.config, reply.number("config-mtime"), reply.number("began"))
        let configStat = reply["config-stat"]
        memory.note(server) { known in
            if configStat == nil { known.config = nil }
            if let config { known.config = config }
            known.configStat = configStat
            // A server that keeps its members in a file of their own writes both as it goes on.
            let isDynamic = known.config?.dynamicConfigFile != nil
            known.loaded = isDynamic ? nil : known.loaded ?? started
        }
        return (process, state)
    }

    /// What a running server says of itself: by srvr, else by its AdminServer, else by its log.
    func ask(_ place: ServerPlace, _ process: ProcessIdentity, state: String?) async -> ServerPulse {
        var pulse = ServerPulse(process: process, mode: .looking)
        if state == "T" || state == "t" {
            pulse.isPaused = true
            pulse.remark = "the process is paused (stopped by a signal); `kill -CONT \(process.pid)` lets it go on"
            return pulse
        }
        let known = memory.known(place.name)
        guard let config = known.loaded ?? known.config else {
            pulse.remark = "there is no configuration file \(place.configPath), so its client port is not known"
            return pulse
        }
        let outcome = await fourLetter("srvr", place, config)
        if case .reply(.text(let text)) = outcome, let srvr = SrvrReply(text) {
            pulse.fill(srvr)
            if srvr.mode == .leader {
                let counts = await leaderCounts(place, config, srvr.version, process)
                pulse.syncedFollowers = counts.synced
                pulse.ephemerals = counts.ephemerals
            }
            return pulse
        }
        pulse.remark = Self.remark(outcome, config)
        if case .reply(.notServing) = outcome {
            pulse.source = .srvr
            // A healthy leader that serves no clients answers so too (leaderServes=no).
            if config.leaderServes { return pulse }
        }
        if case .closed = outcome { return pulse }
        if await fillFromAdminServer(&pulse, place, config) { return pulse }
        await fillFromLog(&pulse, place, process)
        return pulse
    }

    static func remark(_ outcome: FourLetterWord.Outcome, _ config: ZooConfig) -> String {
        let port = config.clientPort.map(String.init) ?? "none"
        return switch outcome {
        case .reply(.notServing): "it is looking for a leader, or synchronizing with one"
        case .reply(.notAllowed(let sentence)): "it refuses srvr: \(sentence)"
        case .reply(.empty):
            "it accepts connections and closes them without an answer: this host may be at maxClientCnxns, or the "
                + "client port speaks TLS only"
        case .reply(.text): "its client port \(port) answers what ZooKeeper does not"
        case .closed: "its client port \(port) is not open: it is still loading its data, or could not bind"
        case .silent:
            "its client port \(port) does not answer within 3 s: its process hangs, or something drops the packets"
        case .failed(let error): "its client port could not be asked: \(error.message)"
        }
    }

    /// One four letter word, one at a time a server, from the server's own host.
    func fourLetter(_ word: String, _ place: ServerPlace, _ config: ZooConfig) async -> FourLetterWord.Outcome {
        guard let port = clientPort(place, config) else { return .closed }
        let host = place.name.host
        let opened: HostSessions.Opened
        do throws(HostError) {
            opened = try await sessions.session(host)
        } catch {
            return .failed(error)
        }
        let question = FourLetterWord(address: clientAddress(place, config), port: port)
        return await turns.take(place.name) {
            let outcome = await question.ask(word, through: opened.session)
            if case .failed(let error) = outcome, error.code == .connectionLost { await sessions.drop(host, opened) }
            return outcome
        }
    }

    func clientPort(_ place: ServerPlace, _ config: ZooConfig) -> UInt16? {
        (config.clientPort ?? ownMember(place, config)?.clientPort).flatMap { UInt16(exactly: $0) }
    }

    /// Where the server listens for clients, as seen from its own host.
    func clientAddress(_ place: ServerPlace, _ config: ZooConfig) -> String {
        let named = config.clientPortAddress ?? ownMember(place, config)?.clientAddress
        guard let named, named != "0.0.0.0", named != "::", named != "*" else { return "127.0.0.1" }
        return named
    }

    /// The server's own line in its configuration, by the addresses of its host.
    func ownMember(_ place: ServerPlace, _ config: ZooConfig) -> MemberAddress? {
        let own = [place.quorumAddress, place.address, place.name.host]
        return config.members.values.first { own.contains($0.host) }
    }

    private func fillFromAdminServer(
        _ pulse: inout ServerPulse, _ place: ServerPlace, _ config: ZooConfig
    ) async -> Bool {
        guard let bytes = await adminServer("srvr", place, config),
            let srvr = try? AdminReply.srvr(bytes), let mode = srvr.mode
        else { return false }
        pulse.mode = mode
        pulse.version = srvr.version
        pulse.zxid = srvr.zxid
        pulse.connections = srvr.connections
        pulse.outstanding = srvr.outstanding
        pulse.znodes = srvr.nodeCount
        pulse.latencyMilliseconds = srvr.averageLatency
        pulse.source = .adminServer
        pulse.remark = nil
        if mode == .leader, let bytes = await adminServer("monitor", place, config) {
            let reply = try? AdminReply.monitor(bytes)
            pulse.syncedFollowers = reply?.syncedVotingFollowers.flatMap { Int(told: $0) }
            pulse.ephemerals = reply?.ephemerals.flatMap { Int(told: $0) }
        }
        return true
    }

    /// The body of a command's answer, nil where there is no AdminServer of this very server.
    func adminServer(_ command: String, _ place: ServerPlace, _ config: ZooConfig) async -> [UInt8]? {
        let settings = config.adminServer
        guard settings.isEnabled, let port = UInt16(exactly: settings.port),
            let opened = try? await sessions.session(place.name.host)
        else { return nil }
        let admin = AdminServer(
            address: settings.isOnAllAddresses ? "127.0.0.1" : settings.address, port: port, settings: settings)
        if memory.known(place.name).adminServerIsOurs == nil {
            // Its port may have been taken by another server's first: then that one answers.
            let bytes = try? await admin.get("system_properties", through: opened.session)
            guard let bytes else { return nil }
            let isOurs = AdminServer.startedWith(bytes) == AdminServer.withoutDots(place.configPath)
            memory.note(place.name) { $0.adminServerIsOurs = isOurs }
        }
        guard memory.known(place.name).adminServerIsOurs == true else { return nil }
        return try? await admin.get(command, through: opened.session)
    }

    /// The last state that the log tells; it says what the server took itself for, not that it serves.
    private func fillFromLog(_ pulse: inout ServerPulse, _ place: ServerPlace, _ process: ProcessIdentity) async {
        let call = ScriptCall(
            name: "logTail", script: RemoteScripts.logTail,
            arguments: [place.home, place.configPath, String(process.pid)], server: place.name)
        guard let reply = try? await look(place.name.host, call),
            let mode = reply.all("line").compactMap(Self.mode(ofLogLine:)).last
        else { return }
        pulse.mode = mode
        pulse.source = .log
    }

    /// - Source: role.leading, role.following of the log lines of 3.4 to 3.9; a leader or follower that gave up is looking.
    static func mode(ofLogLine line: String) -> Mode? {
        if line.contains("LEADING - LEADER ELECTION TOOK") { return .leader }
        if line.contains("FOLLOWING - LEADER ELECTION TOOK") { return .follower }
        if line.hasSuffix("OBSERVING") { return .observer }
        let ends = ["- LOOKING", "GOODBYE", "shutdown Leader", "Exception when following", "Exception when observing"]
        return ends.contains { line.contains($0) } ? .looking : nil
    }
}

extension ServerPulse {
    mutating func fill(_ srvr: SrvrReply) {
        mode = srvr.mode
        version = srvr.version
        zxid = srvr.zxid
        znodes = srvr.nodeCount
        connections = srvr.connections
        outstanding = srvr.outstanding
        latencyMilliseconds = srvr.latency?.avg
        source = .srvr
    }
}
