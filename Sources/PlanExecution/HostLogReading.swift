import Foundation

/// One command as a host's log in a run's folder has it.
package struct LoggedCommand: Sendable, Hashable {
    package var host: String
    /// When it ended, `2026-01-11T18:02:11.042Z`; in logs of older versions to the second.
    package var at: String
    /// Whether it changed nothing.
    package var isLook = false
    /// Server, script, arguments, how it ended and how long it took.
    package var text: String
    /// What it printed; lines of standard error begin with `!`.
    package var output: [String]
}

extension HostLogs {
    /// Reads what ``HostLogs`` wrote. A torn last line is normal.
    ///
    /// - Parameter limit: of the lines that are kept of each command's output; a last line says how many more there were.
    package static func commands(in log: String, host: String, limit: Int = 40) -> [LoggedCommand] {
        var commands: [LoggedCommand] = []
        var more = 0
        func close() {
            guard more > 0, !commands.isEmpty else { return }
            commands[commands.count - 1].output.append("… and \(more) lines more")
            more = 0
        }
        for line in log.split(separator: "\n") {
            if line.hasPrefix("  ") {
                guard !commands.isEmpty else { continue }
                if commands[commands.count - 1].output.count < limit {
                    commands[commands.count - 1].output.append(String(line.dropFirst(2)))
                } else {
                    more += 1
                }
            } else if let space = line.firstIndex(of: " ") {
                close()
                let (text, mark) = (line[line.index(after: space)...], lookMark + " ")
                let isLook = text.hasPrefix(mark)
                commands.append(
                    LoggedCommand(
                        host: host, at: String(line[..<space]), isLook: isLook,
                        text: String(isLook ? text.dropFirst(mark.count) : text), output: []))
            }
        }
        close()
        return commands
    }
}

extension RunFolder {
    /// What was run on the hosts, in the order of time; looks alone, which are many, are left out.
    package func commands() -> [LoggedCommand] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: logDirectory)) ?? []
        return names.filter { $0.hasSuffix(".log") }.sorted().flatMap { name -> [LoggedCommand] in
            let data = FileManager.default.contents(atPath: logDirectory + "/" + name) ?? Data()
            return HostLogs.commands(in: String(decoding: data, as: UTF8.self), host: String(name.dropLast(4)))
        }
        .filter { !$0.isLook }
        .sorted { ($0.at, $0.host) < ($1.at, $1.host) }
    }
}
