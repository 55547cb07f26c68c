import EnsembleModel

/// Settings of zoo.cfg on every member, and a rolling restart that loads them.
struct ConfigChange: PlanKind {
    static let name = "config-change"
    static let summary = "change settings of zoo.cfg on every server, and restart each, the leader last"
    static let takes: [PlanRequest.Key] = [.set, .unset, .servers]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        let pairs = try request.pairs(.set)
        guard !pairs.isEmpty || !request[.unset].isEmpty else {
            throw NoPlan("`\(name)` needs --set key=value or --unset key.")
        }
        if let key = (pairs.map(\.key) + request[.unset]).first(where: { $0.hasPrefix("server.") }) {
            throw NoPlan(
                "\(key) says who is a member: `expand`, `shrink`, `replace`, `add-observers` and `remap-myid` write such plans."
            )
        }
        var servers = site.servers
        if !request[.servers].isEmpty {
            servers = []
            for name in request[.servers] { servers.append(try site.member(name).server) }
        }
        let needy = servers.filter { server in
            guard let config = site.config(of: server) else { return true }
            return pairs.contains { config[$0.key] != $0.value } || request[.unset].contains { config[$0] != nil }
        }
        guard !needy.isEmpty else { throw NoPlan("Every server's zoo.cfg says so already.") }
        var entries: [(String, YAMLNode)] = []
        if !pairs.isEmpty { entries.append(("set", .map(pairs.map { ($0.key, .word($0.value)) }))) }
        if !request[.unset].isEmpty { entries.append(("remove", .words(request[.unset]))) }
        let words = pairs.map { "\($0.key)=\($0.value)" } + request[.unset].map { "no \($0)" }
        return [
            PlanDraft(
                name: name,
                summary:
                    "Sets \(words.joined(separator: ", ")) on \(Site.list(needy)) and restarts them one by one, the leader last.",
                comments: [
                    "A server reads zoo.cfg when it starts, so each that is changed restarts; the leader last, so that there is one election."
                ],
                accepts: [.fragile(site.members)],
                stages: [
                    site.check(),
                    .init(
                        "Change the configuration",
                        [
                            Steps.rollbackPoint("before the edit"), Steps.edit(needy, entries),
                            Steps.rollingRestart(needy),
                            Steps.wait([Conditions.synced(site.members), Conditions.writable(site.servers)]),
                        ]),
                ])
        ]
    }
}
