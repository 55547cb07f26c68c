package import EnsembleAccess
import EnsembleModel
import Foundation
import RemoteHosts
import Synchronization

/// The log of every remote command, one file a host, in the folder of the run; mode 0600. It is made to be read on a terminal, so
/// nothing that hosts print steers one.
///
/// Connections are made before there is a run, so what comes earlier is kept until `attach`. A host that prints without end fills neither
/// memory nor the operator's disk, on which the journal is written.
package final class HostLogs: Sendable {
    private struct State {
        var directory: String?
        var early: [String] = []
        var earlyBytes = 0
        var files: [String: DurableFile] = [:]
        /// Written so far, by host.
        var bytes: [String: Int] = [:]
    }

    /// Bytes that are kept before there is a run, that are written of one stream of a command, and of all of a host.
    private static let (earlyLimit, streamLimit, hostLimit) = (16 << 20, 64 << 10, 256 << 20)
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
            } else if state.earlyBytes < Self.earlyLimit {
                state.early.append(record.host + "\n" + text)
                state.earlyBytes += text.utf8.count
            }
        }
    }

    /// A log that can't be written must not stop a run that is under way.
    private static func append(_ text: String, host: String, _ state: inout State) {
        guard let directory = state.directory else { return }
        let name = host.unicodeScalars.map { $0 == "/" || $0 == "\0" ? "_" : String($0) }.joined()
        if state.files[host] == nil { state.files[host] = try? DurableFile("\(directory)/\(name).log") }
        let before = state.bytes[host, default: 0]
        guard before < hostLimit else { return }
        state.bytes[host] = before + text.utf8.count
        let isFull = before + text.utf8.count >= hostLimit
        try? state.files[host]?.append(isFull ? text + "what came after this was too much to be kept\n" : text)
    }

    private static func text(_ record: CommandRecord, at now: Double) -> String {
        let server = record.server.map { " \($0)" } ?? ""
        let took = Int(record.took.inSeconds * 1000)
        let command = safeForTerminal("\(record.name) \(record.arguments) \(record.end)")
        let look = record.isLook ? " \(lookMark)" : ""
        let text = "\(Timestamps.rfc3339(now, milliseconds: true))\(look)\(server) \(command) in \(took) ms\n"
        return text + lines(record.output, after: "  ") + lines(record.errors, after: "  ! ")
    }

    private static func lines(_ stream: String, after mark: String) -> String {
        let kept = String(decoding: stream.utf8.prefix(streamLimit), as: UTF8.self)
        var text = ""
        for line in kept.split(whereSeparator: \.isNewline) { text += "\(mark)\(safeForTerminal(line))\n" }
        let more = stream.utf8.count - streamLimit
        return more > 0 ? text + "\(mark)… and \(more) bytes more\n" : text
    }
}
