import EnsembleModel

/// A server on another host takes the place of one: the new one joins under a new myid, then the old one leaves.
struct Replace: PlanKind {
    static let name = "replace"
    static let summary = "put a server on another host in the place of one"
    static let needs: [PlanRequest.Key] = [.remove, .add]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireQuorum()
        guard request[.remove].count == 1, request[.add].count == 1 else {
            throw NoPlan("One server at a time takes the place of another: give one --remove and one --add.")
        }
        let old = try site.member(request[.remove][0])
        let new = try site.newcomer(request[.add][0])
        let grown = Site.joined(site.members, by: new)
        // Where the old one is gone already, the new one may also come after it was forgotten.
        return [joinFirst(site, old, new, grown), leaveFirst(site, old, new)]
    }

    private static func joinFirst(_ site: Site, _ old: Site.Member, _ new: ServerName, _ grown: [Site.Member])
        -> PlanDraft
    {
        let running = site.members.filter { $0.running || $0 == old }
        let join = Expand.joining(new, to: site.members)
        let leave = Shrink.leaving(old, from: grown)
        return PlanDraft(
            name: name, summary: "\(new) joins, then \(old.server) leaves.",
            comments: [
                "The new server joins under a new, higher myid before the old one leaves: in between the ensemble has one more member, so that at no time a quorum of the old list and one of the new share no server."
            ],
            accepts: [
                .init(
                    "fragile", because: "an ensemble that changes its members tolerates one failure less for minutes"),
                Shrink.election(leave, of: grown),
            ],
            stages: [
                running.count == site.members.count
                    ? site.check([Conditions.running(new, false)]) : site.checkThoseThatServe(), join, leave,
                end(grown.filter { $0 != old }),
            ])
    }

    private static func leaveFirst(_ site: Site, _ old: Site.Member, _ new: ServerName) -> PlanDraft {
        let left = site.members.filter { $0 != old }
        let leave = Shrink.leaving(old, from: site.members)
        return PlanDraft(
            name: name, summary: "\(old.server) leaves, then \(new) joins.",
            comments: ["\(old.server) is forgotten first, then \(new) joins under a new, higher myid."],
            accepts: [
                .init(
                    "fragile", because: "an ensemble that changes its members tolerates one failure less for minutes"),
                Shrink.election(leave, of: site.members),
            ],
            stages: [site.checkThoseThatServe(), leave, Expand.joining(new, to: left), end(Site.joined(left, by: new))])
    }

    private static func end(_ members: [Site.Member]) -> PlanDraft.Stage {
        .init("All serve", [Steps.require([Conditions.writable(members.map(\.server))])])
    }
}
