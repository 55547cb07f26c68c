package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func ports(
        of server: ServerName, from: String?, kinds: [PortKind]
    ) async throws(AccessError) -> [PortKind: PortState] {
        let place = try place(server)
        let (process, _) = try await glance(place)
        let known = memory.known(server)
        guard let config = known.loaded ?? known.config else {
            throw AccessError(
                .fileMissing, host: server.host, server: server,
                "there is no configuration file \(place.configPath), so its ports are not known")
        }
        let doors = kinds.compactMap { door($0, place, config) }
        let looked = process == nil ? nil : try await listenerLook(place, process, ports: doors.map(\.port))
        var states: [PortKind: PortState] = [:]
        for door in doors {
            states[door.kind] = try await state(of: door, place, config, looked: looked, process, from: from)
        }
        return states
    }

    /// A port, by the address that others reach it by.
    private struct Door {
        var kind: PortKind
        var address: String
        var port: UInt16
    }

    private func door(_ kind: PortKind, _ place: ServerPlace, _ config: ZooConfig) -> Door? {
        let member = ownMember(place, config)
        let host = member?.host ?? place.quorumAddress
        let port: Int?
        var address = host
        switch kind {
        case .client:
            port = clientPort(place, config).map(Int.init)
            let own = clientAddress(place, config)
            if own != "127.0.0.1" { address = own }
        case .quorum: port = member?.quorumPort
        case .election: port = member?.electionPort
        }
        return port.flatMap { UInt16(exactly: $0) }.map { Door(kind: kind, address: address, port: $0) }
    }

    /// Looks at the host first: a connection to a listener that nobody serves takes one of its places for ever.
    private func state(
        of door: Door, _ place: ServerPlace, _ config: ZooConfig, looked: ListenerLook?, _ process: ProcessIdentity?,
        from: String?
    ) async throws(AccessError) -> PortState {
        if let looked {
            if looked.processState == "T" || looked.isWaiting(door.address, Int(door.port)) { return .stuck }
            if door.kind == .election, looked.isListening(door.address, Int(door.port)),
                let member = ownMember(place, config), let process,
                await listenerState(looked, member, place, process, probes: true) == .dead
            {
                return .stuck
            }
        }
        switch await connection(to: door, from: from) {
        case .success(true): return .open
        case .success(false): return .stuck
        case .failure(let error):
            switch error.code {
            case .connectionRefused, .channelRefused: return .closed
            case .connectTimedOut, .limitPassed: return .filtered
            default: throw AccessError(error, server: place.name)
            }
        }
    }

    /// Whether the port accepts a connection and, for clients' ports, the process answers on it.
    private func connection(to door: Door, from: String?) async -> Result<Bool, HostError> {
        let limit = Duration.seconds(3)
        do throws(HostError) {
            let stream: any ByteStream
            if let from {
                stream = try await sessions.session(from).session.connect(
                    to: door.address, port: door.port, limit: limit)
            } else {
                stream = try await LocalTCPStream.connect(to: door.address, port: door.port, limit: limit)
            }
            guard door.kind == .client else {
                await stream.close()
                return .success(true)
            }
            let answers = await answersClients(stream, limit: limit)
            await stream.close()
            return .success(answers)
        } catch {
            return .failure(error)
        }
    }

    /// Any end of the exchange shows a process that accepts: an answer, a refusal, a reset at its limit of connections.
    private func answersClients(_ stream: any ByteStream, limit: Duration) async -> Bool {
        do throws(HostError) {
            try await stream.write(Array("srvr".utf8), limit: limit)
            _ = try await stream.read(limit: limit)
            return true
        } catch {
            return error.code != .limitPassed
        }
    }

    private func listenerLook(
        _ place: ServerPlace, _ process: ProcessIdentity?, ports: [UInt16]
    ) async throws(AccessError) -> ListenerLook {
        let call = ScriptCall(
            name: "listeners", script: RemoteScripts.listeners,
            arguments: [process.map { String($0.pid) } ?? ""] + ports.map { String($0) }, server: place.name)
        return ListenerLook(try await look(place.name.host, call))
    }

    // MARK: The election listener

    /// Whether the server takes election connections; nil where that can't be known now.
    ///
    /// Versions with the defect by which the thread dies and the port stays open (ZOOKEEPER-2186: 3.4.6, 3.5.0) are looked into
    /// closely. Of others a port that is open is taken for alive, unless connections wait at it; a serving member whose port
    /// is closed has given up listening (ZOOKEEPER-2836, -3320).
    func electionListener(_ place: ServerPlace, _ pulse: ServerPulse) async -> ListenerState? {
        let known = memory.known(place.name)
        guard let process = pulse.process, pulse.mode != .standalone, let config = known.loaded ?? known.config,
            let member = ownMember(place, config), let port = UInt16(exactly: member.electionPort),
            let looked = try? await listenerLook(place, process, ports: [port])
        else { return nil }
        guard looked.isListening(member.host, member.electionPort) else { return pulse.mode.serves ? .dead : nil }
        guard pulse.version?.hasListenerDefect == true else {
            return looked.isWaiting(member.host, member.electionPort) ? .dead : .alive
        }
        return await listenerState(looked, member, place, process, probes: true)
    }

    /// The thread itself is the best evidence; then connections that nobody accepts; then, where `probes` allows it and nothing
    /// else tells, one connection that is half closed: a live listener answers it with its own end within milliseconds, a dead
    /// one never, and each such connection takes one of its 50 places. So it is made once for each process.
    private func listenerState(
        _ looked: ListenerLook, _ member: MemberAddress, _ place: ServerPlace, _ process: ProcessIdentity, probes: Bool
    ) async -> ListenerState? {
        if let lives = looked.hasElectionThread(member) { return lives ? .alive : .dead }
        if looked.isWaiting(member.host, member.electionPort) || looked.hasOrphan(member.host, member.electionPort) {
            return .dead
        }
        // Several hosts may be connecting to this port; only one of them finds it out.
        return await doubts.take(place.name) {
            let known = memory.known(place.name)
            if known.process == process, let state = known.electionListener { return state }
            guard probes, let state = await halfClose(member, place) else { return nil }
            memory.note(place.name) { $0.electionListener = state }
            return state
        }
    }

    private func halfClose(_ member: MemberAddress, _ place: ServerPlace) async -> ListenerState? {
        guard let port = UInt16(exactly: member.electionPort),
            let opened = try? await sessions.session(place.name.host),
            let stream = try? await opened.session.connect(to: member.host, port: port, limit: .seconds(3))
        else { return nil }
        let state: ListenerState?
        do throws(HostError) {
            try await stream.finishWriting()
            _ = try await stream.read(limit: .seconds(3))
            state = .alive
        } catch {
            state = error.code == .limitPassed ? .dead : error.code == .cancelled ? nil : .alive
        }
        await stream.close()
        return state
    }
}
