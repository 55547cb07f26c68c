import CZooKeeper
package import EnsembleModel

/// What a server says of a znode besides its data.
package struct ZnodeStat: Sendable, Hashable {
    /// The transaction that created it, and the one that last changed its data.
    package var czxid: Zxid
    package var mzxid: Zxid
    /// The transaction that last changed its list of children.
    package var pzxid: Zxid
    /// When it was created, and when its data was last changed: milliseconds since 1970, by the leader's clock.
    package var createdAt: Int
    package var changedAt: Int
    /// How often its data was changed.
    package var version: Int32
    package var childrenVersion: Int32
    package var aclVersion: Int32
    /// See ``ZnodeKind``.
    package var ephemeralOwner: Int64
    /// Bytes.
    package var dataLength: Int
    package var childrenCount: Int

    package var isEphemeral: Bool { ZnodeKind(ephemeralOwner: Int(ephemeralOwner)) == .ephemeral }

    init(_ stat: Stat) {
        czxid = Zxid(UInt64(bitPattern: stat.czxid))
        mzxid = Zxid(UInt64(bitPattern: stat.mzxid))
        pzxid = Zxid(UInt64(bitPattern: stat.pzxid))
        createdAt = Int(stat.ctime)
        changedAt = Int(stat.mtime)
        version = stat.version
        childrenVersion = stat.cversion
        aclVersion = stat.aversion
        ephemeralOwner = stat.ephemeralOwner
        dataLength = Int(stat.dataLength)
        childrenCount = Int(stat.numChildren)
    }
}

/// A znode's data and stat, read together.
package struct Znode: Sendable, Hashable {
    package var data: [UInt8]
    package var stat: ZnodeStat
}

/// One entry of a znode's access control list.
package struct ZnodePermission: Sendable, Hashable {
    /// The sum of read 1, write 2, create 4, delete 8, admin 16.
    package var permissions: Int32
    /// Such as `world`, `digest`, `auth`.
    package var scheme: String
    /// Such as `anyone`.
    package var id: String

    package init(permissions: Int32, scheme: String, id: String) {
        self.permissions = permissions
        self.scheme = scheme
        self.id = id
    }

    /// Everything to everyone, as most clients create their znodes.
    package static let open = ZnodePermission(permissions: 31, scheme: "world", id: "anyone")
}
