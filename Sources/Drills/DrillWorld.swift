import EnsembleAccess
import EnsembleModel
import Lab
import PlanLanguage

/// The ensemble that a drill is held on.
struct DrillWorld: Sendable {
    let inventory: Inventory
    let inventoryPath: String
    let control: any EnsembleControl
    /// nil for a staging ensemble.
    let lab: Lab?

    // MARK: Victims

    func pulses() async -> [ServerName: ServerPulse] {
        let servers = inventory.servers.keys.sorted()
        let pulses = await SideBySide.map(servers) { server in
            await SideBySide.attempt { () async throws(AccessError) in try await control.pulse(server) }
        }
        var found: [ServerName: ServerPulse] = [:]
        for (server, pulse) in zip(servers, pulses) {
            if case .success(let pulse) = pulse { found[server] = pulse }
        }
        return found
    }

    /// - Parameter chance: a number by which one of several is chosen.
    func find(_ victim: Drill.Fault.Victim, chance: UInt64) async throws(DrillError) -> ServerName {
        let running = await pulses().filter { $0.value.process != nil }
        let candidates: [ServerName]
        switch victim {
        case .named(let text):
            if let server = ServerName(text), inventory.servers[server] != nil { return server }
            let onHost = inventory.servers.keys.filter { $0.host == text }.sorted()
            guard let first = onHost.first else { throw DrillError("the inventory has no server \(text)") }
            return onHost.first { running[$0] != nil } ?? first
        case .leader: candidates = running.filter { $0.value.mode == .leader }.keys.sorted()
        case .follower: candidates = running.filter { $0.value.mode == .follower }.keys.sorted()
        case .any: candidates = running.keys.sorted()
        }
        guard !candidates.isEmpty else { throw DrillError("there is no \(victim.inWords) at that moment") }
        return candidates[Int(chance % UInt64(candidates.count))]
    }

    // MARK: Faults

    /// - Returns: one line a deed.
    func carryOut(_ kind: Drill.Fault.Kind, on servers: [ServerName]) async throws(DrillError) -> [String] {
        guard let lab else {
            var done: [String] = []
            for server in servers { done.append(try await signal(server, kind == .pause ? "STOP" : "KILL")) }
            return done
        }
        do throws(LabError) {
            var victims: [LabServer] = []
            for server in servers { victims.append(try lab.server(server.description)) }
            return try await lab.carryOut(kind.labBreak, on: victims)
        } catch {
            throw DrillError(error.message)
        }
    }

    func takeBack(_ kind: Drill.Fault.Kind, on server: ServerName) async throws(DrillError) -> String {
        let word = kind == .kill ? "is started again" : kind == .pause ? "goes on" : "can be reached again"
        guard let lab else {
            if kind == .pause { return try await signal(server, "CONT") }
            return try await restart(server)
        }
        do throws(LabError) {
            try await lab.takeBack(kind.labBreak, of: try lab.server(server.description))
            return "\(server) \(word)"
        } catch {
            throw DrillError(error.message)
        }
    }

    // MARK: On staging hosts

    /// A drill's deeds are nobody's run, so they hold no lock: that is what makes them faults.
    private func signal(_ server: ServerName, _ name: String) async throws(DrillError) -> String {
        do throws(AccessError) {
            guard let process = try await control.pulse(server).process else {
                throw AccessError(.refused, host: server.host, server: server, "it does not run")
            }
            try await command(server, #"kill -s "$1" "$2""#, [name, String(process.pid)])
            return "\(server) was sent SIG\(name)"
        } catch {
            throw DrillError(error.description)
        }
    }

    private func restart(_ server: ServerName) async throws(DrillError) -> String {
        guard let place = inventory.servers[server] else { throw DrillError("the inventory has no server \(server)") }
        do throws(AccessError) {
            guard try await control.pulse(server).process == nil else { return "\(server) runs again already" }
            switch place.service {
            case .commands(let start, _): try await command(server, #"cd "$1" && eval "$2""#, [place.home, start])
            case .systemd(let unit): try await command(server, #"systemctl start "$1""#, [unit])
            }
            return "\(server) is started again"
        } catch {
            throw DrillError(error.description)
        }
    }

    private func command(_ server: ServerName, _ script: String, _ arguments: [String]) async throws(AccessError) {
        let result = try await control.check(
            HostCommand(host: server.host, script: script, arguments: arguments, limit: .seconds(30)))
        guard result.exitCode == 0 else {
            throw AccessError(
                .commandFailed, host: server.host, server: server,
                "exit code \(result.exitCode): \(result.errors.prefix(200))")
        }
    }
}

extension Drill.Fault.Kind {
    /// What the lab calls it.
    var labBreak: LabBreak {
        switch self {
        case .kill, .operatorKilled: .kill
        case .pause: .pause
        case .cut: .cut
        case .blockPort: .blockPort(.quorum)
        case .fillDisk: .fillDisk(.log)
        case .slowDisk: .incident(.slowDisk)
        case .loseData: .loseData
        case .listenerDeath: .listenerDeath
        case .deafListener: .incident(.deafListener)
        }
    }
}

extension Drill.Fault.Victim {
    var inWords: String {
        switch self {
        case .named(let text): text
        case .leader: "leader"
        case .follower: "follower"
        case .any: "running server"
        }
    }
}
