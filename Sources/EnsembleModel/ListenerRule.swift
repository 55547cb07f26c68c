/// Which servers of an ensemble with dead election listeners may be restarted (ZOOKEEPER-2186).
///
/// Election connections that are open outlive the listener; only new ones fail. A restarted server has none left, so it
/// needs the listeners of the others: it joins iff at least a quorum of *other* members have a live listener and follow or
/// lead the same leader, and the leader's own listener is live. Nine of nine restarts of 3.4.6 ensembles went as this rule says.
///
/// What holds for a leader that is restarted is derived from it, and observed for three servers only: the others elect the next
/// leader over their old connections, then the restarted one joins as any other.
package struct ListenerRule: Sendable, Hashable {
    package var quorum: QuorumRule
    package var leader: ServerID
    /// Members whose listener is dead.
    package var deaf: Set<ServerID>
    /// Members that neither lead nor follow now.
    package var absent: Set<ServerID>

    package init(quorum: QuorumRule, leader: ServerID, deaf: Set<ServerID>, absent: Set<ServerID> = []) {
        self.quorum = quorum
        self.leader = leader
        self.deaf = deaf
        self.absent = absent
    }

    /// Whether this server, restarted now, comes back. Of the leader that is said only where it holds whoever leads next.
    package func rejoins(_ id: ServerID) -> Bool {
        let others = quorum.participants.subtracting(absent).subtracting([id])
        guard quorum.containsQuorum(others) else { return false }
        let next = id == leader ? others : [leader]
        return next.isDisjoint(with: deaf) && quorum.containsQuorum(others.subtracting(deaf))
    }

    /// See ``rejoins(_:)-swift.method``.
    package static func rejoins(_ id: ServerID, quorum: QuorumRule, leader: ServerID, deaf: Set<ServerID>) -> Bool {
        ListenerRule(quorum: quorum, leader: leader, deaf: deaf).rejoins(id)
    }

    /// The servers that may be restarted now, one of them, without being stranded.
    package var restartable: [ServerID] {
        quorum.participants.subtracting(absent).filter { rejoins($0) }.sorted()
    }

    /// The order in which restarting the deaf servers, each until it follows again, gives every one a live listener; nil where there is
    /// none, and only stopping and starting all, or a new ensemble beside this one, helps.
    ///
    /// A deaf leader comes first, for while it leads nobody else can join; after it, who leads next is not known, so that the
    /// others have to be healed whoever it is.
    package var repairOrder: [ServerID]? {
        var rule = self
        var order: [ServerID] = []
        if deaf.contains(leader) {
            guard rejoins(leader) else { return nil }
            // No other member is deaf then, or `rejoins` would not hold for every next leader.
            rule.deaf.remove(leader)
            order.append(leader)
        }
        while let next = rule.deaf.sorted().first(where: rule.rejoins) {
            rule.deaf.remove(next)
            order.append(next)
        }
        return rule.deaf.isEmpty ? order : nil
    }
}
