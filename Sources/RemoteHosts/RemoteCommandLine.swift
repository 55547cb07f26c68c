/// What is sent to the server's shell to run a script, and what comes back beside the script's own output.
///
/// The wrapper prints a mark on both streams before the script, so that what start-up files print can be told from what
/// the script prints. After a script that ended with 0 it prints a mark on the error stream: libssh2 can't tell a status
/// of 0 from no status at all, so only that mark proves success. The script runs in a subshell, where it may set traps,
/// redirect its streams and exit as it likes; `$$` stays the shell that the server started.
struct RemoteCommandLine: Sendable {
    /// The server's shell gets the line as one argument, and libssh2 sends no packet above 35,000 bytes. What is longer
    /// goes in by standard input, before the command's own.
    private static let longestLine = 30_000

    let text: String
    /// To be sent on standard input before anything else.
    let prelude: [UInt8]
    let startMark: [UInt8]
    let endMark: [UInt8]

    /// - Parameter nonce: differs for each command, so that no output can look like a mark by chance.
    init(_ command: RemoteCommand, sudo: Bool, nonce: String) {
        let start = "zkops-start-\(nonce)"
        let end = "zkops-end-\(nonce)"
        startMark = Array((start + "\n").utf8)
        endMark = Array((end + "\n").utf8)
        let shell = sudo ? "exec sudo -n -- sh -c" : "exec sh -c"
        let words = [start, end, command.script] + command.arguments
        let line = Self.line(shell, Self.runner, words)
        if line.utf8.count <= Self.longestLine {
            text = line
            prelude = []
        } else {
            // `dd` with blocks of one byte takes what it is told to and leaves the rest to the script.
            prelude = Array(("set -- " + words.map(ShellQuoting.quoted).joined(separator: " ")).utf8)
            text = Self.line(shell, Self.loader, [String(prelude.count), Self.runner])
        }
    }

    private static func line(_ shell: String, _ program: String, _ words: [String]) -> String {
        ([shell, ShellQuoting.quoted(program), "zkops"] + words.map(ShellQuoting.quoted)).joined(separator: " ")
    }

    private static let runner = """
        printf '%s\\n' "$1"; printf '%s\\n' "$1" >&2; zkops_end=$2 zkops_script=$3; shift 3; \
        (unset zkops_end; eval "$zkops_script"); set -- $?; \
        [ $1 -ne 0 ] || printf '%s\\n' "$zkops_end" >&2; exit $1
        """

    private static let loader = """
        zkops_runner=$2; zkops_words=$(dd bs=1 count="$1" 2>/dev/null; printf x); eval "${zkops_words%x}"; \
        unset zkops_words; eval "$zkops_runner"
        """
}
