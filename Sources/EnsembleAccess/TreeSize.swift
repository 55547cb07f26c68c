package import EnsembleModel

/// How many znodes a serving server told of, twice in a row.
package struct TreeSize: Sendable {
    package var server: ServerName
    /// Of the configuration that it runs with: only servers of one ensemble are compared.
    package var members: [ServerID: MemberAddress]?
    package var first: ServerPulse
    package var second: ServerPulse?

    package init(
        _ server: ServerName, members: [ServerID: MemberAddress]?, first: ServerPulse, second: ServerPulse? = nil
    ) {
        (self.server, self.members, self.first, self.second) = (server, members, first, second)
    }

    /// With no transaction between the two: then the count belongs to the zxid.
    private var settled: State? {
        guard first.mode.serves, let zxid = first.zxid, let znodes = first.znodes, second?.zxid == zxid,
            second?.znodes == znodes
        else { return nil }
        // From 3.5 on each server has a znode of its own accord, /zookeeper/config, which one of 3.4 does not get (`DataTree.addConfigNode`).
        guard let hasConfig = first.version.map({ $0 >= Version(3, 5, 0) }) else { return nil }
        return State(key: Key(zxid: zxid, members: members, hasConfig: hasConfig), znodes: znodes)
    }

    private struct State {
        var key: Key
        var znodes: Int
    }

    /// Servers that ought to have as many.
    private struct Key: Hashable {
        var zxid: Zxid
        var members: [ServerID: MemberAddress]?
        var hasConfig: Bool
    }

    /// Whether two servers tell different numbers at one zxid. While clients write, a count may belong to a later one: so all of them
    /// have to be asked again.
    package static func mayDiffer(_ pulses: [ServerPulse]) -> Bool {
        let told = pulses.compactMap { pulse in pulse.zxid.flatMap { zxid in pulse.znodes.map { (zxid, $0) } } }
        return Dictionary(grouping: told, by: \.0).values.contains { Set($0.map(\.1)).count > 1 }
    }

    /// A server whose tree is not of the size that most others have at the same transaction.
    package struct Difference: Sendable, Hashable {
        package var server: ServerName
        package var zxid: Zxid
        package var znodes: Int
        package var others: [ServerName]
        package var usual: Int

        /// Such as `zk1@a holds 214 znodes at 0x100004e2a, where zk2@a and zk3@a hold 518`
        package var inWords: String {
            let names = others.map(\.description)
            let list =
                names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names.last!
            return
                "\(server) holds \(znodes) znodes at \(zxid), where \(list) \(names.count == 1 ? "holds" : "hold") \(usual)"
        }
    }

    /// In the order of the servers' names. Where as many hold the one as the other, the leader is right, or the larger tree
    /// where none of them leads.
    package static func differences(_ sizes: [TreeSize]) -> [Difference] {
        let settled = sizes.compactMap { size in size.settled.map { (size, $0) } }
        return Dictionary(grouping: settled, by: \.1.key).values.flatMap { group in
            let counts = Dictionary(grouping: group, by: \.1.znodes)
            func rank(_ count: (key: Int, value: [(TreeSize, State)])) -> (servers: Int, leaders: Int, znodes: Int) {
                (count.value.count, count.value.count { $0.0.first.mode == .leader }, count.key)
            }
            let usual = counts.max { rank($0) < rank($1) }
            guard let usual, counts.count > 1 else { return [Difference]() }
            return group.filter { $0.1.znodes != usual.key }.map { size, state in
                Difference(
                    server: size.server, zxid: state.key.zxid, znodes: state.znodes,
                    others: usual.value.map(\.0.server).sorted(), usual: usual.key)
            }
        }.sorted { $0.server < $1.server }
    }
}
