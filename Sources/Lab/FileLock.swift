import Glibc

/// An exclusive flock(2) on a file or directory, held until the value goes away.
final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ path: String, _ flags: Int32) throws(LabError) {
        descriptor = unsafe open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LabError(.fileFailed, "can't open \(path) for locking: \(systemMessage(errno))")
        }
    }

    deinit { close(descriptor) }

    /// Waits until the lock is free; the file is made where it is missing.
    static func wait(for path: String) async throws(LabError) -> FileLock {
        let lock = try FileLock(path, O_RDWR | O_CREAT)
        while flock(lock.descriptor, LOCK_EX | LOCK_NB) != 0 {
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                throw LabError(.busy, "gave up waiting for the lock \(path)")
            }
        }
        return lock
    }

    /// Nil where somebody else has the lock; the file is made where it is missing.
    static func take(orNilOn path: String) throws(LabError) -> FileLock? {
        let lock = try FileLock(path, O_RDWR | O_CREAT)
        return flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 ? lock : nil
    }

    /// Takes the lock on a directory that is there, or says that another command works on it.
    static func take(onDirectory path: String) throws(LabError) -> FileLock {
        let lock = try FileLock(path, O_RDONLY | O_DIRECTORY)
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw LabError(.busy, "another lab command is at work on \(path); wait for it and try again")
        }
        return lock
    }
}

/// What errno means, in the system's words.
func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
