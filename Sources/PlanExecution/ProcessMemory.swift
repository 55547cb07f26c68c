import EnsembleAccess
import EnsembleModel
import Foundation
import Glibc
import Synchronization

/// What the processes that were seen in a run were started with.
///
/// A 3.4 server never tells the membership that it runs with, and its file may have been edited since it started; so what was seen
/// before the edit is kept, in the run's folder, for the case that the run is resumed.
final class ProcessMemory: Sendable {
    struct Entry: Sendable, Codable {
        var server: ServerName
        var process: ProcessIdentity
        var config: String
        var myid: ServerID?
    }

    private struct State {
        var entries: [ServerName: Entry]
        /// Read once; looks are many.
        var loaded: [ServerName: LoadedConfig] = [:]
    }

    private let path: String?
    private let state: Mutex<State>

    /// - Parameter path: nil keeps it in memory alone.
    init(path: String?) {
        self.path = path
        let data = path.flatMap { FileManager.default.contents(atPath: $0) }
        let kept = data.flatMap { try? JSONDecoder().decode([Entry].self, from: $0) } ?? []
        state = Mutex(State(entries: Dictionary(kept.map { ($0.server, $0) }) { _, last in last }))
    }

    func loaded(_ server: ServerName, _ process: ProcessIdentity) -> LoadedConfig? {
        state.withLock { state in
            guard let entry = state.entries[server], entry.process == process else { return nil }
            if let loaded = state.loaded[server] { return loaded }
            let loaded = LoadedConfig(text: entry.config, myid: entry.myid)
            state.loaded[server] = loaded
            return loaded
        }
    }

    /// The process that was seen last, in this attempt or an earlier one.
    func process(of server: ServerName) -> ProcessIdentity? {
        state.withLock { $0.entries[server]?.process }
    }

    func remember(_ entry: Entry, _ loaded: LoadedConfig) {
        state.withLock { state in
            state.entries[entry.server] = entry
            state.loaded[entry.server] = loaded
            guard let path else { return }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            // Losing it costs knowledge, not safety: the guards then go by what the hosts say.
            guard let data = try? encoder.encode(state.entries.values.sorted { $0.server < $1.server }),
                (try? DurableFile.make(path + ".new", String(decoding: data, as: UTF8.self))) != nil
            else { return }
            _ = unsafe rename(path + ".new", path)
        }
    }
}

/// The configuration and myid that a process runs with.
struct LoadedConfig: Sendable {
    var members: [ServerID: MemberAddress]
    var rule: QuorumRule
    /// How long a join may take; see `ZooConfig.joinLimit`.
    var joinLimit: Duration
    /// Whether the membership can change while the process runs.
    var isDynamic: Bool
    var myid: ServerID?

    init(text: String, myid: ServerID?) {
        let config = ZooConfig(text)
        members = config.members
        rule = config.quorumRule
        joinLimit = config.joinLimit
        isDynamic = config.reconfigEnabled
        self.myid = myid
    }
}
