package import EnsembleModel

/// Everything that zkops looks at and does on an ensemble's hosts. `RemoteEnsemble` does it over SSH; tests of
/// execution have a second one over simulated hosts.
///
/// Looking never changes anything. Every call that changes something is idempotent: it looks first, and where the host is already
/// as wanted it writes nothing and says so (``Change/already``). It also checks, in the same remote script, that the run named by `under` still
/// holds the lock of that server, and throws `lockLost` where it does not.
package protocol EnsembleControl: Sendable {
    // MARK: Looking

    /// All that facts hold. `files` are further files to read, as the plan writes their paths.
    func observe(_ server: ServerName, files: [String]) async throws(AccessError) -> ServerFacts
    /// The process and what it says of itself: cheap enough to ask several times a second.
    func pulse(_ server: ServerName) async throws(AccessError) -> ServerPulse
    /// Each port of `server`, connected to from the host `from`, or from the operator's machine when nil.
    /// A port that the kernel accepts is `open` only where the process is known to accept too (``PortState/stuck``).
    func ports(of server: ServerName, from: String?, kinds: [PortKind]) async throws(AccessError) -> [PortKind:
        PortState]
    /// nil where there is no log.
    func lastWords(_ server: ServerName) async throws(AccessError) -> LastWords?
    func hostIdentity(_ host: String) async throws(AccessError) -> HostIdentity
    /// nil where there is no such file.
    func readFile(_ file: FilePlace) async throws(AccessError) -> FileContents?
    /// The process of the file's server where it began after the action had replaced the file, so that it runs with what was written then.
    func process(with file: FilePlace, replacedBy mutation: Mutation) async throws(AccessError) -> ProcessIdentity?
    /// Runs a shell command that must not change anything, and says how it ended.
    func check(_ command: HostCommand) async throws(AccessError) -> HostCommandResult
    /// Bytes that `copyData` from this server would carry, dataDir and dataLogDir together.
    func dataSummary(_ server: ServerName) async throws(AccessError) -> DataSummary

    // MARK: Through client sessions

    /// nil where there is no such znode.
    func znode(_ path: String, through: ServerName) async throws(AccessError) -> ZnodeFacts?
    /// The paths that `persistZnodes` would write now.
    func znodesToPersist(from glob: String, to parent: String?, through: ServerName) async throws(AccessError)
        -> [String]
    /// Writes an ephemeral probe znode through one server and reads it, after a sync, through the other (which may be the same one).
    /// It changes nothing that lasts, and is made only while the run still holds its locks, where it has any.
    /// - Returns: the zxid of the write.
    func probeWrite(
        through writer: ServerName, readThrough reader: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> Zxid

    // MARK: Locks

    /// Makes this run the holder of the server's lock. Throws `lockHeld`, whose message names the holder, where another run has it.
    func lock(_ server: ServerName, owner: LockOwner) async throws(AccessError)
    func renewLock(_ server: ServerName, owner: LockOwner) async throws(AccessError)
    func unlock(_ server: ServerName, owner: LockOwner) async throws(AccessError)
    func heldLock(_ server: ServerName) async throws(AccessError) -> HeldLock?

    // MARK: Changing

    /// Runs the service's start; collects the log that a start would truncate first. Returns when the command has ended,
    /// whether or not the server serves.
    func start(_ server: ServerName, under mutation: Mutation) async throws(AccessError) -> Change
    /// Runs the service's stop and waits until the process is gone, at most `limit`.
    /// - Parameter process: the process that is meant; another process running in its place is `hostChanged`.
    func stop(
        _ server: ServerName, process: ProcessIdentity?, limit: Duration, under mutation: Mutation
    ) async throws(AccessError) -> Change
    /// Replaces a file atomically: temporary file, fsync, rename; mode and owner kept, after a backup. `expected` is the
    /// SHA-256 of the content that the new content was made from (nil: no such file); other content is `hostChanged`.
    func replaceFile(
        _ file: FilePlace, with bytes: [UInt8], mode: UInt16?, expected: String?, under mutation: Mutation
    ) async throws(AccessError) -> Change
    /// Puts back what `replaceFile` of the same action replaced, or removes the file that it made.
    /// - Parameter isCertain: whether it is known that there is something to put back; then a backup that is gone is `backupMissing`.
    func restoreFile(_ file: FilePlace, isCertain: Bool, under mutation: Mutation) async throws(AccessError) -> Change
    /// Moves `version-2` of dataDir and dataLogDir into the run's backup. Only of a stopped server.
    func clearData(_ server: ServerName, under mutation: Mutation) async throws(AccessError) -> Change
    /// Moves the backup of the same action's `clearData` back; what stands in its place is first moved aside.
    func restoreData(_ server: ServerName, isCertain: Bool, under mutation: Mutation) async throws(AccessError)
        -> Change
    /// Streams `version-2` of both directories of `from` onto `to`, which is stopped and empty; checksums compared at both ends.
    func copyData(
        from: ServerName, to: ServerName, under mutation: Mutation, progress: @escaping CopyProgress
    ) async throws(AccessError) -> Change
    /// Undoes `copyData`: moves the copied `version-2` aside into the run's backup.
    func removeCopiedData(_ server: ServerName, under mutation: Mutation) async throws(AccessError) -> Change
    /// Unpacks a local .tar.gz, whose sum was checked, into the installation's home; a home that exists is moved aside first.
    func install(
        _ server: ServerName, archive: String, sha256: String, under mutation: Mutation
    ) async throws(AccessError) -> Change
    func uninstall(_ server: ServerName, isCertain: Bool, under mutation: Mutation) async throws(AccessError) -> Change
    func run(_ command: HostCommand, under mutation: Mutation) async throws(AccessError) -> HostCommandResult
    /// Returns the paths that it wrote; those that were already there with the same data are not among them.
    func persistZnodes(
        from glob: String, to parent: String?, through: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> [String]
    func deleteZnodes(_ paths: [String], through: ServerName, under mutation: Mutation) async throws(AccessError)
    /// `add` are server lines such as `4=host:2888:3888:participant;2181`.
    func reconfig(
        add: [String], remove: [ServerID], through: ServerName, under mutation: Mutation
    ) async throws(AccessError) -> Change

    /// What a run keeps on the server's host for going back; `removing` it makes going back impossible.
    /// - Parameter directories: of data, besides those that the configuration names now: where the server's data were once.
    func backups(
        of run: String, on server: ServerName, in directories: [String], removing: Bool
    ) async throws(AccessError) -> KeptBackups

    func close() async
}

package typealias CopyProgress = @Sendable (_ bytesDone: Int, _ bytesInAll: Int) -> Void

package enum Change: String, Sendable, Codable {
    /// The host was already as wanted; nothing was written.
    case already
    case changed
}

/// The end of a server's newest log.
package struct LastWords: Sendable, Hashable {
    /// On the server's host.
    package var log: String
    /// Its errors where there are any, else its last lines, as one line; nil where it is empty.
    package var text: String?

    package init(log: String, text: String?) {
        self.log = log
        self.text = text
    }
}

/// Which run asks, and for which action of it; backups are kept under these names on the host that they belong to.
package struct Mutation: Sendable, Hashable, Codable {
    package var run: String
    /// Such as `2.3.1`, or `4.2[zk6@v3.4.14].1.1`.
    package var action: String

    package init(run: String, action: String) {
        self.run = run
        self.action = action
    }
}

/// Tells one process from a later one that got the same id.
package struct ProcessIdentity: Sendable, Hashable, Codable {
    package var pid: Int
    /// In clock ticks since boot, field 22 of /proc/PID/stat (proc(5)).
    package var startTime: Int
    package var bootID: String

    package init(pid: Int, startTime: Int, bootID: String) {
        self.pid = pid
        self.startTime = startTime
        self.bootID = bootID
    }
}

package struct HostIdentity: Sendable, Hashable, Codable {
    package var bootID: String
    /// Seconds since 1970 by the host's clock.
    package var clock: Int

    package init(bootID: String, clock: Int) {
        self.bootID = bootID
        self.clock = clock
    }
}

/// What a server says of itself now.
package struct ServerPulse: Sendable, Hashable, Codable {
    package enum Source: String, Sendable, Codable {
        case srvr, adminServer, log, none
    }

    package var process: ProcessIdentity?
    package var mode: Mode
    package var version: Version?
    package var zxid: Zxid?
    /// On a leader: followers that are voters of its configuration and in sync, never observers or unlisted servers.
    package var syncedFollowers: Int?
    package var znodes: Int?
    /// On a leader that tells it: how many of the znodes are ephemeral.
    package var ephemerals: Int?
    package var connections: Int?
    package var outstanding: Int?
    package var latencyMilliseconds: Double?
    /// What answered: srvr, else the AdminServer, else the log (domain: fallback order).
    package var source: Source
    /// Why there is no mode although a process runs, in words; nil where there is one.
    package var remark: String?

    /// nil where it isn't, and in what older versions wrote.
    private var paused: Bool?

    /// Whether the process stands still, stopped by a signal, so that nothing can be said of what it would do.
    package var isPaused: Bool {
        get { paused ?? false }
        set { paused = newValue ? true : nil }
    }

    package init(
        process: ProcessIdentity? = nil, mode: Mode = .stopped, version: Version? = nil, zxid: Zxid? = nil,
        syncedFollowers: Int? = nil, znodes: Int? = nil, ephemerals: Int? = nil, connections: Int? = nil,
        outstanding: Int? = nil, latencyMilliseconds: Double? = nil, source: Source = .none, remark: String? = nil
    ) {
        self.process = process
        self.mode = mode
        self.version = version
        self.zxid = zxid
        self.syncedFollowers = syncedFollowers
        self.znodes = znodes
        self.ephemerals = ephemerals
        self.connections = connections
        self.outstanding = outstanding
        self.latencyMilliseconds = latencyMilliseconds
        self.source = source
        self.remark = remark
    }
}

/// A file of a server's installation or data, or of a host.
package enum FilePlace: Sendable, Hashable, Codable {
    /// The server's configuration file.
    case config(ServerName)
    /// `dataDir/myid`, dataDir being read from the server's configuration as it is now.
    case myid(ServerName)
    /// Relative to the installation's home, or absolute.
    case installation(ServerName, path: String)
    case host(String, path: String)

    package var server: ServerName? {
        switch self {
        case .config(let server), .myid(let server), .installation(let server, _): server
        case .host: nil
        }
    }
}

package struct FileContents: Sendable, Hashable {
    package var bytes: [UInt8]
    package var sha256: String
    package var mode: UInt16

    package init(bytes: [UInt8], sha256: String, mode: UInt16) {
        self.bytes = bytes
        self.sha256 = sha256
        self.mode = mode
    }
}

package struct DataSummary: Sendable, Hashable, Codable {
    package var snapshots: Int
    package var logs: Int
    package var bytes: Int

    package init(snapshots: Int, logs: Int, bytes: Int) {
        self.snapshots = snapshots
        self.logs = logs
        self.bytes = bytes
    }

    package var isEmpty: Bool { snapshots == 0 && logs == 0 }
}

package struct ZnodeFacts: Sendable, Hashable, Codable {
    package var version: Int
    package var mzxid: Zxid
    package var children: Int
    package var ephemeral: Bool

    package init(version: Int, mzxid: Zxid, children: Int, ephemeral: Bool) {
        self.version = version
        self.mzxid = mzxid
        self.children = children
        self.ephemeral = ephemeral
    }
}

/// A shell command on a host. Arguments reach it as `$1`, `$2`…
package struct HostCommand: Sendable, Hashable {
    package var host: String
    package var script: String
    package var arguments: [String]
    package var limit: Duration
    /// Variables of its environment, by name.
    package var environment: [String: String] = [:]
    /// Those among them whose values are shown and written nowhere, by name.
    package var secrets: [String: String] = [:]

    package init(host: String, script: String, arguments: [String] = [], limit: Duration = .seconds(60)) {
        self.host = host
        self.script = script
        self.arguments = arguments
        self.limit = limit
    }
}

package struct HostCommandResult: Sendable, Hashable, Codable {
    package var exitCode: Int
    package var output: String
    package var errors: String

    package init(exitCode: Int, output: String, errors: String) {
        self.exitCode = exitCode
        self.output = output
        self.errors = errors
    }
}
