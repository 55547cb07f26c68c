/// One authenticated connection to one host, kept open for as long as it is needed.
///
/// Calls may come from any task; a session carries them out side by side on channels of one connection. Files come and go as the input
/// and output of scripts, which know what to do with a half one.
/// Every call can be cancelled, and then throws ``HostError`` with the code `cancelled`.
package protocol HostSession: Sendable {
    /// The host's name in the inventory; errors carry it.
    var host: String { get }

    /// Runs a command and reads both of its output streams to their ends.
    ///
    /// - Parameters:
    ///   - input: what the command reads on standard input; end of file follows it at once when nil.
    ///   - output: gets standard output piece by piece, in order, and the result's `output` stays empty; when nil,
    ///     standard output is collected into the result up to `command.outputLimit` bytes.
    ///   - limit: the longest that the command may take from its start to its end.
    /// - Throws: ``HostError`` only where the command could not be started. A command that was started and whose end
    ///   is not known comes back as ``CommandEnd/lost(_:)``: it may still be running.
    func run(
        _ command: RemoteCommand, input: ByteSource?, output: ByteSink?, limit: Duration
    ) async throws(HostError) -> CommandResult

    /// Opens a TCP connection from the host (direct-tcpip), so that no port of it needs to be reachable from here.
    func connect(to address: String, port: UInt16, limit: Duration) async throws(HostError) -> any ByteStream

    func close() async
}

/// A POSIX sh script, the same text on every call, and its arguments, which reach it as `$1`, `$2`… whatever they hold.
///
/// The script runs in a subshell of `sh` (dash and busybox are enough): it may exit, set traps and redirect its streams.
/// Its standard streams are pipes. A background job that keeps them open keeps the command from ending.
package struct RemoteCommand: Sendable, Equatable {
    package var script: String
    package var arguments: [String]
    /// Whether to run it by the inventory's `become` (`sudo -n`).
    package var becomes: Bool
    /// How much of each output stream is kept, in bytes. What is beyond is read and dropped, and the result says so.
    package var outputLimit: Int

    package init(
        _ script: String, _ arguments: [String] = [], becomes: Bool = false, outputLimit: Int = 4 << 20
    ) {
        self.script = script
        self.arguments = arguments
        self.becomes = becomes
        self.outputLimit = outputLimit
    }
}

package struct CommandResult: Sendable, Equatable {
    package var end: CommandEnd
    package var output: [UInt8]
    package var errors: [UInt8]
    /// Whether either stream was longer than `outputLimit`.
    package var truncated: Bool
    package var took: Duration

    package init(end: CommandEnd, output: [UInt8], errors: [UInt8], truncated: Bool, took: Duration) {
        self.end = end
        self.output = output
        self.errors = errors
        self.truncated = truncated
        self.took = took
    }

    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
    package var succeeded: Bool { end == .exited(0) }
}

/// How a command ended, as far as can be known from here.
package enum CommandEnd: Sendable, Equatable {
    case exited(Int32)
    /// The name without SIG, such as `KILL`.
    case signalled(String)
    /// The connection was lost, or the limit passed, after the start: what became of the command is unknown.
    case lost(LostPhase)
    /// The channel was closed without an exit status.
    case noStatus

    package enum LostPhase: Sendable, Equatable {
        case connectionLost
        case limitPassed
        case cancelled
    }
}

/// Gives the next piece, nil at the end.
package typealias ByteSource = @Sendable () async throws -> [UInt8]?
package typealias ByteSink = @Sendable ([UInt8]) async throws -> Void

/// One TCP connection, through the host.
package protocol ByteStream: Sendable {
    /// The next bytes, empty at end of file.
    func read(limit: Duration) async throws(HostError) -> [UInt8]
    func write(_ bytes: [UInt8], limit: Duration) async throws(HostError)
    /// Ends our direction; the other side can still send.
    func finishWriting() async throws(HostError)
    func close() async
}

/// What went wrong with a host, where, and what to do about it.
package struct HostError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case addressNotFound, connectionRefused, connectTimedOut, notSSH, negotiationFailed
        case hostKeyUnknown, hostKeyChanged, hostKeyRevoked, knownHostsUnreadable
        case identityUnreadable, passphraseNeeded, authenticationRefused
        case channelRefused, forwardingRefused, connectionLost, limitPassed, cancelled
        case transferFailed, becomeRefused, configurationInvalid, commandFailed
    }

    package var code: Code
    package var host: String
    /// A sentence that says what happened and, where there is one, the remedy.
    package var message: String

    package init(_ code: Code, host: String, _ message: String) {
        self.code = code
        self.host = host
        self.message = message
    }

    package var description: String { "\(host): \(message)" }

    /// What helps where libssh2 lacks what a server wants.
    static let wayOut = "Or reach this host by the system's ssh: `ssh: {transport: openssh}` in the inventory."
}
