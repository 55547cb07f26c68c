/// What is looked for in the servers' logs.
///
/// The expressions are POSIX extended ones, since the host itself goes through the log; each was matched with lines of real
/// servers of 3.4.6 to 3.9.3, or with lines of the sources of the versions named.
package enum LogPattern: String, Sendable, CaseIterable {
    case started, readingSnapshot, looking, state, elected, synchronizing, snapshotting
    case followerFailed, leaderLost, goodbye, epochTimeout, slowAcknowledgement
    case notification, backoff, smallerIdentifier, connectionRequest, cannotOpen, invalidIdentifier
    case ownIdentifier, connectionBroken
    case listenerDied, listenerLeft, scanner
    case tooManyConnections, refusedSession, expiredSession, lostClient
    case slowSync, diskFull, pause, outOfMemory, lengthError, tooManyFiles
    case unresolved, epochAhead, epochAtBoot, database, misplacedFiles, configuration, bind, adminServer, digest

    package var expression: String {
        switch self {
        case .started: "Server environment:zookeeper[.]version="
        case .readingSnapshot: "Reading snapshot "
        case .looking: " - LOOKING$"
        case .state: " - (LOOKING|FOLLOWING|LEADING|OBSERVING)$"
        case .elected: "(LEADING|FOLLOWING) - LEADER ELECTION TOOK"
        case .synchronizing: "Getting a (diff|snapshot) from|Truncating log to get in sync"
        case .snapshotting: "Snapshotting: "
        case .followerFailed: "Exception when (following|observing) the leader"
        // 3.4.5; 3.4.6 and later; 3.8 and later.
        case .leaderLost: "shutdown Leader! reason: |Shutdown called. For the reason "
        case .goodbye: "[*] GOODBYE "
        case .epochTimeout: "Timeout while waiting for epoch|Perhaps the initTicks need to be increased"
        case .slowAcknowledgement: "Closing connection to peer due to transaction timeout"
        case .notification: "Notification: "
        case .backoff: "Notification time out: "
        case .smallerIdentifier: "Have smaller server identifier, so dropping the connection"
        case .connectionRequest: "Received connection request"
        case .cannotOpen: "Cannot open channel to [0-9]+ at election address"
        case .invalidIdentifier: "Invalid server id: "
        case .ownIdentifier: "connection request from a server with our own ID"
        case .connectionBroken: "Connection broken for id "
        case .listenerDied: "Thread Thread[[].*,5,main[]] died"
        case .listenerLeft: "As I'm leaving the listener thread"
        case .scanner: "Unreasonable buffer length|Initial message parsing error|Received packet with invalid packet"
        case .tooManyConnections: "Too many connections from "
        case .refusedSession: "Refusing session .*has seen zxid"
        case .expiredSession: "Expiring session 0x"
        case .lostClient: "caught end of stream exception|Unable to read additional data from client"
        case .slowSync: "fsync-ing the write ahead log in "
        case .diskFull: "No space left on device"
        case .pause: "Detected pause in JVM or host machine"
        case .outOfMemory: "java[.]lang[.]OutOfMemoryError"
        case .lengthError: "Len error"
        case .tooManyFiles: "Too many open files"
        case .unresolved: "UnknownHostException|Unresolved address|Failed to resolve address"
        case .epochAhead: "Leaders epoch, [0-9]+ is less than accepted epoch"
        case .epochAtBoot: "The (current|accepted) epoch, .* is (less than the|older than)"
        case .database:
            "Unable to load database on disk|CRC check failed|Not able to find valid snapshots|No snapshot found, but there"
                + "|Unsupported Txn with type"
        case .misplacedFiles: "(Snapshot directory has log files|Log directory has snapshot files)[.] Check"
        case .configuration:
            "Invalid config, exiting abnormally|not in the peer list|serverid .* is not a number|myid file is missing"
                + "|Peer type from servers list"
        case .bind: "Couldn't bind to |BindException"
        case .adminServer: "Problem starting AdminServer|Unable to start AdminServer"
        // DataTree, 3.6 and later.
        case .digest: "First digest mismatch on txn|Digests are not matching"
        }
    }

    /// Whether it is of interest since the process began; everything else only since the current term did.
    package var lastsForProcess: Bool {
        switch self {
        case .started, .readingSnapshot, .looking, .listenerDied, .listenerLeft, .diskFull, .outOfMemory, .epochAtBoot,
            .database,
            .misplacedFiles, .configuration, .bind, .adminServer, .unresolved,
            .digest:
            true
        default: false
        }
    }
}
