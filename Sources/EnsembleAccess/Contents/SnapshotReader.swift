import CZlib

/// Reads a snapshot from its beginning to its end, one znode after the other, in memory that doesn't grow with it.
///
/// The form is `FileSnap.serialize` of 3.4.6 to 3.9.3: header, sessions, access lists, znodes, and an Adler-32 sum of all before it.
/// 3.6 and later add a digest and 3.9 the last zxid, each with a sum of its own over everything before.
package struct SnapshotReader: ~Copyable {
    /// What is known of a snapshot once all of it was read.
    package struct Summary: Sendable, Hashable {
        package var isCompressed: Bool
        /// Bytes, decompressed.
        package var bytes: Int
        package var sessions: Int
    }

    private var file: SnapshotFile
    private let path: String
    private var block: [UInt8] = []
    /// The place in the block of the next byte, and of the first that is in no sum yet.
    private var place = 0
    private var summed = 0
    private var sum: UInt = 1
    /// Bytes in the blocks before.
    private var passed = 0

    /// Longer texts and shorter than none are in no snapshot: a znode's data are bounded by jute.maxbuffer.
    private static let longest = 1 << 30

    package init(_ path: String) throws(SnapshotError) {
        self.path = path
        file = try SnapshotFile(path)
    }

    /// - Parameter visit: is given every znode, parents before their children.
    package mutating func read(_ visit: (ZnodeSize) -> Void) throws(SnapshotError) -> Summary {
        guard try number32() == 0x5a4b_534e else {
            throw SnapshotError(.notASnapshot, "\(path) is not a ZooKeeper snapshot: it does not begin with ZKSN")
        }
        let version = try number32()
        guard version == 2 else {
            throw SnapshotError(.unsupported, "\(path) is a snapshot of format \(version), and zkops reads 2")
        }
        try skip(8)
        let sessions = try count()
        try skip(12 * sessions)
        try skipAccessLists()
        try readZnodes(visit)
        try check()
        // What later versions add is read so far only as its sum says that it is whole.
        if try hasMore() {
            try skip(8 + 4 + 8)
            try check()
        }
        if try hasMore() {
            try skip(8)
            try check()
        }
        return Summary(isCompressed: file.isCompressed, bytes: passed + place, sessions: sessions)
    }

    private mutating func skipAccessLists() throws(SnapshotError) {
        for _ in 0..<(try count()) {
            try skip(8)
            let entries = try number32()
            for _ in 0..<max(0, entries) {
                try skip(4)
                try skip(length())
                try skip(length())
            }
        }
    }

    private mutating func readZnodes(_ visit: (ZnodeSize) -> Void) throws(SnapshotError) {
        while true {
            let begun = passed + place
            let path = try text()
            // The root is the empty path; a slash ends the tree.
            if path == "/" { return }
            let data = try length()
            try skip(data)
            // Its access list, and the transactions that made and last changed it.
            try skip(8 + 8 + 8)
            let createdAt = try number64()
            let changedAt = try number64()
            try skip(4 + 4 + 4)
            let owner = try number64()
            try skip(8)
            visit(
                ZnodeSize(
                    path: path.isEmpty ? "/" : path, data: data, bytes: passed + place - begun,
                    createdAt: createdAt, changedAt: changedAt, kind: ZnodeKind(ephemeralOwner: owner)))
        }
    }

    /// Compares the sum of all that was read with the one that comes next.
    private mutating func check() throws(SnapshotError) {
        addToSum()
        let own = Int(sum)
        let written = try number64()
        guard written == own else {
            throw SnapshotError(
                .checksumDiffers,
                "\(path) is damaged: the checksum before byte \(passed + place) is \(String(written, radix: 16)), and its bytes give "
                    + String(own, radix: 16))
        }
        guard try text() == "/" else { throw damaged() }
    }

    // MARK: Bytes

    private func damaged() -> SnapshotError {
        SnapshotError(.damaged, "\(path) is damaged at byte \(passed + place), or was not written to its end")
    }

    private mutating func addToSum() {
        guard summed < place else { return }
        sum = unsafe block.withUnsafeBufferPointer { buffer in
            unsafe UInt(adler32(uLong(sum), buffer.baseAddress! + summed, uInt(place - summed)))
        }
        summed = place
    }

    /// - Returns: whether there is a byte at `place`.
    private mutating func hasMore() throws(SnapshotError) -> Bool {
        while place == block.count {
            addToSum()
            passed += block.count
            block = try file.next()
            (place, summed) = (0, 0)
            if block.isEmpty { return false }
        }
        return true
    }

    private mutating func skip(_ count: Int) throws(SnapshotError) {
        var left = count
        while left > 0 {
            guard try hasMore() else { throw damaged() }
            let step = min(left, block.count - place)
            place += step
            left -= step
        }
    }

    private mutating func bytes(_ count: Int) throws(SnapshotError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(count, 1 << 16))
        while bytes.count < count {
            guard try hasMore() else { throw damaged() }
            let step = min(count - bytes.count, block.count - place)
            bytes += block[place..<place + step]
            place += step
        }
        return bytes
    }

    private mutating func number32() throws(SnapshotError) -> Int {
        var value: UInt32 = 0
        for _ in 0..<4 { value = value << 8 | UInt32(try byte()) }
        return Int(Int32(bitPattern: value))
    }

    private mutating func number64() throws(SnapshotError) -> Int {
        var value: UInt64 = 0
        for _ in 0..<8 { value = value << 8 | UInt64(try byte()) }
        return Int(Int64(bitPattern: value))
    }

    private mutating func byte() throws(SnapshotError) -> UInt8 {
        guard try hasMore() else { throw damaged() }
        defer { place += 1 }
        return block[place]
    }

    /// Of a text or of data; -1 is none.
    private mutating func length() throws(SnapshotError) -> Int {
        let length = try number32()
        guard (-1...Self.longest).contains(length) else { throw damaged() }
        return max(0, length)
    }

    private mutating func count() throws(SnapshotError) -> Int {
        let count = try number32()
        guard count >= 0 else { throw damaged() }
        return count
    }

    private mutating func text() throws(SnapshotError) -> String {
        let length = try length()
        // A path has no natural bound, but none is so long that a person made it.
        guard length <= 1 << 20 else { throw damaged() }
        return String(decoding: try bytes(length), as: UTF8.self)
    }
}
