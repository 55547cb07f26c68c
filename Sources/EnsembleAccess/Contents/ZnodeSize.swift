/// What one znode takes, and how old it is.
package struct ZnodeSize: Sendable, Hashable {
    package var path: String
    /// Bytes of its data.
    package var data: Int
    /// Bytes in a snapshot: its path, its data and 76 of what belongs to every znode (`StatPersisted` and lengths).
    package var bytes: Int
    /// Milliseconds since 1970, by the clock of the leader of the time.
    package var createdAt: Int
    package var changedAt: Int
    package var kind: ZnodeKind

    package init(path: String, data: Int, bytes: Int, createdAt: Int, changedAt: Int, kind: ZnodeKind) {
        self.path = path
        self.data = data
        self.bytes = bytes
        self.createdAt = createdAt
        self.changedAt = changedAt
        self.kind = kind
    }

    init(path: String, stat: ZnodeStat) {
        self.init(
            path: path, data: stat.dataLength,
            bytes: 76 + (path == "/" ? 0 : path.utf8.count) + stat.dataLength, createdAt: stat.createdAt,
            changedAt: stat.changedAt, kind: ZnodeKind(ephemeralOwner: Int(stat.ephemeralOwner)))
    }
}

package enum ZnodeKind: Sendable, Hashable {
    case persistent, ephemeral, container, timed

    /// - Parameter owner: a session; 0 for none; the least number for a container, and 0xff in the first byte for a time to live
    ///   (`EphemeralType` of 3.5.3 and later).
    package init(ephemeralOwner owner: Int) {
        self =
            switch owner {
            case 0: .persistent
            case .min: .container
            case _ where UInt(bitPattern: owner) >> 56 == 0xff: .timed
            default: .ephemeral
            }
    }
}
