import EnsembleModel

/// New members, one at a time: two at once would allow quorums of the old list and of the new one that share no server.
struct Expand: PlanKind {
    static let name = "expand"
    static let summary = "add servers, one at a time"
    static let needs: [PlanRequest.Key] = [.add]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        var joiners: [ServerName] = []
        for name in request[.add] { joiners.append(try site.newcomer(name)) }
        var members = site.members
        var stages = [site.check(joiners.map { Conditions.running($0, false) })]
        for joiner in joiners {
            stages.append(joining(joiner, to: members))
            members = Site.joined(members, by: joiner)
        }
        stages.append(.init("All serve", [Steps.require([Conditions.writable(members.map(\.server))])]))
        return [
            PlanDraft(
                name: name,
                summary:
                    "\(Site.list(joiners)) \(joiners.count == 1 ? "joins" : "join, one at a time"); the others take the new list in rolling restarts, the leader last.",
                comments: [
                    "One at a time: two at once would allow quorums of the old list and of the new one that share no server. The joiner starts first, with the new list; a member that is restarted with the new list before the joiner serves finds no quorum to join.",
                    "New servers get the highest myids: on 3.4 a smaller one can't join members that don't list it.",
                ],
                accepts: [
                    .init(
                        "fragile",
                        because: "an ensemble that grows tolerates no more than before until all know of the new server"
                    )
                ],
                stages: stages)
        ]
    }

    /// One server joins: it starts with the new list, then the others take it, the leader last.
    ///
    /// - Parameter set: settings that all of them load on the way.
    static func joining(
        _ joiner: ServerName, to members: [Site.Member], role: MemberRole = .participant, set: [(String, YAMLNode)] = []
    ) -> PlanDraft.Stage {
        let after = Site.joined(members, by: joiner, role: role)
        let own = role == .observer ? [("peerType", YAMLNode.word("observer"))] : []
        let id = after.first { $0.server == joiner }?.id ?? ServerID(0)
        let others = members.map(\.server)
        return .init(
            "\(joiner.host) joins as \(id)",
            [
                Steps.rollbackPoint("before \(id) joins"), Steps.setMyid([(joiner, id)]),
                Steps.members(after, on: [joiner], set: set + own), Steps.clear([joiner]), Steps.start([joiner]),
                Steps.members(after, on: others, set: set), Steps.rollingRestart(others),
                Steps.wait([Conditions.synced(after)]),
            ])
    }
}
