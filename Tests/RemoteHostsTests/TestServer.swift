import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

/// A real sshd on a loopback address of its own, with keys of its own, in a directory of its own.
///
/// It is ended, with its files, by ``stop()``, or when the value goes away.
final class TestServer: @unchecked Sendable {
    static let address = "127.0.2.\(20 + getpid() % 200)"

    let directory: String
    private let extra: [String]
    private(set) var port: UInt16 = 0
    private(set) var pid: pid_t = 0
    let user = NSUserName()

    var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }
    var identity: String { "\(directory)/id_ed25519" }
    var knownHosts: String { "\(directory)/known_hosts" }
    var lookupName: String { "[\(Self.address)]:\(port)" }

    /// - Parameters:
    ///   - options: further lines of sshd_config; the first line for a keyword wins, so these can replace the usual ones.
    ///   - hostKeys: types to make, each for `ssh-keygen -t`.
    ///   - environment: of commands. The home directory is the server's own unless given, so that start-up files of
    ///     the person who runs the tests play no part.
    ///   - extra: directories that end with the server.
    init(
        _ options: [String] = [], hostKeys: [String] = ["ed25519", "ecdsa"],
        environment: [String: String] = [:], extra: [String] = []
    ) async throws {
        self.extra = extra
        directory = NSTemporaryDirectory() + "zkops-ssh-" + UUID().uuidString
        // Away from the tasks' threads, which must not wait for other programs.
        try await OwnThread.run { [self] in
            Result { try prepare(options, hostKeys, environment) }
        }.get()
    }

    private func prepare(
        _ options: [String], _ hostKeys: [String], _ environment: [String: String]
    ) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // sshd refuses to run without it.
        try? files.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        try Self.makeKeyNow("\(directory)/id_ed25519", ["-t", "ed25519", "-N", ""])
        try files.copyItem(atPath: "\(directory)/id_ed25519.pub", toPath: "\(directory)/authorized_keys")
        for type in hostKeys { try Self.makeKeyNow("\(directory)/host_\(type)", ["-t", type, "-N", ""]) }
        for attempt in 1... {
            port = try Self.freePort()
            let variables = ["HOME": directory].merging(environment) { $1 }.map { "\($0)=\($1)" }
            let lines =
                options + hostKeys.map { "HostKey \(directory)/host_\($0)" } + [
                    "SetEnv \(variables.joined(separator: " "))", "ListenAddress \(Self.address):\(port)",
                    "AuthorizedKeysFile \(directory)/authorized_keys", "UsePAM no", "StrictModes no", "PidFile none",
                    "PermitRootLogin yes", "LogLevel DEBUG1", "UseDNS no",
                ]
                // Of this one sshd takes the last value and not the first (servconf.c of OpenSSH 9.2).
                + (options.contains { $0.hasPrefix("MaxStartups") } ? [] : ["MaxStartups 100"])
            try write(lines.joined(separator: "\n") + "\n", to: "sshd_config")
            try writeKnownHosts(hostKeys.map { try knownLine(of: $0) })
            do {
                return try start()
            } catch {
                // The port was free a moment ago, and another test may have taken it since.
                guard attempt < 5, log.contains("Address already in use") else { throw error }
            }
        }
    }

    /// Starts the server; it must not be running.
    func start() throws {
        try? FileManager.default.removeItem(atPath: path("log"))
        pid = try Self.spawn(["/usr/sbin/sshd", "-D", "-f", path("sshd_config"), "-E", path("log")])
        try waitFor("sshd listens") {
            guard kill(pid, 0) == 0, waitpid(pid, nil, WNOHANG) == 0 else {
                pid = 0
                throw Failure(what: "sshd ended at once: \(log)")
            }
            return log.contains("Server listening")
        }
    }

    deinit { stop() }

    func stop() {
        end()
        for path in [directory] + extra { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Ends the listening process; connections that it has made live on.
    func end() {
        guard pid > 0 else { return }
        kill(pid, SIGKILL)
        _ = waitpid(pid, nil, 0)
        pid = 0
    }

    struct Failure: Error { var what: String }

    // MARK: Files

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func publicKey(of type: String) throws -> String {
        try text("host_\(type).pub").split(separator: " ").prefix(2).joined(separator: " ")
    }

    func knownLine(of type: String) throws -> String { "\(lookupName) \(try publicKey(of: type))" }

    func writeKnownHosts(_ lines: [String]) throws {
        try write(lines.joined(separator: "\n") + "\n", to: "known_hosts")
    }

    /// Lets the holder of another key in.
    func authorize(_ publicKeyFile: String) throws {
        let line = try String(contentsOfFile: publicKeyFile, encoding: .utf8)
        try write(try text("authorized_keys") + line, to: "authorized_keys")
    }

    // MARK: Sessions

    func endpoint(_ change: (inout Endpoint) -> Void = { _ in }) -> Endpoint {
        var endpoint = Endpoint(
            host: "zk1", address: Self.address, port: port, user: user, identityFiles: [identity],
            knownHosts: [knownHosts])
        change(&endpoint)
        return endpoint
    }

    func connector(
        agent: String? = nil, prompt: PassphrasePrompt? = nil, change: (inout SSHLimits) -> Void = { _ in }
    ) -> SSHConnector {
        var limits = SSHLimits()
        change(&limits)
        let person = LibSSH2Connector.Person(home: directory, userName: user, agentSocket: agent)
        return SSHConnector(person: person, prompt: prompt, limits: limits, seed: UInt64(port))
    }

    func session(
        _ transport: Endpoint.Transport = .libssh2, change: (inout SSHLimits) -> Void = { _ in }
    ) async throws -> any HostSession {
        try await connector(change: change).connect(endpoint { $0.transport = transport })
    }

    // MARK: Tools

    private static let bareEnvironment = ["PATH=/usr/local/bin:/usr/bin:/bin"]

    static func makeKey(_ type: String, at path: String) async throws {
        try await call("/usr/bin/ssh-keygen", ["-q", "-t", type, "-f", path, "-N", ""])
    }

    private static func makeKeyNow(_ path: String, _ arguments: [String]) throws {
        let child = ChildProcess.run(
            ["/usr/bin/ssh-keygen", "-q", "-f", path] + arguments, environment: bareEnvironment, limit: .seconds(30))
        guard child?.status == 0 else { throw Failure(what: "no key \(path)") }
    }

    /// Runs a program to its end and gives what it printed.
    @discardableResult
    static func call(_ program: String, _ arguments: [String]) async throws -> String {
        let child = await OwnThread.run {
            ChildProcess.run([program] + arguments, environment: bareEnvironment, limit: .seconds(20))
        }
        guard let child, child.status == 0 else {
            throw Failure(what: "\(program) \(arguments) failed")
        }
        return String(decoding: child.output, as: UTF8.self)
    }

    /// Starts a program in the background, without input and output.
    static func spawn(_ words: [String]) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for stream in Int32(0)...2 {
            unsafe posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        return try unsafe Command.spawn(words, bareEnvironment, &actions)
    }

    /// A port that nothing listened on a moment ago.
    static func freePort() throws -> UInt16 {
        let listener = try Listener()
        defer { listener.close() }
        return listener.port
    }
}

/// A TCP socket that accepts connections, for servers that are not SSH.
final class Listener: @unchecked Sendable {
    let descriptor: Int32
    let port: UInt16

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        unsafe inet_pton(AF_INET, TestServer.address, &address.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe bind(descriptor, raw, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard bound else { throw TestServer.Failure(what: "no socket: error \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Serves each connection on a thread of its own until closed; `serve` gets its descriptor.
    func start(_ serve: @escaping @Sendable (Int32) -> Void) {
        let descriptor = descriptor
        Thread.detachNewThread {
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread {
                    serve(client)
                    _ = Foundation.close(client)
                }
            }
        }
    }

    func close() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
        _ = Foundation.close(descriptor)
    }

    static func send(_ text: String, to client: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe Foundation.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    static func receive(from client: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe recv(client, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }
}

/// Both ways to a host, for tests that run on each.
let transports: [Endpoint.Transport] = [.libssh2, .openssh]

extension HostSession {
    /// Runs a script with the test's usual limit.
    func sh(
        _ script: String, _ arguments: [String] = [], input: ByteSource? = nil, limit: Duration = .seconds(30)
    ) async throws -> CommandResult {
        try await run(RemoteCommand(script, arguments), input: input, output: nil, limit: limit)
    }

    /// Streams a source into a file. - Returns: the file's SHA-256, made on the host.
    func store(_ source: @escaping ByteSource, at path: String) async throws -> String {
        let stored = try await sh(#"cat >"$1" && sha256sum <"$1""#, [path], input: source, limit: .seconds(60))
        #expect(stored.end == .exited(0), "\(stored.errorText)")
        return String(stored.outputText.prefix(64))
    }
}

/// Gives `count` bytes in pieces, each of which holds its place.
func pattern(_ count: Int) -> ByteSource {
    let position = Counter()
    return {
        var piece = Pattern.piece
        let start = position.add(piece.count) - piece.count
        guard start < count else { return nil }
        for index in 0..<8 { piece[index] = UInt8(truncatingIfNeeded: start >> (8 * index)) }
        return Array(piece.prefix(count - start))
    }
}

private enum Pattern {
    static let piece = (0..<(256 << 10)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }
}

/// A number that several tasks change.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    @discardableResult
    func add(_ amount: Int) -> Int {
        lock.withLock {
            value += amount
            return value
        }
    }

    var now: Int { add(0) }
}

/// The code of the error that `body` throws; nil when it throws none.
func codeOfError<Result>(_ body: () async throws -> Result) async -> HostError.Code? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? HostError)?.code
    }
}

/// The error that `body` throws.
func errorOf<Result>(_ body: () async throws -> Result) async -> HostError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? HostError
    }
}
