package import EnsembleAccess
import EnsembleModel
import Foundation
import RemoteHosts
import Synchronization

/// The log of every remote command, one file a host, in the folder of the run; mode 0600. It is made to be read on a terminal, so
/// nothing that hosts print steers one.
///
/// Connections are made before there is a run, so what comes earlier is kept until `attach`.
package final class HostLogs: Sendable {
    private struct State {
        var directory: String?
        var early: [String] = []
        var files: [String: DurableFile] = [:]
    }

    private static let earlyLimit = 10_000
    /// Stands after the time where nothing was changed.
    static let lookMark = "look:"
    private let now: @Sendable () -> Double
    private let state = Mutex(State())

    package init(now: @escaping @Sendable () -> Double) { self.now = now }

    /// For `RemoteEnsemble`.
    package var recorder: CommandRecorder {
        { self.write($0) }
    }

    package func attach(_ run: RunFolder) {
        state.withLock { state in
            state.directory = run.logDirectory
            let early = state.early
            state.early = []
            for entry in early {
                guard let split = entry.firstIndex(of: "\n") else { continue }
                Self.append(String(entry[entry.index(after: split)...]), host: String(entry[..<split]), &state)
            }
        }
    }

    private func write(_ record: CommandRecord) {
        let text = Self.text(record, at: now())
        state.withLock { state in
            if state.directory != nil {
                Self.append(text, host: record.host, &state)
            } else if state.early.count < Self.earlyLimit {
                state.early.append(record.host + "\n" + text)
            }
        }
    }

    /// A log that can't be written must not stop a run that is under way.
    private static func append(_ text: String, host: String, _ state: inout State) {
        guard let directory = state.directory else { return }
        let name = String(host.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
        if state.files[host] == nil { state.files[host] = try? DurableFile("\(directory)/\(name).log") }
        try? state.files[host]?.append(text)
    }

    private static func text(_ record: CommandRecord, at now: Double) -> String {
        let server = record.server.map { " \($0)" } ?? ""
        let took = Int(record.took.inSeconds * 1000)
        let command = safeForTerminal("\(record.name) \(record.arguments) \(record.end)")
        let look = record.isLook ? " \(lookMark)" : ""
        var text = "\(Timestamps.rfc3339(now, milliseconds: true))\(look)\(server) \(command) in \(took) ms\n"
        for line in record.output.split(whereSeparator: \.isNewline) { text += "  \(safeForTerminal(line))\n" }
        for line in record.errors.split(whereSeparator: \.isNewline) { text += "  ! \(safeForTerminal(line))\n" }
        return text
    }
}
