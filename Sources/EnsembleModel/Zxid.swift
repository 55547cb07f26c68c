/// A transaction's number: the epoch of the leader that proposed it in the upper 32 bits, a counter in the lower 32.
package struct Zxid: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package init(epoch: Epoch, counter: UInt32) {
        rawValue = UInt64(epoch.rawValue) << 32 | UInt64(counter)
    }

    /// Reads `0x100004e2a`, or the same digits without `0x` as in the names of snapshots and transaction logs.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text[...]
        guard !digits.isEmpty, let value = UInt64(digits, radix: 16) else { return nil }
        rawValue = value
    }

    package var epoch: Epoch { Epoch(UInt32(rawValue >> 32)) }
    package var counter: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
    package var description: String { "0x" + String(rawValue, radix: 16) }

    package static func < (left: Zxid, right: Zxid) -> Bool { left.rawValue < right.rawValue }
}

/// The number of a leader's reign; it grows by one with each new leader.
package struct Epoch: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var rawValue: UInt32

    package init(_ rawValue: UInt32) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: Epoch, right: Epoch) -> Bool { left.rawValue < right.rawValue }
}

/// A server's myid: the N of its `server.N` line and of its myid file.
package struct ServerID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var rawValue: Int

    package init(_ rawValue: Int) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: ServerID, right: ServerID) -> Bool { left.rawValue < right.rawValue }
}
