import Checksums
import Foundation
import Glibc
import RemoteHosts
import Synchronization
import TestSupport
import Testing

@testable import EnsembleAccess

/// Which shell, and whose utilities, scripts run on.
enum TestShell: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// Bash is `sh` on Red Hat's systems; in arithmetic it runs what other shells don't.
    case dash, busybox, bash

    var testDescription: String { rawValue }

    /// The two that differ most.
    static let two: [TestShell] = [.dash, .busybox]

    private var path: String { "/bin/\(rawValue)" }
    var words: [String] {
        switch self {
        case .dash: [path]
        case .busybox: [path, "sh"]
        case .bash: [path, "--posix"]
        }
    }

    /// For busybox, a directory with its own utilities only, so that what GNU's alone can do is found out.
    var searchPath: String {
        guard self == .busybox else { return "/usr/bin:/bin" }
        return Self.applets
    }

    private static let applets: String = {
        let directory = NSTemporaryDirectory() + "zkops-busybox-\(getpid())"
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let names = try? Command.output(["/bin/busybox", "--list"])
        for name in (names ?? "").split(separator: "\n") {
            unsafe symlink("/bin/busybox", directory + "/" + name)
        }
        // Debian's busybox has no su of its own.
        unsafe symlink("/bin/su", directory + "/su")
        atexit {
            try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "zkops-busybox-\(getpid())")
        }
        return directory
    }()
}

/// Runs commands on this machine, in place of a host reached over SSH.
final class LocalSession: HostSession {
    let host: String
    let shell: TestShell
    let programs: String?
    let faults: Faults
    private let isClosed = Mutex(false)

    init(host: String, shell: TestShell, programs: String? = nil, faults: Faults) {
        self.host = host
        self.shell = shell
        self.programs = programs
        self.faults = faults
    }

    func run(
        _ command: RemoteCommand, input: ByteSource?, output: ByteSink?, limit: Duration
    ) async throws(HostError) -> CommandResult {
        if faults.refuses(command) || isClosed.withLock({ $0 }) {
            throw HostError(.connectionLost, host: host, "the connection is gone")
        }
        let sink = faults.sink(for: command, output)
        let breaker = faults.breaker
        let words = (breaker == nil ? [] : ["/usr/bin/setsid"]) + shell.words
        let first = [breaker?.directory, programs].compactMap { $0.map { $0 + ":" } }.joined()
        let path = faults.searchPath ?? first + shell.searchPath
        let line = words + ["-c", command.script, "sh"] + command.arguments
        let result = await LocalCommand(line, path: path).run(
            input: input, output: sink, limit: limit, outputLimit: command.outputLimit)
        guard let result else { throw HostError(.transferFailed, host: host, "the transfer broke off") }
        return faults.change(result, of: command)
    }

    func connect(to address: String, port: UInt16, limit: Duration) async throws(HostError) -> any ByteStream {
        try await LocalTCPStream.connect(to: address, port: port, limit: limit)
    }

    func close() async {
        isClosed.withLock { $0 = true }
    }
}

/// What is to go wrong, and what was run.
final class Faults: Sendable {
    private struct State {
        var ran: [String] = []
        var ends: [(script: String, end: CommandEnd)] = []
        var refusals: [String] = []
        var flips: [String] = []
        var breaker: ScriptBreaker?
        var searchPath: String?
    }

    private let state = Mutex(State())

    /// The next run of this script ends so, as far as can be seen from here; it is carried out all the same.
    func end(_ script: String, as end: CommandEnd) {
        state.withLock { $0.ends.append((script, end)) }
    }

    /// The next run of this script can't be started.
    func refuse(_ script: String) {
        state.withLock { $0.refusals.append(script) }
    }

    /// One bit of what the next run of this script prints arrives wrong.
    func flip(_ script: String) {
        state.withLock { $0.flips.append(script) }
    }

    /// Kills scripts in their middle.
    var breaker: ScriptBreaker? {
        get { state.withLock { $0.breaker } }
        set { state.withLock { $0.breaker = newValue } }
    }

    /// Where the host's programs are, in place of this machine's.
    var searchPath: String? {
        get { state.withLock { $0.searchPath } }
        set { state.withLock { $0.searchPath = newValue } }
    }

    func count(_ script: String) -> Int {
        state.withLock { state in state.ran.count { $0 == script } }
    }

    func refuses(_ command: RemoteCommand) -> Bool {
        state.withLock { state in
            guard let place = state.refusals.firstIndex(of: command.script) else { return false }
            state.refusals.remove(at: place)
            return true
        }
    }

    func change(_ result: CommandResult, of command: RemoteCommand) -> CommandResult {
        state.withLock { state in
            state.ran.append(command.script)
            guard let place = state.ends.firstIndex(where: { $0.script == command.script }) else { return result }
            var changed = result
            changed.end = state.ends.remove(at: place).end
            return changed
        }
    }

    func sink(for command: RemoteCommand, _ sink: ByteSink?) -> ByteSink? {
        guard let sink else { return nil }
        let flips = state.withLock { state -> Bool in
            guard let place = state.flips.firstIndex(of: command.script) else { return false }
            state.flips.remove(at: place)
            return true
        }
        guard flips else { return sink }
        let isDone = Mutex(false)
        return { bytes in
            var bytes = bytes
            if !bytes.isEmpty,
                isDone.withLock({ done in
                    !done
                        && {
                            done = true
                            return true
                        }()
                })
            {
                bytes[0] ^= 1
            }
            try await sink(bytes)
        }
    }
}

/// Makes local sessions, and counts them.
final class LocalConnector: HostConnector {
    let shell: TestShell
    /// A directory of programs that are found before the shell's own.
    let programs: String?
    let faults = Faults()
    private let made = Mutex<[String]>([])
    private let delay: Duration

    init(_ shell: TestShell, programs: String? = nil, delay: Duration = .zero) {
        self.shell = shell
        self.programs = programs
        self.delay = delay
    }

    var connected: [String] { made.withLock { $0 } }

    func connect(_ endpoint: Endpoint) async throws(HostError) -> any HostSession {
        made.withLock { $0.append(endpoint.host) }
        if delay > .zero {
            do {
                try await Task.sleep(for: delay)
            } catch {
                throw HostError(.cancelled, host: endpoint.host, "cancelled")
            }
        }
        return LocalSession(host: endpoint.host, shell: shell, programs: programs, faults: faults)
    }

    func close() async {}
}
