import EnsembleModel

/// Dynamic reconfiguration turned on: from then on members come and go by `reconfig`, without restarts.
struct MoveToReconfig: PlanKind {
    static let name = "move-to-reconfig"
    static let summary = "turn dynamic reconfiguration on, so that members can change without restarts"

    /// `reconfigEnabled` came with ZOOKEEPER-2014.
    private static let first = Version(3, 5, 3)

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        guard let version = site.version else {
            throw NoPlan("The facts don't say which version runs; reconfiguration needs \(first).")
        }
        guard version >= first else {
            throw NoPlan("Dynamic reconfiguration needs \(first), and \(version) runs here; upgrade first.")
        }
        let configs = site.servers.map { ($0, site.config(of: $0)) }
        if configs.allSatisfy({ $0.1?.reconfigEnabled == true }) {
            throw NoPlan("Every server's zoo.cfg has reconfigEnabled=true already.")
        }
        if let (server, _) = configs.first(where: { config in
            config.1?.properties.keys.contains { $0.hasPrefix("group.") || $0.hasPrefix("weight.") } ?? false
        }) {
            throw NoPlan(
                "\(server) has groups or weights, and with those servers can't be added or removed one by one (QuorumPeer)."
            )
        }
        if let (server, _) = configs.first(where: { $0.1?.clientPort == nil }) {
            throw NoPlan("\(server) has no clientPort in its zoo.cfg, which every member's line needs.")
        }
        return [
            PlanDraft(
                name: name,
                summary:
                    "Sets reconfigEnabled on \(Site.list(site.servers)) and restarts them one by one, the leader last.",
                comments: [
                    "With reconfigEnabled a server that starts moves its server lines into a file of its own, zoo.cfg.dynamic.VERSION, and writes zoo.cfg anew without comments (the old one stays as zoo.cfg.bak). From then on edit members by `reconfig` steps only, and capture new facts.",
                    "Who may reconfigure is ruled by the ACL of /zookeeper/config: give an administrator rights there, or set a superuser.",
                ],
                accepts: [.fragile(site.members)],
                stages: [
                    site.check(),
                    .init(
                        "Turn it on",
                        [
                            Steps.rollbackPoint("before the edit"),
                            Steps.edit(
                                site.servers,
                                [("set", .map([("reconfigEnabled", "true"), ("standaloneEnabled", "false")]))]),
                            Steps.rollingRestart(site.servers),
                            Steps.wait([Conditions.synced(site.members), Conditions.writable(site.servers)]),
                        ]),
                ])
        ]
    }
}
