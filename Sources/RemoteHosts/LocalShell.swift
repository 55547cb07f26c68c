/// Commands that the operator gives, run on this machine.
package enum LocalShell {
    /// Runs a command of sh with `input` on its standard input, in a session of its own, so that a Ctrl-C of the terminal is not sent to it.
    /// - Parameters:
    ///   - environment: `NAME=value`, all that it gets.
    ///   - limit: then it is killed, and whatever it started.
    /// - Returns: nil where it ended with 0, else why not, in words that go on after "the command".
    package static func run(
        _ command: String, input: String, environment: [String], limit: Duration
    ) async -> String? {
        let child = await OwnThread.run {
            ChildProcess.run(
                ["/bin/sh", "-c", command], environment: environment, input: Array(input.utf8), limit: limit)
        }
        guard let child else { return "could not be run, or had not ended after \(limit.components.seconds) s" }
        guard child.status != 0 else { return nil }
        let how = child.status < 0 ? "was ended by a signal" : "ended with \(child.status)"
        let words = String(decoding: child.errors, as: UTF8.self).split(whereSeparator: \.isNewline).last
        return words.map { "\(how): \($0.prefix(200))" } ?? how
    }
}
