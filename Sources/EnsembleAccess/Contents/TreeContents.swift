/// What fills a tree: sums by the beginnings of paths, and the znodes that stand out. Znodes are added one by one; memory is bounded,
/// however many there are.
package struct TreeContents: Sendable, Hashable {
    package struct Group: Sendable, Hashable {
        /// nil for all that did not fit in ``TreeContents/groupLimit`` groups.
        package var path: String?
        package var znodes = 0
        package var ephemerals = 0
        /// As in a snapshot, and of the data alone.
        package var bytes = 0
        package var data = 0
        /// When something in it was last written, in milliseconds since 1970.
        package var changedAt = Int.min

        mutating func add(_ znode: ZnodeSize) {
            znodes += 1
            if znode.kind == .ephemeral { ephemerals += 1 }
            bytes += znode.bytes
            data += znode.data
            changedAt = max(changedAt, znode.changedAt)
        }
    }

    static let groupLimit = 50_000

    package let depth: Int
    package let top: Int
    package private(set) var all = Group(path: "/")
    /// The most data first.
    package private(set) var largest: [ZnodeSize] = []
    /// Those whose data were not written for the longest time first; ZooKeeper's own are not among them.
    package private(set) var oldest: [ZnodeSize] = []
    /// Znodes whose children may not be listed; what is below them is not counted.
    package internal(set) var unreadable = 0
    private var byPath: [String: Group] = [:]
    private var others = Group(path: nil)

    /// - Parameters:
    ///   - depth: how many names of a path make a group.
    ///   - top: how many of the largest and of the oldest are kept.
    package init(depth: Int, top: Int) {
        self.depth = depth
        self.top = top
    }

    /// The most bytes first.
    package var groups: [Group] {
        (byPath.values + (others.znodes > 0 ? [others] : []))
            .sorted { ($1.bytes, $0.path ?? "~") < ($0.bytes, $1.path ?? "~") }
    }

    package mutating func add(_ znode: ZnodeSize) {
        all.add(znode)
        let key = Self.beginning(of: znode.path, names: depth)
        if byPath[key] != nil || byPath.count < Self.groupLimit {
            byPath[key, default: Group(path: key)].add(znode)
        } else {
            others.add(znode)
        }
        Self.keep(znode, in: &largest, top) { $0.data > $1.data }
        let isOwn = znode.path == "/" || znode.path == "/zookeeper" || znode.path.hasPrefix("/zookeeper/")
        if !isOwn { Self.keep(znode, in: &oldest, top) { $0.changedAt < $1.changedAt } }
    }

    /// `/a/b` of `/a/b/c/d` for two names.
    static func beginning(of path: String, names: Int) -> String {
        var left = names
        for place in path.utf8.indices.dropFirst() where path.utf8[place] == UInt8(ascii: "/") {
            left -= 1
            if left == 0 { return String(path[..<place]) }
        }
        return path
    }

    private static func keep(
        _ znode: ZnodeSize, in best: inout [ZnodeSize], _ limit: Int, _ isBefore: (ZnodeSize, ZnodeSize) -> Bool
    ) {
        if best.count == limit {
            guard let last = best.last, isBefore(znode, last) else { return }
            best.removeLast()
        }
        guard limit > 0 else { return }
        let place = best.firstIndex { isBefore(znode, $0) } ?? best.count
        best.insert(znode, at: place)
    }
}
