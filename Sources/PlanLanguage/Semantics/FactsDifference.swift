package import EnsembleModel

/// One thing in which a server isn't what the plan's facts say it is.
package struct FactsDifference: Sendable, Hashable {
    package enum What: String, Sendable, CaseIterable {
        case running, mode, version, myid, configuration, file
        case loadedConfiguration = "loaded configuration"
        case loadedMyid = "loaded myid"
        case listener, data
    }

    package var server: ServerName
    package var what: What
    /// In words.
    package var planned: String
    package var observed: String
    /// One sentence; for a text it holds the unified diff in the lines that follow.
    package var message: String

    /// Where reality differs from the facts in anything that the plan depends on, ordered by server.
    ///
    /// Looked at are the servers that the plan names, the others on their hosts, and those that belong to an ensemble with one of
    /// them. What the facts leave open is no difference; nor is a zxid that grew.
    package static func compare(
        planned: EnsembleFacts, observed: EnsembleFacts, dependingOn plan: ResolvedPlan
    ) -> [FactsDifference] {
        servers(dependedOnBy: plan, planned).flatMap { server in
            let comparison = Comparison(
                server: server, planned: planned.servers[server], observed: observed.servers[server] ?? ServerFacts())
            return comparison.differences(filesOf: plan)
        }
    }

    private static func servers(dependedOnBy plan: ResolvedPlan, _ facts: EnsembleFacts) -> [ServerName] {
        let named = Set(plan.serversNamed)
        let hosts = Set(plan.allOperations.flatMap { $0.hosts(plan.inventory) })
        let state = EnsembleState(facts: facts, inventory: plan.inventory)
        let together = state.runningEnsembles.filter { !named.isDisjoint(with: $0.servers) }.flatMap(\.servers)
        return Set(state.servers.keys).filter { named.contains($0) || hosts.contains($0.host) }.union(together).sorted()
    }
}

extension ResolvedPlan {
    fileprivate var allOperations: [Operation] { stages.flatMap(\.steps).flatMap(\.operations) }
}

private struct Comparison {
    let server: ServerName
    /// nil where the server was left out: then it is stopped and holds nothing.
    let planned: ServerFacts?
    let observed: ServerFacts

    func differences(filesOf plan: ResolvedPlan) -> [FactsDifference] {
        let facts = planned ?? ServerFacts()
        let isLeftOut = planned == nil
        var found: [FactsDifference?] = [
            compare(.running, facts.running ? "running" : "stopped", observed.running ? "running" : "stopped")
        ]
        if facts.running, observed.running, let mode = facts.plannedMode {
            found.append(compare(.mode, mode.rawValue, observed.mode.rawValue))
        }
        if let version = facts.version {
            found.append(compare(.version, version.description, observed.version?.description ?? "unknown"))
        }
        if facts.myid != nil || isLeftOut {
            found.append(compare(.myid, facts.myid?.description ?? "none", observed.myid?.description ?? "none"))
        }
        found.append(text(.configuration, facts.config, observed.config, missingCounts: isLeftOut))
        if facts.running, observed.running { found += loaded(facts) }
        if let listener = facts.electionListener, facts.running, observed.running {
            // Alive is what hand-written facts mean by saying nothing, so not having looked is no contradiction.
            let seen = observed.electionListener ?? (listener == .alive ? .alive : nil)
            found.append(compare(.listener, listener.rawValue, seen?.rawValue ?? "unknown"))
        }
        if let holds = isLeftOut ? false : facts.holdsData, let seen = observed.holdsData {
            found.append(compare(.data, holds ? "present" : "none", seen ? "present" : "none"))
        }
        for path in Set(plan.allOperations.compactMap { $0.editedFile(of: server) }).sorted() {
            guard let file = facts.files[path], let seen = observed.files[path] else { continue }
            found.append(text(.file, file, seen, missingCounts: false, name: path))
        }
        return found.compactMap { $0 }
    }

    private func loaded(_ facts: ServerFacts) -> [FactsDifference?] {
        // Where the process is not known to differ from the files, it runs with what the files say.
        var found: [FactsDifference?] = []
        if facts.loadedConfig != nil || observed.loadedConfig != nil {
            found.append(
                text(
                    .loadedConfiguration, facts.loadedConfig ?? facts.config, observed.loadedConfig ?? observed.config,
                    missingCounts: false))
        }
        if facts.loadedMyid != nil || observed.loadedMyid != nil, let id = facts.loadedMyid ?? facts.myid {
            let seen = observed.loadedMyid ?? observed.myid
            found.append(compare(.loadedMyid, id.description, seen?.description ?? "unknown"))
        }
        return found
    }

    private func compare(_ what: FactsDifference.What, _ planned: String, _ observed: String) -> FactsDifference? {
        guard planned != observed else { return nil }
        return FactsDifference(
            server: server, what: what, planned: planned, observed: observed,
            message: "\(server): \(what.rawValue) is \(observed), the facts say \(planned)")
    }

    private func text(
        _ what: FactsDifference.What, _ planned: String?, _ observed: String?, missingCounts: Bool, name: String? = nil
    ) -> FactsDifference? {
        guard planned != nil || missingCounts else { return nil }
        if let planned, let observed, planned.unicodeScalars.elementsEqual(observed.unicodeScalars) { return nil }
        if planned == nil, observed == nil { return nil }
        let name = name ?? what.rawValue
        guard let planned, let observed else {
            return FactsDifference(
                server: server, what: what, planned: planned == nil ? "none" : "a text",
                observed: observed == nil ? "none" : "a text",
                message: "\(server): \(name) is \(observed == nil ? "missing" : "there"), "
                    + "the facts say it is \(planned == nil ? "not" : "there")")
        }
        let diff = UnifiedDiff.make(old: planned, new: observed, oldName: "facts", newName: "\(server)")
        return FactsDifference(
            server: server, what: what, planned: planned, observed: observed,
            message: "\(server): \(name) isn't what the facts say:\n\(diff)")
    }
}

extension Operation {
    /// The path of the file that it edits or writes on this server, unless that is the configuration.
    fileprivate func editedFile(of server: ServerName) -> String? {
        switch self {
        case .editFile(.file(server, let path), _), .putFile(.file(server, let path), _, _): path
        default: nil
        }
    }
}
