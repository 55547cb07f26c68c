import EnsembleModel

/// Every server once, the leader last; where election listeners are dead, those servers first, since on 3.4.6 a healthy one
/// restarted before them can't come back (ZOOKEEPER-2186).
struct RollingRestart: PlanKind {
    static let name = "rolling-restart"
    static let summary = "restart every server, the leader last"
    static let takes: [PlanRequest.Key] = [.servers]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        var chosen = site.servers
        if !request[.servers].isEmpty {
            chosen = []
            for name in request[.servers] { chosen.append(try site.member(name).server) }
        }
        let deaf = chosen.filter { site.facts.servers[$0]?.electionListener == .dead }
        guard !deaf.isEmpty else { return [draft(site, [("Restart", chosen)], deaf: [])] }
        let others = chosen.filter { !deaf.contains($0) }
        return [
            draft(
                site, [("Restart the deaf servers", deaf), ("Restart the others", others)].filter { !$0.1.isEmpty },
                deaf: deaf)
        ]
    }

    private static func draft(_ site: Site, _ groups: [(String, [ServerName])], deaf: [ServerName]) -> PlanDraft {
        let all = groups.flatMap(\.1)
        let why =
            deaf.isEmpty
            ? "Every server restarts once, and is back in the quorum before the next goes; the leader last, so that there is one election."
            : "The election listeners of \(Site.list(deaf)) are dead: these restart first, while the others still hold their connections."
        return PlanDraft(
            name: name,
            summary:
                "Restarts \(Site.list(all)) one by one, \(deaf.isEmpty ? "the leader last" : "those with dead listeners first").",
            comments: [why], accepts: [.fragile(site.members)],
            stages: [site.check()]
                + groups.map { title, servers in
                    .init(
                        title,
                        [
                            Steps.rollingRestart(servers),
                            Steps.wait([Conditions.synced(site.members), Conditions.writable(site.servers)]),
                        ])
                })
    }
}
