package import EnsembleModel
import RemoteHosts

extension RemoteEnsemble {
    package func copyData(
        from: ServerName, to: ServerName, under mutation: Mutation, progress: @escaping CopyProgress
    ) async throws(AccessError) -> Change {
        let (source, target) = (try place(from), try place(to))
        let directories = try await dataDirectories(target)
        let arguments = dataArguments(target, directories, mutation)
        // What an earlier try has finished needs no source.
        switch try await begin(to, arguments, data: 0, logs: 0) {
        case "done": return .already
        case "verified": return try await finish(to, arguments, sums: "", count: 0)
        default: break
        }

        let sourceDirectories = try await dataDirectories(source)
        let manifest = try await freeze(source, sourceDirectories, mutation)
        let outcome: Result<Change, AccessError>
        do throws(AccessError) {
            _ = try await begin(to, arguments, data: manifest.bytes(.data), logs: manifest.bytes(.logs))
            outcome = .success(try await transfer(manifest, from, to, arguments, progress))
        } catch {
            outcome = .failure(error)
        }
        if manifest.isLive { await thaw(source, sourceDirectories, mutation) }
        return try outcome.get()
    }

    private func begin(
        _ server: ServerName, _ arguments: [String], data: Int, logs: Int
    ) async throws(AccessError) -> String? {
        let call = ScriptCall(
            name: "beginCopy", script: RemoteScripts.beginCopy, arguments: arguments + [String(data), String(logs)],
            server: server)
        return try await change(server.host, call)["state"]
    }

    private func freeze(
        _ place: ServerPlace, _ directories: DataDirectories, _ mutation: Mutation
    ) async throws(AccessError) -> CopyManifest {
        let call = ScriptCall(
            name: "freezeSource", script: RemoteScripts.freezeSource,
            arguments: dataArguments(place, directories, mutation), server: place.name, limit: .seconds(300))
        let result = try await changeResult(place.name.host, call)
        if result.end == .exited(ScriptExit.hostChanged.rawValue), result.errorText.hasPrefix("epochs") {
            throw error(
                .notServing, place.name.host, call,
                "an election or a synchronization is under way at the source (\(oneLine(result.errorText))), so a copy "
                    + "would not be consistent; wait until it serves, or stop it")
        }
        guard let manifest = CopyManifest(try settled(result, place.name.host, call)) else {
            throw error(.commandFailed, place.name.host, call, "the list of files to copy can't be read")
        }
        guard !manifest.files.isEmpty else {
            throw error(.fileMissing, place.name.host, call, "\(directories.data)/version-2 holds nothing to copy")
        }
        return manifest
    }

    /// What was kept from changing is let go; a failure leaves links behind that the next try removes.
    private func thaw(_ place: ServerPlace, _ directories: DataDirectories, _ mutation: Mutation) async {
        let call = ScriptCall(
            name: "thawSource", script: RemoteScripts.thawSource,
            arguments: [directories.data, directories.logs, mutation.run, mutation.fileName], server: place.name)
        _ = try? await change(place.name.host, call)
    }

    private func transfer(
        _ manifest: CopyManifest, _ from: ServerName, _ to: ServerName, _ arguments: [String],
        _ progress: @escaping CopyProgress
    ) async throws(AccessError) -> Change {
        let done = CopyCount(total: manifest.bytes, progress: progress)
        var lines: [String] = []
        for kind in [CopyManifest.Kind.data, .logs] where !manifest.files(kind).isEmpty {
            let sums = try await stream(manifest, kind, from, to, arguments, done)
            lines += manifest.files(kind).map { "\(sums[$0.path] ?? "none")  \(kind.rawValue)/\($0.name)\n" }
        }
        return try await finish(to, arguments, sums: lines.joined(), count: lines.count)
    }

    /// Sends the files of one directory, while the source computes their sums a second time from its disk.
    /// - Returns: the sums by path, equal at the source's disk and on the way.
    private func stream(
        _ manifest: CopyManifest, _ kind: CopyManifest.Kind, _ from: ServerName, _ to: ServerName,
        _ arguments: [String], _ done: CopyCount
    ) async throws(AccessError) -> [String: String] {
        let pipe = BytePipe()
        let archiver = Archiver(manifest.files(kind), pipe, done)
        // A bound for connections that stand still, not a guess at the rate: a second for each megabyte.
        let limit = Duration.seconds(600 + manifest.bytes(kind) / 1_000_000)
        let list = manifest.list(kind)
        let send = ScriptCall(
            name: "sendSource", script: RemoteScripts.sendSource, arguments: [], server: from, limit: limit,
            input: source(of: list), output: { try await archiver.take($0) })
        let sum = ScriptCall(
            name: "sumSource", script: RemoteScripts.sumSource, arguments: [], server: from, limit: limit,
            input: source(of: list))
        let receive = ScriptCall(
            name: "receiveCopy", script: RemoteScripts.receiveCopy, arguments: arguments + [kind.rawValue], server: to,
            limit: limit, input: { try await pipe.read() })

        var sourceSums: ScriptReply?
        var cause: AccessError?
        await withTaskGroup(of: Result<ScriptReply?, AccessError>.self) { group in
            group.addTask {
                await self.outcome { () async throws(AccessError) in
                    _ = try await self.change(to.host, receive)
                    return nil
                }
            }
            group.addTask {
                await self.outcome { () async throws(AccessError) in
                    _ = try await self.look(from.host, send)
                    do {
                        try await archiver.finish()
                    } catch {
                        throw self.error(.checksumDiffers, from.host, send, "the data did not come as listed: \(error)")
                    }
                    return nil
                }
            }
            group.addTask {
                await self.outcome { () async throws(AccessError) in try await self.look(from.host, sum) }
            }
            // What fails first is the cause; the others fail because of it.
            for await result in group {
                switch result {
                case .success(let reply): sourceSums = reply ?? sourceSums
                case .failure(let error):
                    cause = cause ?? error
                    await pipe.fail()
                    group.cancelAll()
                }
            }
        }
        if let cause { throw cause }
        let sums = await archiver.sums
        try compare(sums, sourceSums, from.host, sum)
        return sums
    }

    private func compare(
        _ sums: [String: String], _ reply: ScriptReply?, _ host: String, _ call: ScriptCall
    ) throws(AccessError) {
        var atSource: [String: String] = [:]
        for line in reply?.all("sum") ?? [] {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2 { atSource[String(words[1])] = String(words[0]) }
        }
        for (path, sum) in sums where atSource[path] != sum {
            throw error(
                .checksumDiffers, host, call, "\(path) changed while it was sent; nothing was put in place, try again")
        }
    }

    private func finish(
        _ server: ServerName, _ arguments: [String], sums: String, count: Int
    ) async throws(AccessError) -> Change {
        let call = ScriptCall(
            name: "finishCopy", script: RemoteScripts.finishCopy, arguments: arguments + [String(count)],
            server: server, limit: .seconds(1800), input: source(of: Array(sums.utf8)))
        return try await changed(server.host, call)
    }
}

/// How far a copy is.
actor CopyCount {
    private let total: Int
    private let progress: CopyProgress
    private var done = 0

    init(total: Int, progress: @escaping CopyProgress) {
        self.total = total
        self.progress = progress
        progress(0, total)
    }

    func add(_ bytes: Int) {
        done += bytes
        progress(done, total)
    }
}

/// Turns the source's stream into an archive for the target.
private actor Archiver {
    private var tar: TarStream
    private let pipe: BytePipe
    private let done: CopyCount

    init(_ files: [CopyManifest.File], _ pipe: BytePipe, _ done: CopyCount) {
        tar = TarStream(files)
        self.pipe = pipe
        self.done = done
    }

    var sums: [String: String] { tar.sums }

    func take(_ content: [UInt8]) async throws {
        try await pipe.write(tar.feed(content))
        await done.add(content.count)
    }

    func finish() async throws {
        try await pipe.write(tar.finish())
        await pipe.end()
    }
}
