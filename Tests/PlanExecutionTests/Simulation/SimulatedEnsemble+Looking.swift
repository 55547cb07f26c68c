import Checksums
import EnsembleAccess
import EnsembleModel

extension SimulatedEnsemble {
    func observe(_ name: ServerName, files: [String]) async throws(AccessError) -> ServerFacts {
        let server = try found(name)
        var facts = ServerFacts(
            running: server.process != nil, mode: server.mode,
            myid: server.myid.flatMap { Int($0.filter { $0 != "\n" }) }.map(ServerID.init), version: server.version)
        facts.config = server.config.map { String(decoding: $0, as: UTF8.self) }
        facts.zxid = SimulatedElection(servers: servers, names: names, now: clock.now).zxid(of: name)
        facts.snapshot = server.data.isEmpty ? ServerFacts.Newest.none : .at(server.data.last)
        facts.log = server.data.isEmpty ? ServerFacts.Newest.none : .at(server.data.last)
        if let process = server.process {
            if !hidesListeners { facts.electionListener = process.listener }
            if process.configText != facts.config { facts.loadedConfig = process.configText }
            if process.myid != facts.myid { facts.loadedMyid = process.myid }
        }
        facts.dataSize = server.data.transactions.count * 100
        facts.logSize = server.data.transactions.count * 100
        facts.dataRoom = room
        facts.logRoom = room + 1
        for path in files { facts.files[path] = server.files[path].map { String(decoding: $0, as: UTF8.self) } }
        return facts
    }

    func pulse(_ name: ServerName) async throws(AccessError) -> ServerPulse {
        onPulse?(self, name)
        let server = try found(name)
        guard let process = server.process else { return ServerPulse(version: nil) }
        let election = SimulatedElection(servers: servers, names: names, now: clock.now)
        var pulse = ServerPulse(process: process.identity, mode: server.mode, source: .srvr)
        guard server.mode.serves else {
            let isReceiving = server.faults.snapshotTakes > process.initLimit
            pulse.remark = isReceiving ? "it is receiving a snapshot" : "it is looking for a leader"
            return pulse
        }
        pulse.version = server.version
        pulse.zxid = election.zxid(of: name)
        pulse.znodes = server.data.paths.count
        if server.mode == .leader {
            let voters = process.rule.participants
            let followers = election.followers(of: name).compactMap { servers[$0]?.process?.myid }
            pulse.ephemerals = 0
            pulse.syncedFollowers = followers.filter(voters.contains).count
        }
        return pulse
    }

    func ports(
        of server: ServerName, from: String?, kinds: [PortKind]
    ) async throws(AccessError) -> [PortKind: PortState] {
        let found = try found(server)
        let state: PortState = found.process == nil ? .closed : .open
        return Dictionary(uniqueKeysWithValues: kinds.map { ($0, state) })
    }

    func lastWords(_ name: ServerName) async throws(AccessError) -> LastWords? { nil }

    func hostIdentity(_ host: String) async throws(AccessError) -> HostIdentity {
        HostIdentity(bootID: "boot-\(host)", clock: 0)
    }

    func readFile(_ file: FilePlace) async throws(AccessError) -> FileContents? {
        guard let name = file.server else { return nil }
        return bytes(of: file, try found(name)).map {
            FileContents(bytes: $0, sha256: SHA256.hexDigest(of: $0), mode: 0o644)
        }
    }

    func process(
        with file: FilePlace, replacedBy mutation: Mutation
    ) async throws(AccessError) -> ProcessIdentity? {
        guard let name = file.server else { return nil }
        let server = try found(name)
        guard let before = server.processAtBackup["\(mutation.action) \(file)"] else { return nil }
        return server.process?.identity == before ? nil : server.process?.identity
    }

    func bytes(of file: FilePlace, _ server: SimulatedServer) -> [UInt8]? {
        switch file {
        case .config: server.config
        case .myid: server.myid.map { Array($0.utf8) }
        case .installation(_, let path): server.files[path]
        case .host: nil
        }
    }

    func check(_ command: HostCommand) async throws(AccessError) -> HostCommandResult {
        HostCommandResult(exitCode: commandResults[command.script] ?? 0, output: "", errors: "")
    }

    func dataSummary(_ name: ServerName) async throws(AccessError) -> DataSummary {
        let data = try found(name).data
        return DataSummary(snapshots: 0, logs: data.isEmpty ? 0 : 1, bytes: data.transactions.count * 100)
    }

    func znode(_ path: String, through: ServerName) async throws(AccessError) -> ZnodeFacts? {
        let server = try found(through)
        guard server.mode.serves else { throw notServing(through) }
        guard server.data.paths.contains(path) else { return nil }
        let children = server.data.paths.filter { $0.hasPrefix(path + "/") }.count
        return ZnodeFacts(version: 0, mzxid: Zxid(1), children: children, ephemeral: false)
    }

    func probeWrite(
        through writer: ServerName, readThrough reader: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> Zxid {
        let (one, other) = (try found(writer), try found(reader))
        guard one.mode.serves, let leader = one.process?.leader else { throw notServing(writer) }
        guard other.mode.serves, other.process?.leader == leader else { throw notServing(reader) }
        var election = SimulatedElection(servers: servers, names: names, now: clock.now)
        let zxid = election.commit(nil, leader: leader)
        servers = election.servers
        return zxid
    }

    func notServing(_ name: ServerName) -> AccessError {
        AccessError(.notServing, host: name.host, server: name, "it does not answer clients")
    }

    // MARK: Locks

    func lock(_ name: ServerName, owner: LockOwner) async throws(AccessError) {
        let server = try found(name)
        if let held = server.lock, held.run != owner.run {
            throw AccessError(
                .lockHeld, host: name.host, server: name, "run \(held.run) of \(held.operatorName) holds it")
        }
        servers[name]?.lock = owner
        servers[name]?.lockRenewedAt = clock.now
        publish()
        guard server.faults.losesAnswerOfLock else { return }
        throw AccessError(.outcomeUnknown, host: name.host, server: name, "the connection was lost")
    }

    func lockAge(_ name: ServerName) -> Duration? {
        servers[name].map { clock.now - $0.lockRenewedAt }
    }

    func renewLock(_ name: ServerName, owner: LockOwner) async throws(AccessError) {
        if try found(name).lock?.run == owner.run { servers[name]?.lockRenewedAt = clock.now }
    }

    func unlock(_ name: ServerName, owner: LockOwner) async throws(AccessError) {
        if try found(name).faults.keepsLock {
            throw AccessError(.hostUnreachable, host: name.host, server: name, "the host is away")
        }
        if try found(name).lock?.run == owner.run { servers[name]?.lock = nil }
        publish()
    }

    func heldLock(_ name: ServerName) async throws(AccessError) -> HeldLock? {
        let server = try found(name)
        return server.lock.map { HeldLock(owner: $0, age: clock.now - server.lockRenewedAt) }
    }
}
