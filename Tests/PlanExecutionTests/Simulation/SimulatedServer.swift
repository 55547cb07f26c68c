import EnsembleAccess
import EnsembleModel

/// One transaction of a simulated server: a znode's path, or nil for a session or an election.
struct SimulatedTransaction: Sendable, Hashable {
    var zxid: Zxid
    var path: String?
}

struct SimulatedData: Sendable, Hashable {
    var transactions: [SimulatedTransaction] = []
    var acceptedEpoch: UInt32 = 0
    var currentEpoch: UInt32 = 0

    var last: Zxid { transactions.last?.zxid ?? Zxid(0) }
    var isEmpty: Bool { transactions.isEmpty && acceptedEpoch == 0 }
    var paths: Set<String> { Set(transactions.compactMap(\.path)) }
}

/// What one installation holds, and its process.
struct SimulatedServer: Sendable {
    struct Process: Sendable {
        var identity: ProcessIdentity
        var configText: String
        /// Read once, since they are asked for at every step of every election.
        var members: [ServerID: MemberAddress]
        var rule: QuorumRule
        var myid: ServerID?
        var lookingSince: Duration
        var listener = ListenerState.alive
        /// The server that it follows, itself when it leads; nil while it is looking.
        var leader: ServerName?
        /// Since when it serves.
        var servesSince: Duration?
        var epoch: UInt32 = 0
        /// initLimit ticks.
        var initLimit: Duration

        init(identity: ProcessIdentity, configText: String, myid: ServerID?, at now: Duration) {
            self.identity = identity
            self.configText = configText
            let config = ZooConfig(configText)
            members = config.members
            rule = config.quorumRule
            initLimit = .milliseconds((config.initLimit ?? 0) * config.tickTime)
            self.myid = myid
            lookingSince = now
        }
    }

    /// Made to go wrong.
    struct Faults: Sendable {
        var neverJoins = false
        /// Its start command succeeds and leaves no process.
        var liesOnStart = false
        /// The process ends so long after it begins to serve.
        var diesAfterServing: Duration?
        var isUnreachable = false
        /// It looks for a leader again so long after it began to serve.
        var flapsAfter: Duration?
        /// How long its leader sends it the snapshot; longer than initLimit ticks, and it begins anew.
        var snapshotTakes = Duration.zero
        /// Its lock is taken, and the answer that says so is lost.
        var losesAnswerOfLock = false
        /// Its host is away when the lock is to be given back.
        var keepsLock = false
    }

    var name: ServerName
    var version: Version
    var address: String
    var config: [UInt8]?
    var myid: String?
    var files: [String: [UInt8]] = [:]
    var data = SimulatedData()
    var process: Process?
    var faults = Faults()
    var lock: LockOwner?
    var lockRenewedAt = Duration.zero
    /// By `action path`.
    var fileBackups: [String: [UInt8]?] = [:]
    /// The process that ran when the file was replaced, by the same.
    var processAtBackup: [String: ProcessIdentity?] = [:]
    var dataBackups: [String: SimulatedData] = [:]
    var softwareBackups: [String: Version] = [:]
    /// Actions whose data or software were moved back.
    var broughtBack: Set<String> = []

    var configText: String { config.map { String(decoding: $0, as: UTF8.self) } ?? "" }

    var mode: Mode {
        guard let process else { return .stopped }
        guard let leader = process.leader else { return .looking }
        if leader == name { return process.rule.participants.count <= 1 ? .standalone : .leader }
        let isObserver = process.myid.map { process.rule.observers.contains($0) } ?? false
        return isObserver ? .observer : .follower
    }
}
