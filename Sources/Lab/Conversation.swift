import Dispatch
import Glibc
import Synchronization

/// A program that is talked to line by line.
package final class Conversation: Sendable {
    package let pid: Int32
    /// What it prints, for one reader; ends when it closes its output.
    package let lines: AsyncStream<String>
    private let input: Mutex<Int32>
    private let life = Life()
    private let ending: Task<Int32, Never>

    /// - Parameter errors: the file that its standard error is added to.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String], errors: String
    ) throws(LabError) {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        // Sockets, since writing to one that nobody reads any more can fail without a signal.
        guard unsafe socketpair(AF_UNIX, kind, 0, &input) == 0 else {
            throw LabError(.processFailed, "can't make a socket: \(systemMessage(errno))")
        }
        defer { close(input[1]) }
        guard unsafe socketpair(AF_UNIX, kind, 0, &output) == 0 else {
            close(input[0])
            throw LabError(.processFailed, "can't make a socket: \(systemMessage(errno))")
        }
        defer { close(output[1]) }
        do throws(LabError) {
            pid = try ChildProcess.start(
                program, arguments, environment: environment, input: input[1], output: output[1], errors: errors)
        } catch {
            close(input[0])
            close(output[0])
            throw error
        }
        self.input = Mutex(input[0])
        let (pid, reading) = (pid, output[0])
        let (lines, told) = AsyncStream<String>.makeStream()
        self.lines = lines
        DispatchQueue.global().async { Self.read(reading, told) }
        ending = Task { [life] in
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: life.end(of: pid)) }
            }
        }
    }

    deinit { input.withLock { _ = close($0) } }

    /// That nobody listens any more is no failure.
    package func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        input.withLock { _ = unsafe send($0, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    }

    /// A program that has ended is left alone: its number may be another's by now.
    package func kill() { life.kill(pid) }

    /// - Returns: the exit code; 128 + the signal's number where a signal ended it.
    package func end() async -> Int32 { await ending.value }

    /// Runs a program that nobody talks to, to its end.
    package static func run(
        _ program: String, _ arguments: [String], environment: [String: String]
    ) async throws(LabError) -> (code: Int32, output: String) {
        let outcome = try await ChildProcess.run(program, arguments, environment: environment)
        return (outcome.code, outcome.output)
    }

    private static func read(_ descriptor: Int32, _ told: AsyncStream<String>.Continuation) {
        var rest: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest += piece[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                told.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        close(descriptor)
        told.finish()
    }
}

/// Whether a process is still there to be killed.
private final class Life: Sendable {
    private let isOver = Mutex(false)

    /// Waits for its end, and takes up its exit only while nobody is about to kill it.
    func end(of pid: pid_t) -> Int32 {
        var seen = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(pid), &seen, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return isOver.withLock { isOver in
            isOver = true
            return ChildProcess.waitForEnd(pid)
        }
    }

    func kill(_ pid: pid_t) {
        isOver.withLock { isOver in
            if !isOver { Glibc.kill(pid, SIGKILL) }
        }
    }
}
