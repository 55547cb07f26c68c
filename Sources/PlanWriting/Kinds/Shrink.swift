import EnsembleModel

/// Members leave, one at a time.
struct Shrink: PlanKind {
    static let name = "shrink"
    static let summary = "take members out, one at a time"
    static let needs: [PlanRequest.Key] = [.remove]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireQuorum()
        var leavers: [Site.Member] = []
        for name in request[.remove] { leavers.append(try site.member(name)) }
        let left = site.participants.filter { !leavers.contains($0) }
        guard left.count > 1 else {
            throw NoPlan(
                "That would leave \(left.count == 1 ? "one participant, which would run without an ensemble" : "no participant")."
            )
        }
        // Who leads goes last, so that as few elections as possible are held.
        leavers = leavers.filter { $0.server != site.leader } + leavers.filter { $0.server == site.leader }
        var members = site.members
        var (stages, accepts) = (
            [site.checkThoseThatServe()],
            [
                PlanDraft.Acceptance(
                    "fragile",
                    because: "an ensemble that shrinks tolerates less until all have forgotten the one that left")
            ]
        )
        for leaver in leavers {
            let stage = leaving(leaver, from: members)
            accepts.append(election(stage, of: members))
            stages.append(stage)
            members.removeAll { $0 == leaver }
        }
        stages.append(.init("Those that are left serve", [Steps.require([Conditions.writable(members.map(\.server))])]))
        return [
            PlanDraft(
                name: name,
                summary:
                    "\(Site.list(leavers.map(\.server))) \(leavers.count == 1 ? "leaves" : "leave, one at a time"); the others take the new list in rolling restarts, the leader last.",
                comments: [
                    "The leaver stops first: restarting the others with the shorter list while it still leads ends the service, and on 3.4 it would follow the new leader and be counted."
                ],
                accepts: accepts, stages: stages)
        ]
    }

    /// One server leaves: it stops, then the others forget it, the leader last.
    ///
    /// - Parameter set: settings that the others load on the way.
    static func leaving(
        _ leaver: Site.Member, from members: [Site.Member], set: [(String, YAMLNode)] = []
    ) -> PlanDraft.Stage {
        let after = members.filter { $0 != leaver }
        let others = after.map(\.server)
        let stop = leaver.running ? [Steps.stop([leaver.server]), Steps.wait([Conditions.synced(after)])] : []
        return .init(
            "\(leaver.server.host) leaves",
            [Steps.rollbackPoint("before \(leaver.id) leaves")] + stop
                + [
                    Steps.members(after, on: others, set: set), Steps.rollingRestart(others),
                    Steps.wait([Conditions.synced(after)]),
                ])
    }

    /// The price of leaving an ensemble of even size.
    static func election(_ stage: PlanDraft.Stage, of members: [Site.Member]) -> PlanDraft.Acceptance {
        let count = members.count { $0.role == .participant }
        return .init(
            "quorum-loss", stage: stage.name,
            because:
                "\(count - 1) of \(count) are just a quorum of the old list, so each restart under it means an election of seconds"
        )
    }
}

extension Site {
    /// As ``check(_:)``, where one of the members may be gone for good already.
    func checkThoseThatServe() -> PlanDraft.Stage {
        let running = members.filter(\.running)
        return .init(
            "Check the ensemble",
            [Steps.require([Conditions.serving(running.map(\.server)), Conditions.synced(running)])])
    }
}
