import EnsembleModel

/// To another installation of each host, one server at a time, the leader last.
struct RollingUpgrade: PlanKind {
    static let name = "rolling-upgrade"
    static let summary = "move every server to another installation of its host, the leader last"
    static let needs: [PlanRequest.Key] = [.to]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        let to = request[.to].first ?? ""
        let targets = try targets(of: site.members, to: to, site)
        return [draft(site, targets, to: to, shared: shareData(site.members, targets, site))]
    }

    /// The members as they will be, on the other installation of their hosts.
    static func targets(of members: [Site.Member], to: String, _ site: Site) throws(NoPlan) -> [Site.Member] {
        var targets: [Site.Member] = []
        for member in members {
            let target = try site.server("\(member.server.host)@\(to)")
            guard target != member.server else { throw NoPlan("\(target) runs already.") }
            guard site.config(of: target) != nil else {
                throw NoPlan(
                    "\(target) has no zoo.cfg that the facts know of. Put the old one there first, with the same ports."
                )
            }
            guard site.version(of: target) != nil else {
                throw NoPlan("The facts don't say which version \(target) is; is its software in place?")
            }
            targets.append(Site.Member(id: member.id, server: target, role: member.role, running: true))
        }
        return targets
    }

    /// Whether both installations of each host lie over the same data: then there is nothing to copy.
    static func shareData(_ members: [Site.Member], _ targets: [Site.Member], _ site: Site) -> Bool {
        zip(members, targets).allSatisfy { member, target in
            site.config(of: member.server)?.dataDir == site.config(of: target.server)?.dataDir
        }
    }

    /// One that prepares, and one that moves each server.
    static func stages(
        _ members: [Site.Member], _ targets: [Site.Member], to: String, shared: Bool, set: [(String, YAMLNode)] = []
    ) -> [PlanDraft.Stage] {
        let (old, new) = (members.map(\.server), targets.map(\.server))
        var prepare = [Steps.rollbackPoint("before the upgrade"), Steps.members(targets, on: new, set: set)]
        if !shared { prepare += [Steps.setMyid(targets.map { ($0.server, $0.id) }), Steps.clear(new)] }
        var move: [YAMLNode] = [Steps.step("stop", "$server")]
        if !shared { move.append(Steps.step("copy_data", .map([("from", "$server"), ("to", .word("$host@\(to)"))]))) }
        move.append(Steps.step("start", .word("$host@\(to)")))
        return [
            .init("Prepare the new installations", prepare),
            .init(
                "Move each server",
                [Steps.rolling(old, move), Steps.wait([Conditions.synced(targets), Conditions.writable(new)])]),
        ]
    }

    private static func draft(_ site: Site, _ targets: [Site.Member], to: String, shared: Bool) -> PlanDraft {
        let versions = targets.compactMap { target in
            site.version(of: target.server).map { Conditions.version(target.server, $0) }
        }
        let (from, until) = (
            site.version.map { "\($0)" } ?? "its version",
            targets.compactMap { site.version(of: $0.server) }.min().map { "\($0)" } ?? to
        )
        return PlanDraft(
            name: name,
            summary:
                "Moves \(Site.list(site.servers)) from \(from) to \(until), one server at a time, the leader last.",
            comments: [
                shared
                    ? "Both installations of each host use the same data directory, so that nothing is copied; going back starts the old software on what the new one wrote."
                    : "Each server's data are copied on its own host into the new installation, so that the old one stays as it was and can be started again.",
                "Keep the new version's own features off until all servers run it (ZooKeeper's documentation, \"Upgrading\").",
            ],
            accepts: [.fragile(site.members)],
            stages: [site.check(versions)] + stages(site.members, targets, to: to, shared: shared))
    }
}
