import Checksums
package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func observe(_ server: ServerName, files: [String]) async throws(AccessError) -> ServerFacts {
        let place = try place(server)
        let seen = try await serverLook(place, files: files)
        memory.note(server, process: seen.process)
        remember(server, seen)

        var facts = ServerFacts(running: seen.process != nil)
        facts.myid = seen.myid
        facts.version = seen.jarVersion
        facts.epochs = seen.epochs
        facts.snapshot = seen.newestSnapshot
        facts.log = seen.newestLog
        facts.config = seen.configText
        facts.dataSize = seen.dataBytes
        facts.logSize = seen.logBytes
        facts.snapshotSize = seen.newestSnapshotFile?.file.bytes
        facts.snapshotAge = seen.newestSnapshotAge
        facts.dataRoom = seen.dataRoom
        facts.logRoom = seen.logRoom
        for (path, text) in zip(files, seen.extras) where text != nil { facts.files[path] = text }
        guard let process = seen.process else { return facts }

        let pulse = await ask(place, process, state: seen.processState)
        facts.mode = pulse.mode
        facts.zxid = pulse.zxid
        // A running process tells its own version; the jar may have been replaced since.
        facts.version = pulse.version ?? seen.jarVersion
        await addLoaded(to: &facts, place, seen, serves: pulse.mode.serves)
        facts.electionListener = await electionListener(place, pulse)
        return facts
    }

    /// One round trip, and a second one where the configuration is written in a way that sh can't read as Java does.
    func serverLook(_ place: ServerPlace, files: [String] = []) async throws(AccessError) -> ServerLook {
        func call(_ data: String, _ logs: String) -> ScriptCall {
            ScriptCall(
                name: "observe", script: RemoteScripts.observe,
                arguments: [place.home, place.configPath, data, logs] + files, server: place.name)
        }
        let seen = ServerLook(try await look(place.name.host, call("", "")), extraCount: files.count)
        guard let config = seen.config, let data = config.dataDir else { return seen }
        let logs = config.transactionLogDir ?? data
        if data == seen.dataDir, logs == seen.dataLogDir { return seen }
        return ServerLook(try await look(place.name.host, call(data, logs)), extraCount: files.count)
    }

    func remember(_ server: ServerName, _ seen: ServerLook) {
        let config = seen.wholeConfig
        let started =
            seen.loadedConfigText.map { ZooConfig($0) }
            ?? unedited(config, seen.configChangedAt, seen.processBeganAt)
        let loaded = seen.dynamicText == nil ? started : nil
        memory.note(server) { known in
            // The next pulse compares the file by its own means.
            known.configStat = nil
            known.config = config
            if known.loaded == nil { known.loaded = loaded }
        }
    }

    /// A configuration not touched since the process began is what the process was started with.
    func unedited(_ config: ZooConfig?, _ changedAt: Int?, _ beganAt: Int?) -> ZooConfig? {
        guard let changedAt, let beganAt, changedAt <= beganAt else { return nil }
        return config
    }

    /// What the process runs with where that differs from the files: as kept at its start, or as it says itself.
    private func addLoaded(
        to facts: inout ServerFacts, _ place: ServerPlace, _ seen: ServerLook, serves: Bool
    ) async {
        let known = memory.known(place.name)
        // Where the server keeps its members in a file of their own, it writes that as it goes on.
        var loaded = seen.dynamicText == nil ? known.loaded : seen.wholeConfig
        if let loaded = seen.loadedMyid, loaded != seen.myid { facts.loadedMyid = loaded }
        if serves, let config = loaded ?? seen.config, let version = facts.version,
            config.isAllowed("conf", version: version),
            case .reply(.text(let text)) = await fourLetter("conf", place, config), let reply = ConfReply(text)
        {
            if let id = reply.serverID, id != seen.myid { facts.loadedMyid = id }
            let limits = [("tickTime", reply.tickTime), ("initLimit", reply.initLimit), ("syncLimit", reply.syncLimit)]
            for (key, value) in limits {
                guard let value, let told = (loaded ?? config)[key], Int(told) != value else { continue }
                var changed = loaded ?? config
                changed.set(key, String(value))
                loaded = changed
            }
            if let members = reply.membership?.members, !members.isSameEnsemble(as: config.members) {
                var changed = loaded ?? config
                changed.setMembers(members)
                loaded = changed
            }
        }
        if let loaded, loaded.text != seen.configText { facts.loadedConfig = loaded.text }
    }

    package func hostIdentity(_ host: String) async throws(AccessError) -> HostIdentity {
        let call = ScriptCall(name: "hostIdentity", script: RemoteScripts.hostIdentity, arguments: [])
        let reply = try await look(host, call)
        guard let boot = reply["boot"], let clock = reply.number("clock") else {
            throw error(.commandFailed, host, call, "the host's boot id and clock can't be read; is /proc mounted?")
        }
        return HostIdentity(bootID: boot, clock: clock)
    }

    package func readFile(_ file: FilePlace) async throws(AccessError) -> FileContents? {
        let located = try await locate(file)
        let call = ScriptCall(
            name: "readFile", script: RemoteScripts.readFile, arguments: [located.path, String(16 << 20)],
            server: located.server)
        let reply = try await look(located.host, call)
        guard let bytes = reply.blobs["content"], let mode = reply["mode"].flatMap({ UInt16($0, radix: 8) }) else {
            return nil
        }
        return FileContents(bytes: bytes, sha256: SHA256.hexDigest(of: bytes), mode: mode)
    }

    package func check(_ command: HostCommand) async throws(AccessError) -> HostCommandResult {
        let call = ScriptCall(
            name: "check", script: RemoteScripts.command, arguments: [command.givesEnvironment] + command.words,
            limit: command.limit, input: command.assignments, outputLimit: 1 << 20, secrets: command.secrets)
        return HostCommandResult(try await lookResult(command.host, call))
    }

    package func dataSummary(_ server: ServerName) async throws(AccessError) -> DataSummary {
        try await serverLook(place(server)).summary
    }
}

extension HostCommandResult {
    init(_ result: CommandResult) {
        let code: Int32 = if case .exited(let code) = result.end { code } else { -1 }
        self.init(exitCode: Int(code), output: result.outputText, errors: result.errorText)
    }
}

extension [ServerID: MemberAddress] {
    /// Whether both name the same servers at the same places in the same roles; what else the lines hold is no difference.
    func isSameEnsemble(as other: Self) -> Bool {
        count == other.count
            && allSatisfy { id, address in
                other[id].map { $0.isSamePlace(as: address) && $0.role == address.role } ?? false
            }
    }
}
