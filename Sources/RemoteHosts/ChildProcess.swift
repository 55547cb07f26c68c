import CLibSSH2
import Glibc

/// A local program run to its end, with what it printed.
struct ChildProcess {
    var status: Int32
    var output: [UInt8]
    var errors: [UInt8]

    /// What is kept of each stream.
    private static let outputLimit = 1 << 20

    /// Runs a program. Nil where it could not be started or took longer than `limit`, after which it is killed with what it started.
    /// It takes until nobody holds its streams any more. Blocks the calling thread.
    static func run(
        _ words: [String], environment: [String], input: [UInt8] = [], limit: Duration
    ) -> ChildProcess? {
        guard let given = file(holding: input) else { return nil }
        defer { _ = close(given) }
        var outputs: [Int32] = [0, 0]
        var errors: [Int32] = [0, 0]
        guard pair(&outputs) else { return nil }
        defer { _ = close(outputs[0]) }
        guard pair(&errors) else {
            _ = close(outputs[1])
            return nil
        }
        defer { _ = close(errors[0]) }
        let pid = start(words, environment: environment, input: given, output: outputs[1], errors: errors[1])
        _ = close(outputs[1])
        _ = close(errors[1])
        guard let pid else { return nil }
        let read = collect(outputs[0], errors[0], until: .now + limit)
        if read == nil { _ = kill(-pid, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard let read else { return nil }
        return ChildProcess(status: status & 0x7F == 0 ? status >> 8 & 0xFF : -1, output: read.0, errors: read.1)
    }

    /// Starts a program in a session of its own: what the terminal sends, such as Ctrl-C, does not reach it, and it can
    /// ask nothing there. A missing stream is `/dev/null`. Nil where it could not be started.
    static func start(
        _ words: [String], environment: [String], input: Int32?, output: Int32?, errors: Int32?
    ) -> pid_t? {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (stream, descriptor) in [(Int32(0), input), (1, output), (2, errors)] {
            if let descriptor {
                unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, stream)
            } else {
                unsafe posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
            }
        }
        // Threads of the task pool block signals, and a program would inherit that.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)  // POSIX_SPAWN_SETSID
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var environment = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe arguments.indices { unsafe free(arguments[index]) }
            for index in unsafe environment.indices { unsafe free(environment[index]) }
        }
        var pid: pid_t = 0
        return unsafe posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &environment) == 0 ? pid : nil
    }

    /// A pair of sockets that no other program started meanwhile inherits.
    static func pair(_ ends: inout [Int32]) -> Bool {
        unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    }

    /// A file without a name, read from its beginning: a program that reads nothing of it holds up nobody.
    private static func file(holding bytes: [UInt8]) -> Int32? {
        let descriptor = zkops_memory_file()
        guard descriptor >= 0 else { return nil }
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            _ = close(descriptor)
            return nil
        }
        return descriptor
    }

    static func environment(_ home: String) -> [String] {
        ["HOME=\(home)", "PATH=/usr/local/bin:/usr/bin:/bin"]
    }

    private static func collect(
        _ first: Int32, _ second: Int32, until deadline: ContinuousClock.Instant
    ) -> ([UInt8], [UInt8])? {
        var waits = [
            pollfd(fd: first, events: Int16(POLLIN), revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0),
        ]
        var texts: [[UInt8]] = [[], []]
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while waits.contains(where: { $0.fd >= 0 }) {
            let rest = deadline - .now
            if rest <= .zero { return nil }
            _ = unsafe poll(&waits, 2, Int32(min(rest / .milliseconds(1) + 1, 60_000)))
            for index in waits.indices where waits[index].fd >= 0 && waits[index].revents != 0 {
                let count = unsafe read(waits[index].fd, &piece, piece.count)
                if count > 0 {
                    texts[index].append(contentsOf: piece[..<min(count, outputLimit - texts[index].count)])
                } else if count == 0 || errno != EINTR {
                    waits[index].fd = -1
                }
            }
        }
        return (texts[0], texts[1])
    }
}
