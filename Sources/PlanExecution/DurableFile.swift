import Foundation
import Glibc

/// A file that is appended to and flushed to the disk, and that can carry a lock; readable by its owner alone.
final class DurableFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Opens the file, and makes it where there is none, with its directory's entry flushed too.
    init(_ path: String) throws(ExecutionError) {
        self.path = path
        let existed = FileManager.default.fileExists(atPath: path)
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        if !existed { Self.flushDirectory(of: path) }
    }

    deinit { close(descriptor) }

    func append(_ text: String) throws(ExecutionError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// A call that a signal interrupted is made again; any other failure is final, since what was not flushed may be lost without another
    /// error (fsync(2) of Linux tells of it once).
    func flush() throws(ExecutionError) {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw Self.failure("flush", path) }
        }
    }

    func truncate(to size: Int) throws(ExecutionError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure("truncate", path) }
    }

    /// Takes the lock that ends with the process: an open file description lock, fcntl(2).
    /// - Returns: whether it was free. Throws where the file system can't lock, as some network file systems.
    func lock() throws(ExecutionError) -> Bool {
        var wanted = Self.wholeFile
        if unsafe fcntl(descriptor, Self.setLock, &wanted) == 0 { return true }
        guard errno == EAGAIN || errno == EACCES else {
            let reason = unsafe String(cString: strerror(errno))
            throw ExecutionError(
                .stateDirectoryUnusable, "\(path) can't be locked: \(reason).",
                remedy: "Give --state a directory on a file system that can lock, such as one of a local disk.",
                nothingChanged: true)
        }
        return false
    }

    /// Whether somebody else holds the lock; asking does not take it.
    var isLocked: Bool {
        var wanted = Self.wholeFile
        guard unsafe fcntl(descriptor, Self.getLock, &wanted) == 0 else { return false }
        return wanted.l_type != Int16(F_UNLCK)
    }

    private static var wholeFile: flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }

    /// F_OFD_GETLK and F_OFD_SETLK of Linux, which the headers give to GNU sources alone.
    private static let (getLock, setLock): (Int32, Int32) = (36, 37)

    /// The file system and the number of the file on it, which no other file has.
    var identity: String {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return "" }
        return "\(status.st_dev):\(status.st_ino)"
    }

    func contents() throws(ExecutionError) -> [UInt8] { try Self.contents(of: path) }

    static func contents(of path: String) throws(ExecutionError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw failure("read", path) }
        return Array(data)
    }

    /// Writes a whole file, flushed, mode 0600.
    static func make(_ path: String, _ text: String) throws(ExecutionError) {
        let file = try DurableFile(path)
        try file.truncate(to: 0)
        try file.append(text)
        try file.flush()
    }

    static func makeDirectory(_ path: String) throws(ExecutionError) {
        // The entry of each folder that is made stands in the one above it.
        var made: [String] = []
        var above = path
        while above.count > 1, !FileManager.default.fileExists(atPath: above) {
            made.append(above)
            above = (above as NSString).deletingLastPathComponent
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ExecutionError(.stateDirectoryUnusable, "\(path) can't be made: \(error.localizedDescription).")
        }
        for folder in made { flushDirectory(of: folder) }
    }

    private static func flushDirectory(of path: String) {
        let directory = unsafe open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    private static func failure(_ what: String, _ path: String) -> ExecutionError {
        let reason = unsafe String(cString: strerror(errno))
        return ExecutionError(
            .journalUnwritable, "\(path): can't \(what) it: \(reason).",
            remedy: "Nothing more is done to any host; make room or mend the file system, then resume the run.")
    }
}
