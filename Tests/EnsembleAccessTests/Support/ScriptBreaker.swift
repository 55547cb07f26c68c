import Foundation
import TestSupport

/// A directory of utilities that count how often scripts call those which change something, and that kill the script, with all that it
/// has started, before one of these calls.
final class ScriptBreaker: Sendable {
    static let utilities = ["mv", "rm", "cp", "mkdir", "ln", "rmdir", "touch", "tar", "chmod", "chown", "sync"]

    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "zkops-breaker-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let program = #"""
            #!/bin/sh
            here=${0%/*}
            echo >> "$here/calls"
            calls=$(wc -l < "$here/calls")
            read -r last < "$here/last"
            [ "$calls" -ne "$last" ] || kill -KILL 0
            exec "/usr/bin/${0##*/}" "$@"
            """#
        try program.write(toFile: directory + "/.text", atomically: false, encoding: .utf8)
        // By another process: what this one holds open for writing can't be run («Text file busy»).
        try Command.output(
            [
                "/bin/sh", "-ec", #"cd "$1"; shift; for name; do cp .text "$name"; chmod 755 "$name"; done"#, "sh",
                directory,
            ]
                + Self.utilities)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// From now on scripts die before the call with this number, from 1; 0 lets them live.
    func kill(before call: Int) throws {
        try "\(call)\n".write(toFile: directory + "/last", atomically: false, encoding: .utf8)
        try "".write(toFile: directory + "/calls", atomically: false, encoding: .utf8)
    }

    var calls: Int {
        (try? String(contentsOfFile: directory + "/calls", encoding: .utf8))?.count { $0 == "\n" } ?? 0
    }
}
