import EnsembleModel

/// Servers that serve reads, pass writes on, and never vote.
struct AddObservers: PlanKind {
    static let name = "add-observers"
    static let summary = "add observers, which serve reads and never vote"
    static let needs: [PlanRequest.Key] = [.add]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        var joiners: [ServerName] = []
        for name in request[.add] { joiners.append(try site.newcomer(name)) }
        var members = site.members
        for joiner in joiners { members = Site.joined(members, by: joiner, role: .observer) }
        let ids = members.filter { joiners.contains($0.server) }
        let old = site.servers
        let wait =
            joiners.map { Conditions.mode($0, .observer) } + [
                Conditions.synced(site.members), Conditions.writable(members.map(\.server)),
            ]
        return [
            PlanDraft(
                name: name,
                summary:
                    "\(Site.list(joiners)) join as observers; the others take the new list in a rolling restart, the leader last.",
                comments: [
                    "Observers serve reads and pass writes on, never vote, and their loss costs nothing. Every server's list names them with `:observer`, and they say `peerType=observer` themselves."
                ],
                accepts: [.fragile(site.members)],
                stages: [
                    site.check(joiners.map { Conditions.running($0, false) }),
                    .init(
                        "Prepare the observers",
                        [
                            Steps.rollbackPoint("before the observers"), Steps.setMyid(ids.map { ($0.server, $0.id) }),
                            Steps.members(members, on: joiners, set: [("peerType", "observer")]), Steps.clear(joiners),
                        ]),
                    .init(
                        "The participants learn of them", [Steps.members(members, on: old), Steps.rollingRestart(old)]),
                    .init("The observers join", [Steps.start(joiners), Steps.wait(wait)]),
                ])
        ]
    }
}
