import Dispatch
import Glibc

/// Starts programs by posix_spawn(3), without a shell. Foundation's Process shares handlers between threads; this doesn't.
enum ChildProcess {
    struct Outcome: Sendable {
        /// The exit code; 128 + the signal's number where a signal ended the program.
        var code: Int32
        /// Standard output and standard error, as they came.
        var output: String

        var succeeded: Bool { code == 0 }
    }

    /// Runs a program to its end. Its output goes to a file that has no name any more: daemons that it leaves behind
    /// may hold it open for as long as they like.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String? = nil
    ) async throws(LabError) -> Outcome {
        let path = "\(environment["TMPDIR"] ?? "/tmp")/zkops-output.\(getpid()).\(UInt64.random(in: .min ... .max))"
        let output = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw LabError(.fileFailed, "can't make \(path): \(systemMessage(errno))") }
        unsafe unlink(path)
        let pid: pid_t
        do throws(LabError) {
            pid = try spawn(
                program, arguments, environment: environment, directory: directory, output: output, ownSession: false)
        } catch {
            close(output)
            throw error
        }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let code = waitForEnd(pid)
                let text = contents(output)
                close(output)
                continuation.resume(returning: Outcome(code: code, output: text))
            }
        }
    }

    /// Starts a program in a session of its own, so that it outlives us. Its output goes to the end of `log`.
    static func detach(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String, log: String
    ) throws(LabError) -> Int32 {
        let descriptor = try open(forAppending: log)
        defer { close(descriptor) }
        let pid = try spawn(
            program, arguments, environment: environment, directory: directory, output: descriptor, ownSession: true)
        // Whoever ends it, its exit must be taken up while we live, or it would stay in the table as a zombie.
        DispatchQueue.global().async { _ = waitForEnd(pid) }
        return pid
    }

    /// Starts a program in a session of its own, so that what a terminal sends does not reach it. Its errors go to the end of a file.
    static func start(
        _ program: String, _ arguments: [String], environment: [String: String], input: Int32, output: Int32,
        errors: String
    ) throws(LabError) -> Int32 {
        let log = try open(forAppending: errors)
        defer { close(log) }
        return try spawn(
            program, arguments, environment: environment, directory: nil, input: input, output: output, errors: log,
            ownSession: true)
    }

    private static func open(forAppending path: String) throws(LabError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LabError(.fileFailed, "can't open \(path): \(systemMessage(errno))") }
        return descriptor
    }

    /// Daemons must not get what we were started with: Foundation's Process, for one, takes a child for running as long as anybody
    /// holds a socket that it gives it. (posix_spawn_file_actions_addclosefrom_np is newer than some C libraries.)
    private static let keepsItsDescriptors: Void = {
        for descriptor in 3..<Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 65_536)) {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }()

    private static func spawn(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String?,
        input: Int32? = nil, output: Int32, errors: Int32? = nil, ownSession: Bool
    ) throws(LabError) -> pid_t {
        _ = keepsItsDescriptors
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors ?? output, 2)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (ownSession ? 0x80 : 0)  // POSIX_SPAWN_SETSID
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        // posix_spawn has no portable way to change the directory; a shell has.
        let command =
            directory.map { ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", $0, program] } ?? [program]
        var pid: pid_t = 0
        let code = unsafe withCStrings(command + arguments) { argv in
            unsafe withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                var code = unsafe posix_spawn(&pid, command[0], &actions, &attributes, argv, envp)
                // A program just written is busy while a child forked at that moment still has it open; that ends soon.
                for _ in 0..<1000 where code == ETXTBSY {
                    usleep(1000)
                    code = unsafe posix_spawn(&pid, command[0], &actions, &attributes, argv, envp)
                }
                return code
            }
        }
        guard code == 0 else { throw LabError(.processFailed, "can't start \(program): \(systemMessage(code))") }
        return pid
    }

    private static func contents(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe pread(descriptor, &piece, piece.count, off_t(bytes.count))
            if count > 0 {
                bytes += piece[..<count]
            } else if count == 0 || errno != EINTR {
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    static func waitForEnd(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return -1 }
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { for place in unsafe pointers.indices { unsafe free(pointers[place]) } }
        return unsafe body(pointers)
    }
}
