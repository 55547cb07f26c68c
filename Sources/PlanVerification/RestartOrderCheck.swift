import EnsembleModel
import PlanLanguage

/// Orders of restarts that have the leader before the last: each restart of a leader costs an election, and the next leader may be
/// one that is still to be restarted.
enum RestartOrderCheck {
    static func hazards(in course: [Moment]) -> [Hazard] {
        groups(course).compactMap { hazard($0) }
    }

    /// Operations of one step; steps that follow each other and restart servers count as one.
    private static func groups(_ course: [Moment]) -> [[Moment]] {
        var groups: [[Moment]] = []
        for moment in course where moment.operation.changesSomething {
            guard let last = groups.last?.last else {
                groups.append([moment])
                continue
            }
            let joins = moment.topStep.restarts && last.topStep.restarts && moment.stage == last.stage
            if last.topStep.id == moment.topStep.id || joins {
                groups[groups.count - 1].append(moment)
            } else {
                groups.append([moment])
            }
        }
        return groups
    }

    private static func hazard(_ moments: [Moment]) -> Hazard? {
        guard let first = moments.first, !first.topStep.putsLeaderLast else { return nil }
        let stopped = restarts(moments)
        guard stopped.count > 1,
            let ensemble = first.ensemblesBefore.first(where: { $0.servers.contains(stopped[0].server) }),
            ensemble.serves == true
        else { return nil }
        let voters = stopped.filter { ensemble.quorum?.serving.contains($0.server) ?? false }
        guard voters.count > 1, let last = voters.last else { return nil }
        let order = voters.map(\.server.description).joined(separator: ", ")
        let remedy = "a rolling step with `order: leader_last` looks the leader up and needs one election"
        if let leader = ensemble.servers.first(where: { first.before.servers[$0]?.mode == .leader }) {
            guard let place = voters.first(where: { $0.server == leader }), leader != last.server else { return nil }
            return place.moment.hazard(
                .leaderNotLast, .warning,
                "\(leader) leads and is restarted before others (\(order)); \(remedy)",
                trace: ["\(leader) leads", place.moment.line, last.moment.line])
        }
        return first.hazard(
            .leaderNotLast, .warning, "who leads is not known when \(order) are restarted in this order; \(remedy)",
            trace: voters.map(\.moment.line))
    }

    /// The stops after which the same host is started again before the next stop; none where several are down at once, which
    /// is no rolling restart.
    private static func restarts(_ moments: [Moment]) -> [(server: ServerName, moment: Moment)] {
        var found: [(server: ServerName, moment: Moment)] = []
        var down: String?
        for moment in moments {
            switch moment.operation {
            case .stop(let server, _) where moment.before.servers[server]?.running == true:
                guard down == nil else { return [] }
                down = server.host
                found.append((server, moment))
            case .start(let server, _, _) where server.host == down: down = nil
            default: break
            }
        }
        return down == nil ? found : []
    }
}

extension ResolvedStep {
    fileprivate var restarts: Bool { verb == "restart" || verb == "rolling" }

    fileprivate var putsLeaderLast: Bool {
        guard case .rolling(let rolling) = body else { return false }
        return rolling.order == .leaderLast
    }
}
