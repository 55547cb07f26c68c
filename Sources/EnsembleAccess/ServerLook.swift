import EnsembleModel

/// What the observe script found of one server.
struct ServerLook: Sendable {
    struct DataFile: Sendable, Hashable {
        var name: String
        var bytes: Int
        /// Seconds since 1970 by the host's clock.
        var changedAt: Int?

        /// A file that belongs to a copy: snapshots, logs and epochs, in whatever directory they lie.
        var kind: Kind? {
            if name == "acceptedEpoch" || name == "currentEpoch" { return .epoch }
            if let zxid = number(after: "snapshot.") { return .snapshot(zxid) }
            return number(after: "log.").map(Kind.log)
        }

        enum Kind: Sendable, Hashable {
            case snapshot(Zxid)
            case log(Zxid)
            case epoch
        }

        /// `snapshot.100004000`, also with the suffix of a compression (3.6 and later).
        private func number(after prefix: String) -> Zxid? {
            guard name.hasPrefix(prefix) else { return nil }
            return Zxid(hexadecimal: name.dropFirst(prefix.count).prefix { $0 != "." })
        }
    }

    var process: ProcessIdentity?
    /// The process's state letter, such as `T` for one stopped by a signal (proc(5)).
    var processState: String?
    var configText: String?
    /// The members' lines, where they stand in a file of their own.
    var dynamicText: String?
    var loadedConfigText: String?
    var myidText: String?
    var loadedMyidText: String?
    var dataDir: String?
    var dataLogDir: String?
    var acceptedEpoch: Epoch?
    var currentEpoch: Epoch?
    var dataFiles: [DataFile] = []
    var logFiles: [DataFile] = []
    var dataRoom: Int?
    var logRoom: Int?
    /// By the name of the jar, so of the software on disk.
    var jarVersion: Version?
    /// In the order asked for; nil where there is no such file.
    var extras: [String?] = []
    /// Seconds since 1970.
    var configChangedAt: Int?
    var processBeganAt: Int?
    var clock: Int?

    init(_ reply: ScriptReply, extraCount: Int) {
        (process, processState) = Self.process(in: reply)
        configText = reply.text("config")
        dynamicText = reply.text("dynamic")
        loadedConfigText = reply.text("loaded-config")
        myidText = reply.text("myid")
        loadedMyidText = reply.text("loaded-myid")
        dataDir = reply["data"].flatMap { $0.isEmpty ? nil : $0 }
        dataLogDir = reply["logs"].flatMap { $0.isEmpty ? nil : $0 }
        acceptedEpoch = reply["acceptedEpoch"].flatMap { UInt32($0) }.map(Epoch.init)
        currentEpoch = reply["currentEpoch"].flatMap { UInt32($0) }.map(Epoch.init)
        dataFiles = reply.all("file-data").compactMap(Self.file)
        logFiles = dataDir == dataLogDir ? dataFiles : reply.all("file-logs").compactMap(Self.file)
        dataRoom = reply.number("room-data")
        logRoom = reply.number("room-logs")
        jarVersion = reply.all("jar").compactMap { Version($0.dropFirst("zookeeper-".count).dropLast(".jar".count)) }
            .max()
        extras = (0..<extraCount).map { reply.text("extra-\($0)") }
        configChangedAt = reply.number("config-mtime")
        processBeganAt = reply.number("began")
        clock = reply.number("clock")
    }

    /// The process in a reply that holds `boot` and, where one runs, `process PID START STATE`.
    static func process(in reply: ScriptReply) -> (ProcessIdentity?, state: String?) {
        guard let boot = reply["boot"], let words = reply["process"]?.split(separator: " "), words.count == 3,
            let pid = Int(words[0]), let start = Int(words[1])
        else { return (nil, nil) }
        return (ProcessIdentity(pid: pid, startTime: start, bootID: boot), String(words[2]))
    }

    private static func file(_ text: String) -> DataFile? {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let bytes = Int(told: words[0]), bytes >= 0 else { return nil }
        let name = String(words[2].split(separator: "/").last ?? "")
        return DataFile(name: name, bytes: bytes, changedAt: Int(told: words[1]))
    }

    var config: ZooConfig? { configText.map { ZooConfig($0) } }
    /// With the members that stand in a file of their own.
    var wholeConfig: ZooConfig? { Self.wholeConfig(configText, dynamicText) }

    static func wholeConfig(_ text: String?, _ dynamic: String?) -> ZooConfig? {
        guard let text else { return nil }
        var config = ZooConfig(text)
        if let dynamic { config.setMembers(ZooConfig(dynamic).members) }
        return config
    }

    var myid: ServerID? { Self.myid(myidText) }
    var loadedMyid: ServerID? { Self.myid(loadedMyidText) }

    /// The first line, as a number.
    private static func myid(_ text: String?) -> ServerID? {
        guard let line = text?.split(whereSeparator: \.isNewline).first else { return nil }
        let digits = line.filter { $0 != " " && $0 != "\t" }
        return Int(told: digits).map(ServerID.init)
    }

    var epochs: ServerFacts.Epochs? {
        guard let acceptedEpoch, let currentEpoch else { return nil }
        return .init(accepted: acceptedEpoch, current: currentEpoch)
    }

    /// nil where the directory itself is not known.
    var newestSnapshot: ServerFacts.Newest? {
        guard dataDir != nil else { return nil }
        return newestSnapshotFile.map { .at($0.zxid) } ?? ServerFacts.Newest.none
    }

    var newestSnapshotFile: (zxid: Zxid, file: DataFile)? {
        dataFiles.compactMap { file -> (zxid: Zxid, file: DataFile)? in
            if case .snapshot(let zxid) = file.kind { (zxid, file) } else { nil }
        }.max { $0.zxid < $1.zxid }
    }

    /// In seconds; a file from the future, after a change of the clock, is new.
    var newestSnapshotAge: Int? {
        guard let clock, let changedAt = newestSnapshotFile?.file.changedAt else { return nil }
        return max(0, clock - changedAt)
    }

    var newestLog: ServerFacts.Newest? {
        guard dataLogDir != nil else { return nil }
        let zxids = logFiles.compactMap { file -> Zxid? in
            if case .log(let zxid) = file.kind { zxid } else { nil }
        }
        return zxids.max().map { .at($0) } ?? ServerFacts.Newest.none
    }

    /// What a copy would carry; a directory used for both counts once.
    var summary: DataSummary {
        var summary = DataSummary(snapshots: 0, logs: 0, bytes: 0)
        for file in dataFiles {
            switch file.kind {
            case .snapshot: summary.snapshots += 1
            case .epoch: break
            case .log, nil: continue
            }
            summary.bytes = [summary.bytes, file.bytes].toldSum
        }
        for file in logFiles {
            guard case .log = file.kind else { continue }
            summary.logs += 1
            summary.bytes = [summary.bytes, file.bytes].toldSum
        }
        return summary
    }

    /// Bytes in dataDir's `version-2`; where the logs lie there too, those count as ``logBytes`` only.
    var dataBytes: Int? {
        guard dataDir != nil else { return nil }
        return dataFiles.lazy.map { file in
            if dataDir == dataLogDir, case .log = file.kind { 0 } else { file.bytes }
        }.toldSum
    }

    var logBytes: Int? {
        guard dataLogDir != nil else { return nil }
        return logFiles.lazy.map { file in
            if dataDir == dataLogDir, case .log = file.kind { return file.bytes }
            return dataDir == dataLogDir ? 0 : file.bytes
        }.toldSum
    }
}
