/// What is sent to the server's shell to run a script, and what comes back beside the script's own output.
///
/// The wrapper prints a mark on both streams before the script, so that what start-up files print can be told from what
/// the script prints. After the script it prints a mark with its status on the error stream: libssh2 can't tell a status
/// of 0 from no status at all, so only that mark proves success. The script runs in a subshell, where it may set traps,
/// redirect its streams and exit as it likes; `$$` stays the shell that the server started.
struct RemoteCommandLine: Sendable {
    /// The server's shell gets the line as one argument, and libssh2 sends no packet above 35,000 bytes. What is longer
    /// goes in by standard input, before the command's own.
    private static let longestLine = 30_000

    /// What follows the end mark: three digits and the end of the line.
    static let statusBytes = 4

    let text: String
    /// To be sent on standard input before anything else.
    let prelude: [UInt8]
    let startMark: [UInt8]
    let endMark: [UInt8]

    /// - Parameter nonce: differs for each command, so that no output can look like a mark by chance.
    /// - Parameter telling: whether an outer shell stays to tell by its status that a signal killed the inner one, for
    ///   transports that don't.
    init(_ command: RemoteCommand, sudo: Bool, nonce: String, telling: Bool = false) {
        let start = "zkops-start-\(nonce)"
        let end = "zkops-end-\(nonce)"
        startMark = Array((start + "\n").utf8)
        endMark = Array((end + " ").utf8)
        let inner = sudo ? "sudo -n -- sh -c" : "sh -c"
        let shell = telling ? "exec sh -c " + ShellQuoting.quoted(Self.teller(inner)) + " zkops" : "exec " + inner
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
        (unset zkops_end; eval "$zkops_script"); set -- $?; printf '%s %03d\\n' "$zkops_end" $1 >&2; exit $1
        """

    /// The outer shell's own words, such as «Killed», go nowhere.
    private static func teller(_ inner: String) -> String {
        #"exec 3>&2 2>/dev/null; \#(inner) "$@" 2>&3 3>&-; exit $?"#
    }

    private static let loader = """
        zkops_runner=$2; zkops_words=$(dd bs=1 count="$1" 2>/dev/null; printf x); eval "${zkops_words%x}"; \
        unset zkops_words; eval "$zkops_runner"
        """
}
