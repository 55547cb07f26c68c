package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func start(_ server: ServerName, under mutation: Mutation) async throws(AccessError) -> Change {
        let place = try place(server)
        let call = ScriptCall(
            name: "start", script: RemoteScripts.start,
            arguments: [place.home, place.configPath, mutation.run, backups(place, mutation)]
                + words(place, start: true)
                + ["500"], server: server, limit: .seconds(90))
        return try await changed(server.host, call)
    }

    package func stop(
        _ server: ServerName, process: ProcessIdentity?, limit: Duration, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        let place = try place(server)
        let meant = process.map { "\($0.pid) \($0.startTime) \($0.bootID)" } ?? ""
        let hundredths = limit.components.seconds * 100 + limit.components.attoseconds / 10_000_000_000_000_000
        let call = ScriptCall(
            name: "stop", script: RemoteScripts.stop,
            arguments: [place.home, place.configPath, mutation.run, backups(place, mutation)]
                + words(place, start: false)
                + [String(hundredths), meant], server: server, limit: limit + .seconds(20))
        return try await changed(server.host, call)
    }

    package func lastWords(_ server: ServerName) async throws(AccessError) -> LastWords? {
        let place = try place(server)
        let reply = try await look(
            server.host,
            ScriptCall(
                name: "lastWords", script: RemoteScripts.lastWords, arguments: [place.home], server: server))
        return reply["log"].map { LastWords(log: $0, text: reply["said"]) }
    }

    /// The form of the service, the first word of the command or the unit, and the rest of the command.
    private func words(_ place: ServerPlace, start: Bool) -> [String] {
        switch place.service {
        case .systemd(let unit): return ["systemd", unit, ""]
        case .commands(let startCommand, let stopCommand):
            let parts = (start ? startCommand : stopCommand).split(separator: " ", maxSplits: 1)
            return ["commands", parts.first.map(String.init) ?? "", parts.count > 1 ? String(parts[1]) : ""]
        }
    }

    package func run(
        _ command: HostCommand, under mutation: Mutation
    ) async throws(AccessError) -> HostCommandResult {
        let locked = memory.lockedServers(host: command.host, run: mutation.run)
        let others = places.keys.filter { $0.host == command.host && !locked.contains($0) }.sorted()
        let homes = (locked + others).compactMap { places[$0]?.home }
        let call = ScriptCall(
            name: "run", script: RemoteScripts.mutatingCommand,
            arguments: [mutation.run, String(locked.count), String(homes.count), command.givesEnvironment] + homes
                + command.words, limit: command.limit, input: command.assignments, outputLimit: 1 << 20,
            secrets: command.secrets)
        let result = try await changeResult(command.host, call)
        let marker = result.errorText.split(whereSeparator: \.isNewline)
        if result.end == .exited(ScriptExit.lockLost.rawValue), marker.first == "zkops" {
            throw AccessError(
                .lockLost, host: command.host, server: nil, call: call.name, detail: String(marker.last ?? "nobody"))
        }
        return HostCommandResult(result)
    }
}
