import EnsembleModel
import PlanLanguage

/// Steps that are sure to be refused when the hosts are as the facts say, so that the plan can't be carried out.
enum RefusalCheck {
    static func hazards(in course: [Moment], _ knowledge: Knowledge) -> [Hazard] {
        course.indices.flatMap { index -> [Hazard] in
            let moment = course[index]
            return reasons(index, course, knowledge).map { moment.hazard(.refused, .error, $0, trace: [moment.line]) }
        }
    }

    private static func reasons(_ index: Int, _ course: [Moment], _ knowledge: Knowledge) -> [String] {
        let moment = course[index]
        switch moment.operation {
        case .editFile(let target, let edit):
            if case .config(let server) = target, knowledge.lacksConfig(server, before: index, in: course) {
                return ["\(server) has no configuration to edit; write one with put_file first"]
            }
            guard let text = moment.before.text(of: target) else { return [] }
            do throws(EditError) {
                _ = try edit.applied(to: text, target: target)
                return []
            } catch {
                return ["\(target.words) can't be edited so: \(error)"]
            }
        case .clearData(let server):
            return runs(server, moment.before) ? ["\(server) runs while its data are cleared; stop it first"] : []
        case .copyData(let source, let target):
            return copy(from: source, to: target, moment.before)
        case .require(let conditions):
            // Modes change by themselves once anything has moved, so only the facts' own can be held against a condition.
            let isUntouched = !course[..<index].contains { $0.operation.changesSomething }
            return conditions.compactMap {
                contradiction($0, moment.before, isUntouched) ?? absence($0, "requires", index, course)
            }
        case .wait(let conditions, _): return conditions.compactMap { absence($0, "waits for", index, course) }
        default: return []
        }
    }

    private static func copy(from source: ServerName, to target: ServerName, _ state: EnsembleState) -> [String] {
        var reasons: [String] = []
        if runs(target, state) { reasons.append("\(target) runs while data are copied to it; stop it first") }
        if let origin = state.servers[target]?.data.origin {
            let whose = origin == target ? "data" : "data of \(origin)"
            reasons.append("\(target) holds \(whose) while others are copied to it; clear them first")
        }
        if state.servers[source]?.data == .empty { reasons.append("\(source) holds no data to copy") }
        return reasons
    }

    private static func runs(_ server: ServerName, _ state: EnsembleState) -> Bool {
        state.servers[server]?.running ?? false
    }

    /// Servers that would have to serve, and that nothing started.
    private static func absence(_ condition: Condition, _ verb: String, _ index: Int, _ course: [Moment]) -> String? {
        let absent = { (server: ServerName) in
            course[index].before.servers[server]?.running == false && !mayBeStarted(server, before: index, in: course)
        }
        switch condition.kind {
        case .serving(let servers), .writable(let servers):
            let down = servers.filter(absent)
            guard !down.isEmpty else { return nil }
            let them = down.count == 1 ? "it" : "them"
            return
                "\(list(down)) will not run here, and this step \(verb) \(them) to serve; start \(them) before, or leave \(them) out"
        case .leader(let candidates):
            guard candidates.allSatisfy(absent) else { return nil }
            return
                "none of \(list(candidates)) will run here, and this step \(verb) one of them to lead; start it before"
        default: return nil
        }
    }

    private static func list(_ servers: [ServerName]) -> String { servers.map(\.description).joined(separator: ", ") }

    /// What a shell command starts, nobody knows.
    private static func mayBeStarted(_ server: ServerName, before index: Int, in course: [Moment]) -> Bool {
        course[..<index].contains {
            if case .command(let command) = $0.operation { command.host == server.host } else { false }
        }
    }

    private static func contradiction(_ condition: Condition, _ state: EnsembleState, _ isUntouched: Bool) -> String? {
        switch condition.kind {
        case .running(let server, let wanted):
            guard let running = state.servers[server]?.running, running != wanted else { return nil }
            return "\(server) will \(running ? "" : "not ")run here, which this step refuses"
        case .version(let server, let wanted):
            guard let version = state.servers[server]?.version, version != wanted else { return nil }
            return "\(server) is version \(version), and this step requires \(wanted)"
        case .mode(let server, let wanted):
            guard isUntouched, let mode = state.servers[server]?.mode, !wanted.contains(mode) else { return nil }
            let list = wanted.map(\.rawValue).joined(separator: " or ")
            return "\(server) will be \(mode.rawValue) here, and this step requires \(list)"
        default: return nil
        }
    }
}
