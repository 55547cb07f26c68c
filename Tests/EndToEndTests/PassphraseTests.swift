import Foundation
import Glibc
import TestSupport
import Testing

/// The key to the hosts has a passphrase and no agent knows it: the operator types it at a terminal.
@Suite struct PassphraseTests {
    private static let passphrase = "correct horse, battery staple"

    @Test func itIsAskedForOnceWithoutEchoAndKeptNowhere() throws {
        try withLab("passphrase", ["-n", "3", "--version", "3.8.0"]) { lab in
            let key = lab.folder.appendingPathComponent("lab/id_ed25519").path
            try Command.output(["/usr/bin/ssh-keygen", "-q", "-p", "-P", "", "-N", Self.passphrase, "-f", key])
            let plan = lab.folder.appendingPathComponent("hello.yaml")
            try """
            version: 1
            name: hello
            summary: A command on every host.
            inventory: lab/inventory.yaml
            stages:
              - name: Hello
                steps:
                  - run: {hosts: [zk1, zk2, zk3], command: echo hello, undo: "true"}
            """.write(to: plan, atomically: true, encoding: .utf8)
            let output = lab.folder.appendingPathComponent("terminal.out")
            let terminal = try Terminal()
            let process = try terminal.start(
                ["plan", "apply", plan.path, "--yes"], lab.zkops.wholeEnvironment, output: output)
            try waitFor("the question\n\(terminal.shown)") { terminal.shown.contains("Passphrase of ") }
            #expect(!terminal.echoes)
            terminal.type(Self.passphrase + "\n")
            try waitFor("the end\n\(terminal.shown)", limit: .seconds(300)) {
                _ = terminal.shown
                return !process.isRunning
            }
            let shown = terminal.shown
            #expect(process.terminationStatus == 0, "\(shown)")
            #expect(terminal.echoes)
            #expect(shown.components(separatedBy: "Passphrase of ").count == 2, "\(shown)")
            #expect(!shown.contains(Self.passphrase), "\(shown)")
            let found = try Command.run(["/bin/grep", "-rlF", Self.passphrase, lab.folder.path])
            #expect(found.code == 1, "the passphrase stands in \(found.all)")
            #expect(try lab.newestRun().outcome == "succeeded")
        }
    }
}

/// A terminal that a test types at and reads.
private final class Terminal {
    private let master: Int32
    private let slave: Int32
    private var bytes: [UInt8] = []

    /// By the calls behind posix_openpt(3), which the headers give to some sources only: ioctl_tty(2).
    init() throws {
        let (unlock, askNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        var (locked, number): (Int32, UInt32) = (0, 0)
        master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        try #require(unsafe ioctl(master, unlock, &locked) == 0)
        try #require(unsafe ioctl(master, askNumber, &number) == 0)
        slave = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(slave >= 0)
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(master)
        close(slave)
    }

    /// Questions are shown and answered here; standard output goes to a file.
    func start(_ arguments: [String], _ environment: [String: String], output: URL) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ZkopsBinary.path)
        process.arguments = arguments
        process.environment = environment.filter { $0.key != "SSH_AUTH_SOCK" }
        process.standardInput = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
        process.standardError = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        return process
    }

    /// All that it has shown so far, what it echoed included.
    var shown: String {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(master, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var echoes: Bool {
        var settings = termios()
        return unsafe tcgetattr(slave, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    func type(_ text: String) { _ = unsafe write(master, text, text.utf8.count) }
}
