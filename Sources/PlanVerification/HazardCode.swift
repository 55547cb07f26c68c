/// What can go wrong, by the code that plans acknowledge it with.
package enum HazardCode: String, Sendable, Hashable, CaseIterable, Comparable {
    /// A reachable state elects a leader without transactions that were committed in its lineage.
    case dataLoss = "data-loss"
    /// Two leaders of one lineage can both commit.
    case splitBrain = "split-brain"
    /// Two reachable configurations have quorums that share no server.
    case disjointQuorums = "disjoint-quorums"
    /// A step, all else well, takes away a serving quorum.
    case quorumLoss = "quorum-loss"
    /// Writes committed by the old lineage after the copy are not in the new one.
    case lostWrites = "lost-writes"
    /// A started server can never join.
    case noJoin = "no-join"
    /// A duplicate, missing or unlisted myid.
    case myid
    /// Two servers of one host at once.
    case portClash = "port-clash"
    /// A version, a pair of versions or a hop that is known to break.
    case version
    /// One more crash at this point loses the quorum.
    case fragile
    /// A restart order that forces more elections than needed.
    case leaderNotLast = "leader-not-last"
    /// From this step on, returning to the rollback point would lose committed writes.
    case rollback
    /// A step that is sure to be refused: a file that can't be edited as asked, data that are in the way, a condition that
    /// contradicts the facts.
    case refused
    /// An acknowledgement that matches no hazard.
    case acknowledgement

    /// Codes whose hazards come from exploring every order of elections and crashes. The static part finds at most some of
    /// them, so an acknowledgement of one is never called unmatched by it.
    package static let needingExploration: Set<HazardCode> = [
        .dataLoss, .splitBrain, .disjointQuorums, .lostWrites, .noJoin,
    ]

    /// In the order of the cases.
    package static func < (left: HazardCode, right: HazardCode) -> Bool { left.place < right.place }

    private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
