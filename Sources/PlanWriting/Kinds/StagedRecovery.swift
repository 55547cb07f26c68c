import EnsembleModel

/// An ensemble that can't be repaired by restarts goes on as another one, on another installation, from the data of its leader.
struct StagedRecovery: PlanKind {
    static let name = "staged-recovery"
    static let summary = "go on as a new ensemble on another installation, from a copy of the leader's data"
    static let needs: [PlanRequest.Key] = [.to]
    static let takes: [PlanRequest.Key] = [.spare, .keepServing]

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        let world = try RecoveryWorld(request, site)
        guard request[.keepServing].isEmpty else { return [try world.trio(keepServing: true)] }
        // All at once needs no server to join later, at the price of more copying while nobody serves.
        return [try world.trio(keepServing: false), world.allAtOnce]
    }
}

/// What a recovery starts from.
private struct RecoveryWorld {
    let site: Site
    /// The members and the spare on the new installation, those first that take part from the beginning.
    var hosts: [String] = []
    let to: String
    let source: ServerName
    let spare: String?
    /// Members of the old ensemble that serve, the leader last; and those that run and don't.
    let serving: [ServerName]
    let idle: [ServerName]

    init(_ request: PlanRequest, _ site: Site) throws(NoPlan) {
        self.site = site
        to = request[.to].first ?? ""
        spare = request[.spare].first
        let leader = site.leader
        let members = site.participants
        let modes = { (member: Site.Member) in site.facts.servers[member.server]?.mode }
        let serving = site.serves ? members.filter { $0.running && modes($0)?.serves == true }.map(\.server) : []
        self.serving = serving.filter { $0 != leader } + serving.filter { $0 == leader }
        idle = members.filter { $0.running }.map(\.server).filter { !serving.contains($0) }
        let newest = members.filter { site.facts.servers[$0.server]?.zxid != nil }
            .max {
                (site.facts.servers[$0.server]?.zxid ?? Zxid(0), $1.id) < (
                    site.facts.servers[$1.server]?.zxid ?? Zxid(0), $0.id
                )
            }
        guard let source = leader ?? newest?.server else {
            throw NoPlan(
                "Nobody leads, and the facts don't say which server has the newest data (zxid), so there is none to go on from."
            )
        }
        self.source = source
        if let spare, members.contains(where: { $0.server.host == spare }) {
            throw NoPlan("\(spare) is a member; a spare is a host that is none.")
        }
        let free =
            members.filter { !self.serving.contains($0.server) } + members.filter { self.serving.contains($0.server) }
        hosts = (spare.map { [$0] } ?? []) + free.map(\.server.host)
        for host in hosts {
            let target = try site.server("\(host)@\(to)")
            guard site.facts.servers[target]?.running != true else { throw NoPlan("\(target) runs already.") }
            guard site.config(of: target) != nil else {
                throw NoPlan(
                    "\(target) has no zoo.cfg that the facts know of. Put one there first, with dataDir and ports.")
            }
        }
    }

    private func target(_ host: String) -> ServerName { ServerName(host: host, installation: to) }

    private func members(_ hosts: some Sequence<String>) -> [Site.Member] {
        hosts.enumerated().map {
            Site.Member(id: ServerID($0.offset + 1), server: target($0.element), role: .participant, running: true)
        }
    }

    // MARK: Ways

    /// Three serve first; the others join them one at a time, and the spare leaves.
    func trio(keepServing: Bool) throws(NoPlan) -> PlanDraft {
        let first = hosts.prefix(3)
        if keepServing, let busy = first.first(where: { host in serving.contains { $0.host == host } }) {
            throw NoPlan(
                "While the old ensemble serves on, three hosts have to be free of it, and \(busy) isn't; name a --spare."
            )
        }
        var members = members(first)
        let trio = members
        let prepare = prepare(trio, stopping: keepServing ? [] : serving, copies: [trio[0].server])
        var stages = [check(hosts), prepare, serve(trio)]
        var accepts = accepts(prepare.name, keepServing: keepServing)
        if keepServing {
            let retire = PlanDraft.Stage("Retire the old ensemble", [Steps.stop(serving)])
            stages.append(retire)
            accepts.append(
                .init(
                    "quorum-loss", stage: retire.name,
                    because: "the trio has taken over; the old ensemble is meant to end"))
        }
        for host in hosts.dropFirst(3) {
            stages.append(Expand.joining(target(host), to: members))
            members = Site.joined(members, by: target(host))
        }
        if let spare, let leaver = members.first(where: { $0.server.host == spare }), members.count > 3 {
            let leave = Shrink.leaving(leaver, from: members)
            accepts.append(Shrink.election(leave, of: members))
            stages.append(leave)
            members.removeAll { $0 == leaver }
        }
        stages.append(end(members))
        let names = Site.list(trio.map(\.server))
        return PlanDraft(
            name: StagedRecovery.name,
            summary:
                "\(names) serve first, from the data of \(source)\(keepServing ? " while the old ensemble serves on" : ""); the others join one at a time.",
            comments: [
                keepServing
                    ? "The old ensemble serves until the three do, so that clients always find one; what it commits after the copy is lost."
                    : "The old ensemble is stopped before the copy is made, so that no acknowledged write is lost; nobody serves from then until the second of the three does.",
                "The old installations stay as they were.",
            ],
            accepts: accepts, stages: stages)
    }

    /// All members start from copies of the same data, under the numbers that they had.
    var allAtOnce: PlanDraft {
        let members = site.participants.map {
            Site.Member(id: $0.id, server: target($0.server.host), role: .participant, running: true)
        }
        let prepare = prepare(members, stopping: serving, copies: members.map(\.server))
        return PlanDraft(
            name: StagedRecovery.name,
            summary: "\(Site.list(members.map(\.server))) go on together, each from a copy of the data of \(source).",
            comments: [
                "The old ensemble is stopped, then each server of the new one gets a copy of \(source)'s data, so that none has to join later. Nobody serves from the stop until a quorum has started.",
                "The old installations stay as they were.",
            ],
            accepts: accepts(prepare.name, keepServing: false),
            stages: [check(members.map(\.server.host)), prepare, serve(members), end(members)])
    }

    // MARK: Stages

    private func check(_ hosts: [String]) -> PlanDraft.Stage {
        var conditions = hosts.map { Conditions.running(target($0), false) }
        if site.serves {
            conditions = [.map([("leader", .word(source.description))]), Conditions.serving(serving)] + conditions
        }
        conditions += hosts.compactMap { host in
            site.version(of: target(host)).map { Conditions.version(target(host), $0) }
        }
        return .init("Check the world", [Steps.require(conditions)])
    }

    private func prepare(_ members: [Site.Member], stopping: [ServerName], copies: [ServerName]) -> PlanDraft.Stage {
        var steps = [
            Steps.rollbackPoint("before the new ensemble"), Steps.setMyid(members.map { ($0.server, $0.id) }),
            Steps.members(members, on: members.map(\.server)),
        ]
        if !idle.isEmpty { steps.append(Steps.stop(idle)) }
        if !stopping.isEmpty {
            steps.append(Steps.require([.map([("leader", .word(source.description))]), Conditions.serving(serving)]))
            // The leader goes last and holds every committed transaction.
            steps.append(Steps.stop(stopping))
        }
        steps.append(Steps.clear(members.map(\.server)))
        steps += copies.map {
            Steps.step("copy_data", .map([("from", .word(source.description)), ("to", .word($0.description))]))
        }
        if !stopping.isEmpty {
            steps.append(
                Steps.require([
                    .map([
                        ("lost_writes", "0"), ("from", .word(source.description)), ("to", .word(copies[0].description)),
                    ])
                ]))
        }
        return .init("Prepare the new ensemble", steps)
    }

    /// The seeded server first, since two empty ones that elect each other lose everything.
    private func serve(_ members: [Site.Member]) -> PlanDraft.Stage {
        let quorum = members.count / 2 + 1
        let waiting = members.prefix(quorum - 1).map(\.server)
        let others = members.dropFirst(quorum - 1).map(\.server)
        return .init(
            "Serve from the new ensemble",
            [
                Steps.step("start", .map([("servers", .words(waiting)), ("settle", "running")])), Steps.start(others),
                Steps.require([Conditions.synced(members), Conditions.writable(members.map(\.server))]),
            ])
    }

    private func end(_ members: [Site.Member]) -> PlanDraft.Stage {
        let servers = members.map(\.server)
        return .init(
            "The new ensemble serves",
            [Steps.wait([Conditions.synced(members), Conditions.serving(servers), Conditions.writable(servers)])])
    }

    private func accepts(_ prepare: String, keepServing: Bool) -> [PlanDraft.Acceptance] {
        let way =
            keepServing
            ? [
                PlanDraft.Acceptance(
                    "split-brain",
                    because: "the new ensemble starts from a copy while the old one still serves, as was asked for"),
                .init(
                    "lost-writes", because: "what the old ensemble commits after the copy is given up, as was asked for"
                ),
            ]
            : [
                .init(
                    "quorum-loss", stage: prepare,
                    because: "the old ensemble must take no write while its data are copied")
            ]
        return way + [
            .init(
                "rollback",
                because: "the way back is to the old ensemble as it was, which gives up what the new one took by then"),
            .init("fragile", because: "a recovery tolerates less than a whole ensemble does, for minutes"),
        ]
    }
}
