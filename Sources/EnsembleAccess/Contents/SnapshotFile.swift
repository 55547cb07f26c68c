import Glibc

/// A snapshot's file, read in blocks from its beginning, decompressed where it is compressed.
///
/// From 3.6 on, `snapshot.compression.method` writes them by gzip or Snappy, and the name ends in `.gz` or `.snappy`
/// (ZOOKEEPER-3179); what a file is, its first bytes tell.
struct SnapshotFile: ~Copyable {
    static let blockSize = 256 << 10

    private struct Descriptor: ~Copyable {
        let number: Int32

        init(_ path: String) throws(SnapshotError) {
            let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard number >= 0 else {
                throw SnapshotError(.unreadable, "\(path) can't be opened: \(unsafe String(cString: strerror(errno)))")
            }
            self.number = number
        }

        deinit { close(number) }
    }

    private let descriptor: Descriptor
    private let path: String
    private var first: [UInt8]
    private var gunzip: Gunzip?

    var isCompressed: Bool { gunzip != nil }

    init(_ path: String) throws(SnapshotError) {
        let descriptor = try Descriptor(path)
        let first = try Self.read(descriptor.number, path)
        // What snappy-java's streams begin with.
        guard !first.starts(with: [0x82] + Array("SNAPPY".utf8)) else {
            throw SnapshotError(
                .unsupported,
                "\(path) is compressed by Snappy, which zkops does not read; read the tree from a server instead (-i INVENTORY)"
            )
        }
        self.descriptor = descriptor
        self.path = path
        self.first = first
        gunzip = first.starts(with: [0x1f, 0x8b]) ? Gunzip() : nil
    }

    /// The next bytes of the snapshot itself; none at its end.
    mutating func next() throws(SnapshotError) -> [UInt8] {
        guard gunzip != nil else { return try block() }
        while true {
            if let bytes = gunzip?.output() {
                if !bytes.isEmpty { return bytes }
            } else {
                throw SnapshotError(.damaged, "\(path) is damaged: it can't be decompressed")
            }
            let block = try block()
            if block.isEmpty {
                if gunzip?.isAtEnd == true { return [] }
                throw SnapshotError(.damaged, "\(path) is damaged: it ends in the middle of what was compressed")
            }
            gunzip?.feed(block)
        }
    }

    private mutating func block() throws(SnapshotError) -> [UInt8] {
        guard first.isEmpty else {
            defer { first = [] }
            return first
        }
        return try Self.read(descriptor.number, path)
    }

    private static func read(_ descriptor: Int32, _ path: String) throws(SnapshotError) -> [UInt8] {
        while true {
            var failed: Int32 = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: blockSize) { buffer, count in
                let got = unsafe Glibc.read(descriptor, buffer.baseAddress, blockSize)
                if got < 0 { failed = errno }
                count = max(0, got)
            }
            if failed == 0 { return bytes }
            guard failed == EINTR else {
                throw SnapshotError(.unreadable, "\(path) can't be read: \(unsafe String(cString: strerror(failed)))")
            }
        }
    }
}
