import Glibc

/// Why a local file could not be read: the kernel's error number.
struct FileFailure: Error {
    var number: Int32
    var isMissing: Bool { number == ENOENT || number == ENOTDIR }
    var reason: String { unsafe String(cString: strerror(number)) }
}

/// A small local file as a whole, such as a key or a list of known hosts.
func readFile(_ path: String) -> Result<[UInt8], FileFailure> {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(FileFailure(number: errno)) }
    defer { _ = close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = unsafe read(descriptor, &piece, piece.count)
        if count > 0 {
            bytes.append(contentsOf: piece[..<count])
        } else if count == 0 {
            return .success(bytes)
        } else if errno != EINTR {
            return .failure(FileFailure(number: errno))
        }
    }
}
