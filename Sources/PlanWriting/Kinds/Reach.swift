import EnsembleModel
import PlanLanguage

/// From what is to what is wanted: members, version and settings, in the shortest order that verifies.
///
/// One thing changes at a time: a server joins, a server leaves, all move to another version, settings are loaded. Every order of these
/// is a candidate. Those that bear the most failures on the way are tried first, and of these those that restart the fewest servers.
struct Reach: PlanKind {
    static let name = "reach"
    static let summary = "find the shortest safe way to wanted members, version and settings"
    static let needs: [PlanRequest.Key] = [.target]

    /// Each candidate costs a search, and of many changes there are more orders than anyone waits for.
    private static let candidatesLimit = 40

    static func drafts(_ request: PlanRequest, _ site: Site) throws(NoPlan) -> [PlanDraft] {
        try site.requireAllServe()
        guard let target = request.target else { throw NoPlan("`reach` needs --target.") }
        let wanted = try Wanted(target, site)
        guard !wanted.changes.isEmpty || !wanted.settings.isEmpty else {
            throw NoPlan("The ensemble is what the target wants already.")
        }
        var routes: [Route] = []
        var impossible: [NoPlan] = []
        let orders = wanted.orders
        for order in orders {
            do throws(NoPlan) { routes.append(try Route(order, wanted, site)) } catch { impossible.append(error) }
        }
        if routes.isEmpty, let why = impossible.first { throw why }
        // Equal ones stay in the order in which they were found.
        let sorted = routes.enumerated().sorted { one, other in
            (-one.element.tolerance, one.element.restarts, one.offset)
                < (-other.element.tolerance, other.element.restarts, other.offset)
        }
        let tried = sorted.prefix(candidatesLimit)
        return tried.map { candidate in
            var draft = candidate.element.draft(of: orders.count, impossible: impossible.count, tried: tried.count)
            draft.waysInAll = tried.count < orders.count ? orders.count : nil
            return draft
        }
    }
}

/// One thing that changes.
private enum Change: Hashable {
    case join(String, MemberRole)
    case leave(String)
    case upgrade(to: String)
}

/// What a target wants that isn't so.
private struct Wanted {
    var changes: [Change] = []
    var settings: [TextEdit.KeyValue] = []

    init(_ target: Target, _ site: Site) throws(NoPlan) {
        let participants = site.participants.map(\.server.host)
        let observers = site.members.filter { $0.role == .observer }.map(\.server.host)
        let (members, watchers) = (target.members ?? participants, target.observers ?? observers)
        if let host = members.first(where: observers.contains) ?? watchers.first(where: participants.contains) {
            throw NoPlan("\(host) would change its role; take it out first, then let it join in the other one.")
        }
        guard members.count > 1 else {
            throw NoPlan("An ensemble needs two participants at least, and three to bear a failure.")
        }
        changes += members.filter { !participants.contains($0) }.map { .join($0, .participant) }
        changes += watchers.filter { !observers.contains($0) }.map { .join($0, .observer) }
        // Who leads goes last.
        let leavers = (participants + observers).filter { !members.contains($0) && !watchers.contains($0) }
        let leader = site.leader?.host
        changes += (leavers.filter { $0 != leader } + leavers.filter { $0 == leader }).map { .leave($0) }
        if let version = target.version, site.members.contains(where: { site.version(of: $0.server) != version }) {
            changes.append(.upgrade(to: try Self.installation(of: version, members + watchers, site)))
        }
        settings = target.settings.filter { setting in
            site.servers.contains { site.config(of: $0)?[setting.key] != setting.value }
        }
    }

    /// The installation that has this version on all of these hosts.
    private static func installation(of version: Version, _ hosts: [String], _ site: Site) throws(NoPlan) -> String {
        let names = Set(site.inventory.servers.keys.map(\.installation)).sorted()
        let found = names.first { name in
            hosts.allSatisfy { site.version(of: ServerName(host: $0, installation: name)) == version }
        }
        guard let found else {
            throw NoPlan(
                "No installation of the inventory has \(version) on each of \(hosts.joined(separator: ", ")), as far as the facts know."
            )
        }
        return found
    }

    /// Joins keep their order among each other, and so do leaves: which of two is first makes no difference that counts.
    var orders: [[Change]] {
        var joins: [Change] = []
        var leaves: [Change] = []
        var upgrades: [Change] = []
        for change in changes {
            switch change {
            case .join: joins.append(change)
            case .leave: leaves.append(change)
            case .upgrade: upgrades.append(change)
            }
        }
        return Self.merged(Self.merged([[]], joins), leaves).flatMap { Self.merged([$0], upgrades) }
    }

    /// Each list with `others`, in their order, at every place.
    private static func merged(_ lists: [[Change]], _ others: [Change]) -> [[Change]] {
        lists.flatMap { list in places(list[...], others[...]) }
    }

    private static func places(_ one: ArraySlice<Change>, _ other: ArraySlice<Change>) -> [[Change]] {
        guard let first = one.first else { return [Array(other)] }
        guard let second = other.first else { return [Array(one)] }
        return places(one.dropFirst(), other).map { [first] + $0 }
            + places(one, other.dropFirst()).map { [second] + $0 }
    }
}

/// An order of changes, with its stages.
private struct Route {
    private(set) var restarts = 0
    /// How many participants may fail at the least, between two changes.
    private(set) var tolerance: Int
    private var stages: [PlanDraft.Stage] = []
    private var accepts = [
        PlanDraft.Acceptance(
            "fragile",
            because: "one server changes at a time, and until it is back the ensemble tolerates one failure less")
    ]
    private var words: [String] = []
    private var folded: String?

    init(_ order: [Change], _ wanted: Wanted, _ site: Site) throws(NoPlan) {
        var members = site.members
        var installation = site.installation
        // Settings go with the first change that restarts the others anyway.
        var open = wanted.settings
        tolerance = Self.tolerance(members)
        stages = [site.check()]
        for change in order {
            switch change {
            case .join(let host, let role):
                let joiner = try site.newcomer("\(host)@\(installation)")
                let stage = Expand.joining(joiner, to: members, role: role, set: Self.entries(open))
                take(stage, restarting: members.count, "\(host) joins", &open)
                members = Site.joined(members, by: joiner, role: role)
            case .leave(let host):
                guard let leaver = members.first(where: { $0.server.host == host }) else { continue }
                let stage = Shrink.leaving(leaver, from: members, set: Self.entries(open))
                accepts.append(Shrink.election(stage, of: members))
                take(stage, restarting: members.count - 1, "\(host) leaves", &open)
                members.removeAll { $0 == leaver }
            case .upgrade(let to):
                let targets = try RollingUpgrade.targets(of: members, to: to, site)
                let shared = RollingUpgrade.shareData(members, targets, site)
                let new = RollingUpgrade.stages(members, targets, to: to, shared: shared, set: Self.entries(open))
                stages.append(new[0])
                take(new[1], restarting: members.count, "all move to \(to)", &open)
                members = targets
                installation = to
            }
            tolerance = min(tolerance, Self.tolerance(members))
        }
        if !open.isEmpty {
            let servers = members.map(\.server)
            let stage = PlanDraft.Stage(
                "Change the settings",
                [
                    Steps.rollbackPoint("before the edit"), Steps.edit(servers, [("set", .map(Self.entries(open)))]),
                    Steps.rollingRestart(servers), Steps.wait([Conditions.synced(members)]),
                ])
            var none: [TextEdit.KeyValue] = []
            take(stage, restarting: members.count, "the settings change", &none)
        }
        stages.append(
            .init(
                "What was wanted",
                [
                    Steps.require([
                        Conditions.serving(members.map(\.server)), Conditions.writable(members.map(\.server)),
                    ])
                ]))
    }

    private mutating func take(
        _ stage: PlanDraft.Stage, restarting count: Int, _ what: String, _ open: inout [TextEdit.KeyValue]
    ) {
        stages.append(stage)
        restarts += count
        words.append(what)
        if !open.isEmpty { folded = what }
        open = []
    }

    private static func tolerance(_ members: [Site.Member]) -> Int {
        (members.count { $0.role == .participant } - 1) / 2
    }

    private static func entries(_ settings: [TextEdit.KeyValue]) -> [(String, YAMLNode)] {
        settings.map { ($0.key, .word($0.value)) }
    }

    /// - Parameters:
    ///   - orders: how many there are.
    ///   - impossible: those among them that can't be written here.
    ///   - tried: those that are tried at most.
    func draft(of orders: Int, impossible: Int, tried: Int) -> PlanDraft {
        let order = words.joined(separator: ", then ")
        let bears = tolerance == 0 ? "none" : tolerance == 1 ? "one failure" : "\(tolerance) failures"
        var others = "There is no other order."
        if orders > 1 {
            others =
                "Of \(orders) orders those that bear more come first, then those with fewer restarts; this is the first that verifies."
            if impossible > 0 { others += " \(impossible) of them can't be done here." }
            if tried + impossible < orders { others += " At most \(tried) of them are tried." }
        }
        var why = [
            "\(order): \(restarts) restarts, and between them the ensemble always bears \(bears). \(others)"
        ]
        if let folded, words.count > 1 || folded != words.first {
            why[0] += " The settings go with the first change (\(folded)), so that they cost no restart of their own."
        }
        why.append(
            "One thing changes at a time: two membership changes at once would allow quorums of the old list and of the new one that share no server."
        )
        return PlanDraft(name: Reach.name, summary: "\(order).", comments: why, accepts: accepts, stages: stages)
    }
}
