import Dispatch
import Foundation
import Glibc
import RemoteHosts
import TestSupport

@testable import EnsembleAccess

/// A process of this machine with its three streams; like sshd's, its output ends only when nobody holds it open any more.
struct LocalCommand: Sendable {
    private let words: [String]
    private let environment: [String]

    /// Writing to a command that reads no more is an error of the call, not the end of the tests.
    private static let ignoresPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    init(_ words: [String], path: String) {
        Self.ignoresPipes
        self.words = words
        environment = ["PATH=\(path)", "HOME=/tmp", "LC_ALL=C"]
    }

    /// nil where the source or the sink gave up.
    func run(input: ByteSource?, output: ByteSink?, limit: Duration, outputLimit: Int) async -> CommandResult? {
        let begun = ContinuousClock.now
        guard let child = spawn() else { return nil }
        async let code = Self.wait(child.pid)
        let isFed = await withTaskGroup(of: Bool.self) { group in
            let collected = Collected(limit: outputLimit)
            group.addTask { await feed(child.input, input) }
            group.addTask {
                await drain(child.output, limit) { bytes in
                    if let output { try await output(bytes) } else { await collected.addOutput(bytes) }
                }
            }
            group.addTask { await drain(child.errors, limit) { await collected.addErrors($0) } }
            var isWhole = true
            for await one in group where !one {
                isWhole = false
                kill(child.pid, SIGKILL)
                group.cancelAll()
            }
            return isWhole ? collected : nil
        }
        let status = await code
        guard let collected = isFed else { return nil }
        let end: CommandEnd =
            status & 0x7f == 0 ? .exited((status >> 8) & 0xff) : .signalled(String(status & 0x7f))
        return await CommandResult(
            end: end, output: collected.output, errors: collected.errors, truncated: collected.truncated,
            took: ContinuousClock.now - begun)
    }

    private actor Collected {
        let limit: Int
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var truncated = false

        init(limit: Int) { self.limit = limit }

        func addOutput(_ bytes: [UInt8]) {
            output += bytes
            if output.count > limit { truncated = true }
        }

        func addErrors(_ bytes: [UInt8]) { errors += bytes }
    }

    private struct Child: Sendable {
        var pid: pid_t
        var input: Int32
        var output: Int32
        var errors: Int32
    }

    private func spawn() -> Child? {
        var pipes: [[Int32]] = []
        for _ in 0..<3 {
            var ends: [Int32] = [0, 0]
            // A pair of sockets, since pipes can't be had closed on exec from the start: another test's process would hold them.
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
            pipes.append(ends)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2)
        let pid = try? unsafe Command.spawn(words, environment, &actions)
        unsafe posix_spawn_file_actions_destroy(&actions)
        for end in [pipes[0][0], pipes[1][1], pipes[2][1]] { close(end) }
        let mine = [pipes[0][1], pipes[1][0], pipes[2][0]]
        guard let pid else {
            for end in mine { close(end) }
            return nil
        }
        for end in mine { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        return Child(pid: pid, input: mine[0], output: mine[1], errors: mine[2])
    }

    private static func wait(_ pid: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
    }

    /// A command that ends without reading all is no failure.
    private func feed(_ descriptor: Int32, _ source: ByteSource?) async -> Bool {
        defer { close(descriptor) }
        guard let source else { return true }
        do {
            while let piece = try await source() {
                var sent = 0
                while sent < piece.count {
                    let count = unsafe piece.withUnsafeBytes {
                        unsafe write(descriptor, $0.baseAddress! + sent, piece.count - sent)
                    }
                    if count >= 0 {
                        sent += count
                    } else if errno == EAGAIN {
                        let end = await SocketWatch.shared.wait(descriptor, for: Int32(POLLOUT), limit: .seconds(60))
                        if end != .ready { return false }
                    } else {
                        return errno == EPIPE
                    }
                }
            }
            return true
        } catch {
            return false
        }
    }

    private func drain(
        _ descriptor: Int32, _ limit: Duration, _ take: @Sendable ([UInt8]) async throws -> Void
    ) async -> Bool {
        defer { close(descriptor) }
        while true {
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                let got = unsafe read(descriptor, buffer.baseAddress, 65536)
                count = max(0, got)
                if got == 0 { errno = 0 }
            }
            if !piece.isEmpty {
                do { try await take(piece) } catch { return false }
            } else if errno == EAGAIN {
                let end = await SocketWatch.shared.wait(descriptor, for: Int32(POLLIN), limit: limit)
                if end != .ready { return false }
            } else {
                return true
            }
        }
    }
}
