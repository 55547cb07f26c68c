import EnsembleModel
import PlanLanguage

/// Duplicate, missing, unlisted and changed myids (a server reads its own once, when it starts).
enum MyidCheck {
    static func hazards(in course: [Moment], _ knowledge: Knowledge) -> [Hazard] {
        course.indices.flatMap { index -> [Hazard] in
            let moment = course[index]
            switch moment.operation {
            case .setMyid(let server, let id): return changed(server, id, moment)
            case .start(let server, _, _):
                guard let state = moment.before.servers[server], !state.running else { return [] }
                return started(server, state, index, course, knowledge)
            default: return []
            }
        }
    }

    private static func changed(_ server: ServerName, _ id: ServerID, _ moment: Moment) -> [Hazard] {
        guard let state = moment.before.servers[server], state.running, let loaded = state.loadedMyid, loaded != id
        else {
            return []
        }
        return [
            moment.hazard(
                .myid, .error,
                "\(server) runs with myid \(loaded) while its file is changed to \(id); stop it first",
                trace: ["\(server) runs with myid \(loaded)", moment.line])
        ]
    }

    private static func started(
        _ server: ServerName, _ state: ServerState, _ index: Int, _ course: [Moment], _ knowledge: Knowledge
    ) -> [Hazard] {
        let moment = course[index]
        guard let config = state.config else {
            guard knowledge.lacksConfig(server, before: index, in: course) else {
                return [
                    moment.hazard(
                        .myid, .warning,
                        "the facts don't say the configuration of \(server), so its myid can't be checked against it")
                ]
            }
            return [
                moment.hazard(
                    .noJoin, .error, "\(server) has no configuration when it starts; write one with put_file first")
            ]
        }
        // A server without server lines runs standalone and needs no myid.
        guard let members = EnsembleState.members(of: config) else {
            return [
                moment.hazard(
                    .myid, .warning,
                    "the members of \(server) stand in a dynamic configuration file, so its myid can't be checked against them"
                )
            ]
        }
        guard !members.isEmpty else { return [] }
        guard let id = state.myid else { return [missing(server, moment, knowledge)] }
        return listed(server, id, members, moment) + duplicates(server, id, members, moment)
    }

    private static func missing(_ server: ServerName, _ moment: Moment, _ knowledge: Knowledge) -> Hazard {
        guard knowledge.isLeftOut(server) else {
            return moment.hazard(.myid, .warning, "the facts don't say the myid of \(server), which this step starts")
        }
        return moment.hazard(
            .myid, .error, "\(server) has no myid when it starts; set it with set_myid first", trace: [moment.line])
    }

    private static func listed(
        _ server: ServerName, _ id: ServerID, _ members: [ServerID: MemberAddress], _ moment: Moment
    ) -> [Hazard] {
        guard let own = members[id] else {
            let list = members.keys.sorted().map(\.description).joined(separator: ", ")
            return [
                moment.hazard(
                    .myid, .error,
                    "\(server) starts with myid \(id), which its own configuration doesn't list (it lists \(list))",
                    trace: [moment.line])
            ]
        }
        guard let host = moment.before.hostName(of: own.host), host != server.host else { return [] }
        return [
            moment.hazard(
                .myid, .error,
                "\(server) starts with myid \(id), but server.\(id) of its own configuration is \(own.host), which is host \(host)",
                trace: [moment.line])
        ]
    }

    /// Two processes with one myid hurt each other where their configurations have a host in common: peers of the one then talk to
    /// the other, and each new connection ends the last.
    private static func duplicates(
        _ server: ServerName, _ id: ServerID, _ members: [ServerID: MemberAddress], _ moment: Moment
    ) -> [Hazard] {
        let state = moment.before
        let hosts = Set(members.values.map { state.hostName(of: $0.host) ?? $0.host })
        let others = state.servers.filter { name, other in
            guard name.host != server.host, other.running, other.loadedMyid == id else { return false }
            let members = other.loadedConfig.flatMap { EnsembleState.members(of: $0) } ?? [:]
            return members.values.contains { hosts.contains(state.hostName(of: $0.host) ?? $0.host) }
        }
        return others.keys.sorted().map { other in
            moment.hazard(
                .myid, .error, "\(server) starts with myid \(id) while \(other) runs with the same",
                trace: ["\(other) runs with myid \(id)", moment.line])
        }
    }
}

extension Moment {
    func hazard(_ code: HazardCode, _ severity: Hazard.Severity, _ message: String, trace: [String] = []) -> Hazard {
        Hazard(code, severity, step: step.id, stage: stage, message, trace: trace)
    }
}
