import EnsembleModel
import Synchronization

/// What has been learnt of servers and needs no second look while the process or the file stays the same.
final class ServerMemory: Sendable {
    struct Known: Sendable {
        /// What tells one state of the configuration file from the next: inode, size and time, as the pulse script prints them.
        var configStat: String?
        var config: ZooConfig?
        var process: ProcessIdentity?
        /// What the process was started with, where that is known.
        var loaded: ZooConfig?
        /// Whether the AdminServer that answers is this process's.
        var adminServerIsOurs: Bool?
        var electionListener: ListenerState?
        var followers: Followers?
    }

    /// The count of a leader's listed followers, and what it was counted for.
    struct Followers: Sendable, Equatable {
        var connections: Set<String>
        var counted: Int
        var listed: Int
    }

    private struct State {
        var known: [ServerName: Known] = [:]
        var locked: [ServerName: String] = [:]
        var attempt = ""
    }

    private let state = Mutex(State())

    func known(_ server: ServerName) -> Known {
        state.withLock { $0.known[server] ?? Known() }
    }

    /// Notes the process that runs now; what was known of another one is forgotten.
    func note(_ server: ServerName, process: ProcessIdentity?) {
        state.withLock { state in
            guard state.known[server, default: Known()].process != process else { return }
            let old = state.known[server]
            state.known[server] = Known(configStat: old?.configStat, config: old?.config, process: process)
        }
    }

    func note(_ server: ServerName, _ change: @Sendable (inout Known) -> Void) {
        state.withLock { change(&$0.known[server, default: Known()]) }
    }

    /// The attempt at a run in whose name this process takes locks; empty where it takes none.
    var attempt: String {
        get { state.withLock { $0.attempt } }
        set { state.withLock { $0.attempt = newValue } }
    }

    /// Runs that hold locks, as taken by this process.
    func noteLock(_ server: ServerName, run: String?) {
        state.withLock { $0.locked[server] = run }
    }

    func lockedServers(run: String) -> [ServerName] {
        state.withLock { state in state.locked.filter { $0.value == run }.keys.sorted() }
    }

    func lockedServers(host: String, run: String) -> [ServerName] {
        lockedServers(run: run).filter { $0.host == host }
    }
}
