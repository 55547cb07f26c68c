import Checksums
import EnsembleAccess
import EnsembleModel

extension SimulatedEnsemble {
    func start(_ name: ServerName, under mutation: Mutation) async throws(AccessError) -> Change {
        try changing("start", name, under: mutation) { () throws(AccessError) in
            guard servers[name]?.process == nil else { return .already }
            if servers[name]?.faults.liesOnStart == false { launch(name) }
            return .changed
        }
    }

    func stop(
        _ name: ServerName, process: ProcessIdentity?, limit: Duration, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        try changing("stop", name, under: mutation) { () throws(AccessError) in
            guard let running = servers[name]?.process?.identity else { return .already }
            if let process, process != running {
                throw AccessError(.hostChanged, host: name.host, server: name, "another process runs")
            }
            servers[name]?.process = nil
            if let stopChange, var server = servers[name] {
                stopChange(&server)
                servers[name] = server
            }
            return .changed
        }
    }

    func replaceFile(
        _ file: FilePlace, with bytes: [UInt8], mode: UInt16?, expected: String?, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        guard let name = file.server else { return .already }
        return try changing("replace", name, under: mutation) { () throws(AccessError) in
            guard let server = servers[name] else { return .already }
            let old = self.bytes(of: file, server)
            if old == bytes { return .already }
            guard old.map({ SHA256.hexDigest(of: $0) }) == expected else {
                throw AccessError(.hostChanged, host: name.host, server: name, "the file is not what it was")
            }
            servers[name]?.fileBackups["\(mutation.action) \(file)"] = .some(old)
            servers[name]?.processAtBackup["\(mutation.action) \(file)"] = .some(server.process?.identity)
            write(bytes, to: file, name)
            return .changed
        }
    }

    private func write(_ bytes: [UInt8]?, to file: FilePlace, _ name: ServerName) {
        switch file {
        case .config: servers[name]?.config = bytes
        case .myid: servers[name]?.myid = bytes.map { String(decoding: $0, as: UTF8.self) }
        case .installation(_, let path): servers[name]?.files[path] = bytes
        case .host: break
        }
    }

    /// Where a backup is wanted and gone.
    private func missing(_ isCertain: Bool, _ name: ServerName, _ mutation: Mutation) throws(AccessError) -> Change {
        guard isCertain, servers[name]?.broughtBack.contains(mutation.action) == false else { return .already }
        throw AccessError(.backupMissing, host: name.host, server: name, "the backup is not there any more")
    }

    func restoreFile(
        _ file: FilePlace, isCertain: Bool, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        guard let name = file.server else { return .already }
        return try changing("restore", name, under: mutation) { () throws(AccessError) in
            let key = "\(mutation.action) \(file)"
            guard let backup = servers[name]?.fileBackups.removeValue(forKey: key) else {
                return try missing(isCertain, name, mutation)
            }
            write(backup, to: file, name)
            return .changed
        }
    }

    private func stopped(_ name: ServerName) throws(AccessError) {
        guard servers[name]?.process == nil else {
            throw AccessError(.serverRunning, host: name.host, server: name, "it runs")
        }
    }

    func clearData(_ name: ServerName, under mutation: Mutation) async throws(AccessError) -> Change {
        try changing("clear", name, under: mutation) { () throws(AccessError) in
            try stopped(name)
            guard let data = servers[name]?.data, !data.isEmpty else { return .already }
            servers[name]?.dataBackups[mutation.action] = data
            servers[name]?.broughtBack.remove(mutation.action)
            servers[name]?.data = SimulatedData()
            return .changed
        }
    }

    func restoreData(
        _ name: ServerName, isCertain: Bool, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        try changing("restore data", name, under: mutation) { () throws(AccessError) in
            try stopped(name)
            guard let data = servers[name]?.dataBackups.removeValue(forKey: mutation.action) else {
                return try missing(isCertain, name, mutation)
            }
            servers[name]?.data = data
            servers[name]?.broughtBack.insert(mutation.action)
            return .changed
        }
    }

    func copyData(
        from: ServerName, to: ServerName, under mutation: Mutation, progress: @escaping CopyProgress
    ) async throws(AccessError) -> Change {
        let source = try found(from)
        return try changing("copy", to, under: mutation) { () throws(AccessError) in
            try stopped(to)
            if servers[to]?.dataBackups["copied \(mutation.action)"] != nil { return .already }
            guard servers[to]?.data.isEmpty ?? false else {
                throw AccessError(.dataNotEmpty, host: to.host, server: to, "it holds data")
            }
            progress(50, 100)
            servers[to]?.data = source.data
            if var data = servers[to]?.data, let copyChange {
                copyChange(&data)
                servers[to]?.data = data
            }
            servers[to]?.dataBackups["copied \(mutation.action)"] = source.data
            progress(100, 100)
            return .changed
        }
    }

    func backups(
        of run: String, on name: ServerName, in directories: [String], removing: Bool
    ) async throws(AccessError) -> KeptBackups {
        backupDirectories[name] = directories
        let server = try found(name)
        let kept = KeptBackups(files: server.fileBackups.count + server.dataBackups.count, bytes: 0)
        if removing {
            servers[name]?.fileBackups = [:]
            servers[name]?.dataBackups = [:]
        }
        return kept
    }

    func removeCopiedData(_ name: ServerName, under mutation: Mutation) async throws(AccessError) -> Change {
        try changing("remove copy", name, under: mutation) { () throws(AccessError) in
            try stopped(name)
            guard servers[name]?.dataBackups.removeValue(forKey: "copied \(mutation.action)") != nil else {
                return .already
            }
            servers[name]?.data = SimulatedData()
            return .changed
        }
    }

    func install(
        _ name: ServerName, archive: String, sha256: String, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        try changing("install", name, under: mutation) { () throws(AccessError) in
            guard let server = servers[name], server.softwareBackups[mutation.action] == nil else { return .already }
            servers[name]?.softwareBackups[mutation.action] = server.version
            servers[name]?.broughtBack.remove(mutation.action)
            servers[name]?.version = archiveVersion
            return .changed
        }
    }

    func uninstall(
        _ name: ServerName, isCertain: Bool, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        try changing("uninstall", name, under: mutation) { () throws(AccessError) in
            guard let version = servers[name]?.softwareBackups.removeValue(forKey: mutation.action) else {
                return try missing(isCertain, name, mutation)
            }
            servers[name]?.version = version
            servers[name]?.broughtBack.insert(mutation.action)
            return .changed
        }
    }

    func run(_ command: HostCommand, under mutation: Mutation) async throws(AccessError) -> HostCommandResult {
        guard let name = servers.keys.filter({ $0.host == command.host }).min() else {
            throw AccessError(.hostUnreachable, host: command.host, "no such host")
        }
        return try changing("run", name, under: mutation) { () throws(AccessError) in
            commandsRun.append(command.script)
            environments.append(command)
            commandResults["check \(command.script)"] = 0
            return HostCommandResult(exitCode: commandResults["run \(command.script)"] ?? 0, output: "", errors: "")
        }
    }

    func znodesToPersist(
        from glob: String, to parent: String?, through: ServerName
    ) async throws(AccessError) -> [String] {
        let server = try found(through)
        guard server.mode.serves else { throw notServing(through) }
        let prefix = glob.filter { $0 != "*" }
        let wanted = server.data.paths.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("-kept") }.map { $0 + "-kept" }
        return wanted.filter { !server.data.paths.contains($0) }.sorted()
    }

    func persistZnodes(
        from glob: String, to parent: String?, through: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> [String] {
        let missing = try await znodesToPersist(from: glob, to: parent, through: through)
        guard let leader = try found(through).process?.leader else { throw notServing(through) }
        return try changing("persist", through, under: mutation) { () throws(AccessError) in
            var election = SimulatedElection(servers: servers, names: names, now: clock.now)
            for path in missing { _ = election.commit(path, leader: leader) }
            servers = election.servers
            return missing
        }
    }

    func deleteZnodes(
        _ paths: [String], through: ServerName, under mutation: Mutation
    ) async throws(AccessError) {
        try changing("delete", through, under: mutation) { () throws(AccessError) in
            for name in servers.keys {
                servers[name]?.data.transactions.removeAll { $0.path.map(paths.contains) ?? false }
            }
        }
    }

    func reconfig(
        add: [String], remove: [ServerID], through: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> Change {
        .already
    }
}
