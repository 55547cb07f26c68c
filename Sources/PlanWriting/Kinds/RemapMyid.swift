import EnsembleModel

/// Members under other numbers, one at a time, their data as they are.
struct RemapMyid: PlanKind {
    static let name = "remap-myid"
    static let summary = "give members other myids, one at a time"
    static let needs: [PlanRequest.Key] = [.myid]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        var changes: [(member: Site.Member, id: ServerID)] = []
        var taken = Set(site.members.map(\.id))
        for (name, text) in try request.pairs(.myid) {
            let member = try site.member(name)
            guard let number = Int(text), (1...254).contains(number) else {
                throw NoPlan("`\(text)` is no myid: a number from 1 to 254.")
            }
            guard number != member.id.rawValue else { throw NoPlan("\(member.server) is \(number) already.") }
            guard taken.insert(ServerID(number)).inserted else {
                throw NoPlan(
                    "\(number) is in use. A swap takes a third number in between: give one of the two a free number first."
                )
            }
            changes.append((member, ServerID(number)))
        }
        // Who leads goes last: each of the others then needs no election.
        changes.sort {
            ($0.member.server == site.leader ? 1 : 0, $0.member.id) < (
                $1.member.server == site.leader ? 1 : 0, $1.member.id
            )
        }
        // A leader counts nobody whose number its list doesn't have, so that a second one down is one too many in an ensemble of
        // three or four; then it is better that the one is not there at all until the others know it.
        let count = site.participants.count
        let joinsFirst = count - 2 >= count / 2 + 1 ? [draft(site, changes, othersFirst: false)] : []
        return joinsFirst + [draft(site, changes, othersFirst: true)]
    }

    private static func draft(_ site: Site, _ changes: [(member: Site.Member, id: ServerID)], othersFirst: Bool)
        -> PlanDraft
    {
        var members = site.members
        var stages = [site.check()]
        var accepts = [PlanDraft.Acceptance.fragile(site.members)]
        for (member, id) in changes {
            let after = members.map {
                $0 == member ? Site.Member(id: id, server: member.server, role: member.role, running: true) : $0
            }
            .sorted { $0.id < $1.id }
            let others = after.map(\.server).filter { $0 != member.server }
            let restart = Steps.rollingRestart(others)
            let start = Steps.start([member.server])
            let stage = PlanDraft.Stage(
                "\(member.server.host) becomes \(id)",
                [
                    Steps.rollbackPoint("before \(member.id) becomes \(id)"), Steps.stop([member.server]),
                    Steps.setMyid([(member.server, id)]), Steps.members(after, on: after.map(\.server)),
                ] + (othersFirst ? [restart, start] : [start, restart]) + [Steps.wait([Conditions.synced(after)])])
            if othersFirst { accepts.append(Shrink.election(stage, of: members)) }
            stages.append(stage)
            members = after
        }
        stages.append(.init("All serve", [Steps.require([Conditions.writable(members.map(\.server))])]))
        let words = changes.map { "\($0.member.server) becomes \($0.id)" }.joined(separator: ", ")
        return PlanDraft(
            name: name,
            summary:
                "\(words); \(othersFirst ? "the others take the new list before it is back" : "it joins before the others take the new list").",
            comments: [
                "One at a time, each stopped while its number changes; its data stay. The others take the new list in a rolling restart, the leader last"
                    + (othersFirst
                        ? ", before it is back: a leader counts nobody whose number its list doesn't have." : ".")
            ],
            accepts: accepts, stages: stages)
    }
}
