import Foundation
package import Glibc

/// A program of this machine, run by a test to its end. What it leaves running is not waited for: its output goes to files, so that
/// nothing holds a pipe open, and nothing fills up.
package enum Command {
    package struct Outcome: Sendable {
        /// 128 and the signal's number where a signal ended it, as a shell says it.
        package var code: Int32
        package var output: String
        package var errors: String

        /// Everything that a failing test should show.
        package var all: String { "exit \(code)\n--- output\n\(output)\n--- errors\n\(errors)" }
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// - Parameters:
    ///   - words: the program's path and its arguments.
    ///   - environment: all that it is given; nil gives it this process's.
    ///   - limit: after it the program is killed, and an error thrown; far above what a machine under load takes.
    package static func run(
        _ words: [String], in folder: String? = nil, environment: [String: String]? = nil,
        limit: Duration = .seconds(900)
    ) throws -> Outcome {
        let (output, errors) = (try UnnamedFile(), try UnnamedFile())
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.descriptor, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors.descriptor, 2)
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        let place = folder.map { ["/usr/bin/env", "-C", $0] } ?? []
        let pid = try unsafe spawn(place + words, variables, &actions)
        guard let status = end(of: pid, limit) else {
            throw Failure(description: "\(words) did not end in \(limit)\n\(output.text)\n\(errors.text)")
        }
        let signal = status & 0x7f
        return Outcome(
            code: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: output.text, errors: errors.text)
    }

    /// The status that waitpid(2) tells; nil where the limit passed and it was killed.
    private static func end(of pid: pid_t, _ limit: Duration) -> Int32? {
        let deadline = ContinuousClock.now + limit
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, WNOHANG) != pid {
            if ContinuousClock.now > deadline {
                kill(pid, SIGKILL)
                while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
                return nil
            }
            usleep(1_000)
        }
        return status
    }

    /// A script of bash with its arguments.
    package static func bash(_ script: String, _ arguments: String...) throws -> Outcome {
        try run(["/bin/bash", "-c", script, "bash"] + arguments)
    }

    /// What a program prints; an error where it fails.
    @discardableResult
    package static func output(_ words: [String], in folder: String? = nil) throws -> String {
        let outcome = try run(words, in: folder)
        guard outcome.code == 0 else { throw Failure(description: "\(words): \(outcome.all)") }
        return outcome.output
    }

    /// Starts a program with its environment, `NAME=value`, and streams of the caller's.
    ///
    /// A child gets signals as usual, whatever the thread that starts it has blocked (Dispatch's do).
    package static func spawn(
        _ words: [String], _ variables: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        var signals = sigset_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var environment = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer {
            for place in unsafe arguments.indices { unsafe free(arguments[place]) }
            for place in unsafe environment.indices { unsafe free(environment[place]) }
        }
        var pid = pid_t()
        let code = unsafe posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &environment)
        guard code == 0 else { throw Failure(description: "\(words[0]) could not be started: error \(code)") }
        return pid
    }

    /// A file that nobody else can open.
    private final class UnnamedFile {
        let descriptor: Int32

        init() throws {
            let path = NSTemporaryDirectory() + "zkops-output-\(UUID().uuidString)"
            descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw Failure(description: "\(path): error \(errno)") }
            unsafe unlink(path)
        }

        deinit { close(descriptor) }

        var text: String {
            lseek(descriptor, 0, SEEK_SET)
            return String(decoding: FileHandle(fileDescriptor: descriptor).readDataToEndOfFile(), as: UTF8.self)
        }
    }
}
