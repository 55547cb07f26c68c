import EnsembleModel
import PlanLanguage

/// Steps that plans of several kinds have.
enum Steps {
    static func step(_ verb: String, _ value: YAMLNode) -> YAMLNode { .map([(verb, value)], folds: false) }

    /// One server stands alone, several in a list.
    static func names(_ servers: [ServerName]) -> YAMLNode {
        servers.count == 1 ? .word(servers[0].description) : .words(servers)
    }

    static func rollbackPoint(_ name: String) -> YAMLNode { step("rollback_point", .word(name)) }
    static func stop(_ servers: [ServerName]) -> YAMLNode { step("stop", names(servers)) }
    static func start(_ servers: [ServerName]) -> YAMLNode { step("start", names(servers)) }
    static func clear(_ servers: [ServerName]) -> YAMLNode { step("clear_data", names(servers)) }

    static func setMyid(_ ids: [(ServerName, ServerID)]) -> YAMLNode {
        step("set_myid", .map(ids.map { ($0.0.description, .word("\($0.1)")) }))
    }

    static func edit(_ servers: [ServerName], _ entries: [(String, YAMLNode)]) -> YAMLNode {
        step("edit_config", .map([("servers", names(servers))] + entries))
    }

    /// The server lines of these servers become this list.
    static func members(_ members: [Site.Member], on servers: [ServerName], set: [(String, YAMLNode)] = []) -> YAMLNode
    {
        edit(servers, (set.isEmpty ? [] : [("set", .map(set))]) + [("members", list(members))])
    }

    static func list(_ members: [Site.Member]) -> YAMLNode {
        .map(
            members.map { member in
                let host = YAMLNode.word(member.server.host)
                guard member.role == .observer else { return ("\(member.id)", host) }
                return ("\(member.id)", .map([("host", host), ("role", "observer")]))
            })
    }

    static func rolling(_ servers: [ServerName], order: String = "leader_last", _ steps: [YAMLNode]) -> YAMLNode {
        step(
            "rolling",
            .map(
                [("servers", names(servers)), ("order", .word(order)), ("steps", .list(steps, folds: false))],
                folds: false))
    }

    /// Each restarts, whoever leads last.
    static func rollingRestart(_ servers: [ServerName], order: String = "leader_last") -> YAMLNode {
        servers.count == 1
            ? step("restart", names(servers)) : rolling(servers, order: order, [step("restart", "$server")])
    }

    static func require(_ conditions: [YAMLNode]) -> YAMLNode { step("require", .list(conditions, folds: false)) }
    static func wait(_ conditions: [YAMLNode]) -> YAMLNode { step("wait", .list(conditions, folds: false)) }
}

enum Conditions {
    static func serving(_ servers: [ServerName]) -> YAMLNode { .map([("serving", .words(servers))]) }
    static func writable(_ servers: [ServerName]) -> YAMLNode { .map([("writable", .words(servers))]) }

    /// All participants but the leader.
    static func synced(_ members: [Site.Member]) -> YAMLNode {
        let participants = members.filter { $0.role == .participant }.map(\.server)
        return .map([("synced_followers", .word("\(participants.count - 1)")), ("of", .words(participants))])
    }

    static func stable(_ servers: [ServerName]) -> YAMLNode {
        .map([("stable_for", "3s"), ("servers", .words(servers))])
    }

    static func running(_ server: ServerName, _ running: Bool) -> YAMLNode {
        .map([("server", .word(server.description)), ("running", .word("\(running)"))])
    }

    static func version(_ server: ServerName, _ version: Version) -> YAMLNode {
        .map([("server", .word(server.description)), ("version", .word("\(version)"))])
    }

    static func mode(_ server: ServerName, _ mode: Mode) -> YAMLNode {
        .map([("server", .word(server.description)), ("mode", .word(mode.rawValue))])
    }
}

extension Site {
    /// All is well before anything is touched, and whatever `more` says.
    func check(_ more: [YAMLNode] = []) -> PlanDraft.Stage {
        .init(
            "Check the ensemble",
            [
                Steps.require(
                    [Conditions.serving(servers), Conditions.synced(members), Conditions.stable(servers)] + more)
            ])
    }

    /// The list with one that joins at its end: under the highest number, since on 3.4 a smaller one can't join members that don't list it.
    static func joined(_ members: [Member], by server: ServerName, id: ServerID? = nil, role: MemberRole = .participant)
        -> [Member]
    {
        let next = id ?? ServerID(min(members.map(\.id.rawValue).max() ?? 0, .max - 1) + 1)
        return (members + [Member(id: next, server: server, role: role, running: true)]).sorted { $0.id < $1.id }
    }
}

extension PlanDraft.Acceptance {
    /// The warning that comes with every restart.
    static func fragile(_ members: [Site.Member]) -> PlanDraft.Acceptance {
        let count = members.count { $0.role == .participant }
        return .init("fragile", because: "one of \(count) participants is down at a time")
    }
}
