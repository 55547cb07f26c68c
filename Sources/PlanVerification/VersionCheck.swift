import EnsembleModel
import PlanLanguage

/// Versions, and hops between the version that wrote a server's data and its own, that are known to break.
enum VersionCheck {
    static func hazards(in course: [Moment], _ knowledge: Knowledge) -> [Hazard] {
        var check = Check(knowledge)
        for moment in course { check.visit(moment) }
        return check.hazards
    }

    private struct Check {
        var hazards: [Hazard] = []
        /// The version that wrote the data of a server last, and whether a snapshot lies beside them; nil is "not known".
        private var writers: [ServerName: Version] = [:]
        private var snapshots: [ServerName: Bool] = [:]
        /// Warnings said already, with their place in `hazards`, and what has to be named for each.
        private var said: [String: Int] = [:]
        private var reportedMemberships: Set<String> = []

        init(_ knowledge: Knowledge) {
            for (server, facts) in knowledge.facts.servers where facts.holdsData != false {
                writers[server] = facts.version
                switch facts.snapshot {
                case .at?: snapshots[server] = true
                case ServerFacts.Newest.none?: snapshots[server] = false
                case nil: break
                }
            }
        }

        mutating func visit(_ moment: Moment) {
            switch moment.operation {
            case .clearData(let server):
                writers[server] = nil
                snapshots[server] = nil
            case .copyData(let source, let target):
                writers[target] = writers[source]
                snapshots[target] = snapshots[source]
            case .start(let server, _, _):
                guard let state = moment.before.servers[server], !state.running else { return }
                start(server, state, moment)
            default: break
            }
        }

        private mutating func start(_ server: ServerName, _ state: ServerState, _ moment: Moment) {
            guard let version = state.version else {
                warn(
                    "the facts don't say the version of", server, moment,
                    "; whether it can run on its data can't be said")
                return
            }
            if state.data == .empty {
                joins(server, version, moment)
            } else if let writer = writers[server] {
                let problems = VersionHop.check(from: writer, to: version, hasSnapshot: snapshots[server])
                for problem in problems { report(problem, server, moment) }
            } else {
                warn("the facts don't say which version wrote the data of", server, moment, ", which this step starts")
            }
            membership(server, version, moment)
            // From 3.5.3 on a server that starts has a snapshot; what an older one has, only its disk knows.
            if writers[server] != version { snapshots[server] = version >= Version(3, 5, 3) ? true : snapshots[server] }
            if state.data == .empty { snapshots[server] = nil }
            writers[server] = version
        }

        /// An empty server has to understand the ones that it joins.
        private mutating func joins(_ server: ServerName, _ version: Version, _ moment: Moment) {
            let others = peers(of: server, moment).compactMap { moment.after.servers[$0]?.version }
            for other in Set(others).sorted() {
                for problem in VersionHop.check(from: other, to: version, hasSnapshot: true) {
                    report(problem, server, moment)
                }
            }
        }

        private func peers(of server: ServerName, _ moment: Moment) -> [ServerName] {
            moment.ensemblesAfter.first { $0.servers.contains(server) }?.servers.filter { $0 != server } ?? []
        }

        /// ZOOKEEPER-3829 and its kin: rolling edits of the server lines don't take effect.
        private mutating func membership(_ server: ServerName, _ version: Version, _ moment: Moment) {
            let peers = peers(of: server, moment)
            let versions = Set(peers.compactMap { moment.after.servers[$0]?.version }).union([version])
            guard let affected = versions.filter(\.overridesEditedMembership).min(),
                let own = members(server, moment), let other = peers.first(where: { differs($0, from: own, moment) }),
                reportedMemberships.insert(moment.stage).inserted
            else { return }
            hazards.append(
                moment.hazard(
                    .version, .error,
                    "\(server) starts with other members than \(other) has loaded, and \(affected) lets what the leader sends override "
                        + "edited server lines (ZOOKEEPER-3829); upgrade first, use reconfig, or stop all and start all",
                    trace: [moment.line]))
        }

        private func members(_ server: ServerName, _ moment: Moment) -> Set<ServerID>? {
            moment.after.servers[server]?.loadedConfig.flatMap { EnsembleState.members(of: $0) }.map { Set($0.keys) }
        }

        private func differs(_ peer: ServerName, from own: Set<ServerID>, _ moment: Moment) -> Bool {
            members(peer, moment).map { $0 != own } ?? false
        }

        // MARK: Reporting

        private mutating func report(_ problem: HopProblem, _ server: ServerName, _ moment: Moment) {
            let sentence = "\(problem.sentence) (\(problem.issue))"
            switch problem.severity {
            case .error:
                hazards.append(moment.hazard(.version, .error, "\(server): \(sentence)", trace: [moment.line]))
            case .warning: warn(sentence, server, moment, "", before: true)
            }
        }

        /// The same warning for several servers is said once, at the first of them.
        private mutating func warn(
            _ head: String, _ server: ServerName, _ moment: Moment, _ tail: String, before: Bool = false
        ) {
            let key = head + tail
            if let place = said[key] {
                let list = hazards[place].trace + ["\(server) too: \(moment.line)"]
                hazards[place].trace = list
                return
            }
            said[key] = hazards.count
            let message = before ? "\(server): \(head)" : "\(head) \(server)\(tail)"
            hazards.append(moment.hazard(.version, .warning, message, trace: [moment.line]))
        }
    }
}
