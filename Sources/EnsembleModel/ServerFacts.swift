/// What was observed of one server at one moment; nil is "not known", never "no".
package struct ServerFacts: Sendable, Hashable, Codable {
    package struct Epochs: Sendable, Hashable, Codable {
        package var accepted: Epoch
        package var current: Epoch

        package init(accepted: Epoch, current: Epoch) {
            self.accepted = accepted
            self.current = current
        }
    }

    /// The newest snapshot or transaction log on disk, by the zxid in its name.
    package enum Newest: Sendable, Hashable, Codable {
        case none
        case at(Zxid)
    }

    package var running: Bool
    package var mode: Mode
    package var myid: ServerID?
    package var version: Version?
    package var zxid: Zxid?
    package var epochs: Epochs?
    package var snapshot: Newest?
    package var log: Newest?
    package var electionListener: ListenerState?
    /// The text of the configuration file as it is now; nil where the file is missing or unknown.
    package var config: String?
    /// What the process runs with, only where it is known to differ from the file.
    package var loadedConfig: String?
    /// The myid that the process runs with, only where it is known to differ from the file.
    package var loadedMyid: ServerID?
    /// Bytes of `version-2` in dataDir and in dataLogDir.
    package var dataSize: Int?
    package var logSize: Int?
    /// Bytes of the newest snapshot, and the seconds since it was written.
    package var snapshotSize: Int?
    package var snapshotAge: Int?
    /// Free bytes on the file systems of dataDir and dataLogDir.
    package var dataRoom: Int?
    package var logRoom: Int?
    /// Other files that a plan edits, by their path as the plan writes it; missing from the mapping when not captured.
    package var files: [String: String]

    package init(
        running: Bool = false, mode: Mode = .stopped, myid: ServerID? = nil, version: Version? = nil,
        zxid: Zxid? = nil, epochs: Epochs? = nil, snapshot: Newest? = nil, log: Newest? = nil,
        electionListener: ListenerState? = nil, config: String? = nil, loadedConfig: String? = nil,
        loadedMyid: ServerID? = nil, dataSize: Int? = nil, logSize: Int? = nil, snapshotSize: Int? = nil,
        snapshotAge: Int? = nil, dataRoom: Int? = nil, logRoom: Int? = nil, files: [String: String] = [:]
    ) {
        self.running = running
        self.mode = mode
        self.myid = myid
        self.version = version
        self.zxid = zxid
        self.epochs = epochs
        self.snapshot = snapshot
        self.log = log
        self.electionListener = electionListener
        self.config = config
        self.loadedConfig = loadedConfig
        self.loadedMyid = loadedMyid
        self.dataSize = dataSize
        self.logSize = logSize
        self.snapshotSize = snapshotSize
        self.snapshotAge = snapshotAge
        self.dataRoom = dataRoom
        self.logRoom = logRoom
        self.files = files
    }

    /// Whether anything of the server is on its host: a process, its software's jar or its configuration.
    package var isInstalled: Bool { running || version != nil || config != nil }
}

/// What was observed of an ensemble. A server left out exists, is stopped, and holds no myid, configuration or data.
package struct EnsembleFacts: Sendable, Hashable, Codable {
    /// RFC 3339, as it stands in the file.
    package var capturedAt: String?
    package var servers: [ServerName: ServerFacts]

    package init(capturedAt: String? = nil, servers: [ServerName: ServerFacts]) {
        self.capturedAt = capturedAt
        self.servers = servers
    }
}
