import Checksums

/// Makes a tar archive (ustar) out of the content of files that comes as one stream, and a checksum of each file on the way.
/// Only what has been fed and not yet taken is held.
struct TarStream: ~Copyable {
    enum Problem: Error, Sendable, Equatable {
        /// More content came than the files hold.
        case tooLong
        /// The content ended in this file.
        case tooShort(String)
    }

    private var files: ArraySlice<CopyManifest.File>
    private var current: CopyManifest.File?
    private var missing = 0
    private var sum = SHA256()
    /// By the path at the source.
    private(set) var sums: [String: String] = [:]

    init(_ files: [CopyManifest.File]) {
        self.files = files[...]
    }

    /// The archive's bytes for content that came.
    mutating func feed(_ content: [UInt8]) throws(Problem) -> [UInt8] {
        var archive: [UInt8] = []
        archive.reserveCapacity(content.count + 1024)
        begin(&archive)
        var rest = content[...]
        while !rest.isEmpty {
            guard current != nil else { throw .tooLong }
            let part = rest.prefix(missing)
            rest = rest.dropFirst(part.count)
            missing -= part.count
            sum.update(part)
            archive += part
            if missing == 0 { end(&archive) }
            begin(&archive)
        }
        return archive
    }

    /// What follows the last file.
    mutating func finish() throws(Problem) -> [UInt8] {
        var archive: [UInt8] = []
        begin(&archive)
        if let current { throw .tooShort(current.name) }
        return archive + [UInt8](repeating: 0, count: 1024)
    }

    /// Writes headers up to the next file that has content.
    private mutating func begin(_ archive: inout [UInt8]) {
        while current == nil, let file = files.popFirst() {
            archive += Self.header(file)
            current = file
            missing = file.bytes
            sum = SHA256()
            if missing == 0 { end(&archive) }
        }
    }

    private mutating func end(_ archive: inout [UInt8]) {
        guard let file = current else { return }
        var done = SHA256()
        swap(&done, &sum)
        sums[file.path] = done.hexDigest()
        archive += [UInt8](repeating: 0, count: (512 - file.bytes % 512) % 512)
        current = nil
    }

    /// POSIX.1-1988 ustar. Sizes of 8 GiB and more are in base 256, which GNU tar and busybox both read.
    static func header(_ file: CopyManifest.File) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) {
            for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(file.name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        if file.bytes < 1 << 33 {
            put(octal(file.bytes, 11), at: 124)
        } else {
            header[124] = 0x80
            for index in 0..<8 { header[135 - index] = UInt8(truncatingIfNeeded: file.bytes >> (8 * index)) }
        }
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        let check = header.reduce(0) { $0 + Int($1) }
        put(octal(check, 6), at: 148)
        header[154] = 0
        header[155] = UInt8(ascii: " ")
        return header
    }
}
