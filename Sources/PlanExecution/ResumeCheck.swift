import EnsembleModel
import PlanLanguage

/// Whether the hosts are as the run left them. Servers of actions that were in hand are not compared: what became of those is found
/// out by doing them.
struct ResumeCheck: Sendable {
    let plan: ResolvedPlan
    let history: RunHistory

    /// - Returns: nil where nobody else changed anything that the run depends on.
    func failure(_ observed: EnsembleFacts) -> ExecutionError? {
        failure(observed, "since the run stopped", differences(_:_:_:isConfigKnown:))
    }

    /// Before anything is undone: whether the files that the run wrote are as it left them, since no other is overwritten.
    ///
    /// - Returns: nil where they are, or where an earlier rollback has put some of them back.
    func fileFailure(_ observed: EnsembleFacts) -> ExecutionError? {
        guard history.rollback == nil else { return nil }
        return failure(observed, "since the run wrote their files") { server, expected, seen, isConfigKnown in
            let isWritten = plan.everyAction.contains { action in
                guard case .editFile(.config(server), _) = action.operation else { return false }
                return history.actions[action.id]?.mayHaveChanged == true
            }
            return isWritten && isConfigKnown ? fileDifferences(server, expected, seen) : []
        }
    }

    private func failure(
        _ observed: EnsembleFacts, _ since: String,
        _ compare: (ServerName, ServerState, ServerFacts, _ isConfigKnown: Bool) -> [String]
    ) -> ExecutionError? {
        guard let facts = plan.facts else { return nil }
        var expected = EnsembleState(facts: facts, inventory: plan.inventory)
        var inHand: Set<ServerName> = []
        var commandHosts: Set<String> = []
        let operations = Dictionary(plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        for id in history.order {
            guard let operation = operations[id], operation.changesSomething else { continue }
            if case .command(let command) = operation { commandHosts.insert(command.host) }
            if history.actions[id]?.result == nil { inHand.formUnion(operation.changedServers) }
            operation.apply(to: &expected)
        }
        let differences: [String] = observed.servers.keys.sorted().flatMap { server -> [String] in
            guard !inHand.contains(server), let state = expected.servers[server], let seen = observed.servers[server]
            else {
                return []
            }
            return compare(server, state, seen, !commandHosts.contains(server.host))
        }
        guard !differences.isEmpty else { return nil }
        return ExecutionError(
            .hostsDiffer,
            "Somebody changed the hosts \(since):\n  \(differences.joined(separator: "\n  "))",
            remedy: "Bring them back to where the run left them, then try again; the lines above say what differs.")
    }

    private func differences(
        _ server: ServerName, _ expected: ServerState, _ seen: ServerFacts, isConfigKnown: Bool
    ) -> [String] {
        var found: [String] = []
        if expected.running != seen.running {
            found.append(
                "\(server): the run left it \(expected.running ? "running" : "stopped"), it \(seen.running ? "runs" : "is stopped")"
            )
        }
        if let myid = expected.myid, myid != seen.myid {
            found.append("\(server): the run left it with the myid \(myid), it is \(seen.myid?.description ?? "none")")
        }
        if let version = expected.version, let now = seen.version, version != now {
            found.append("\(server): the run left it with version \(version), it is \(now)")
        }
        if let holdsData = expected.data.isKnownToHold, !seen.running, let now = seen.holdsData, holdsData != now {
            found.append(
                "\(server): the run left it \(holdsData ? "with" : "without") data, it holds \(now ? "some" : "none")")
        }
        return isConfigKnown ? found + fileDifferences(server, expected, seen) : found
    }

    private func fileDifferences(_ server: ServerName, _ expected: ServerState, _ seen: ServerFacts) -> [String] {
        changedFiles(server, expected, seen) + configDifference(server, expected, seen)
    }

    /// Files that the plan edits or writes, besides the configuration.
    private func changedFiles(_ server: ServerName, _ expected: ServerState, _ seen: ServerFacts) -> [String] {
        plan.files(of: server).compactMap { path in
            guard let text = expected.files[path], seen.files[path] != text else { return nil }
            guard let now = seen.files[path] else { return "\(server): \(path) is gone" }
            let diff = UnifiedDiff.make(old: text, new: now, oldName: "as the run left it", newName: "\(path)")
            return "\(server): \(path) is not what the run left:\n\(diff)"
        }
    }

    private func configDifference(_ server: ServerName, _ expected: ServerState, _ seen: ServerFacts) -> [String] {
        guard let config = expected.config, let text = seen.config else { return [] }
        let now = ZooConfig(text)
        // With dynamic reconfiguration the server itself rewrites the file.
        guard !now.reconfigEnabled, now.dynamicConfigFile == nil, config != text else { return [] }
        let diff = UnifiedDiff.make(old: config, new: text, oldName: "as the run left it", newName: "\(server)")
        return ["\(server): the configuration is not what the run left:\n\(diff)"]
    }
}

extension Operation {
    /// Those that it leaves otherwise than they were: a copy only reads its source.
    fileprivate var changedServers: [ServerName] {
        if case .copyData(_, let target) = self { return [target] }
        return Array(servers)
    }
}

extension ServerState.Data {
    fileprivate var isKnownToHold: Bool? {
        switch self {
        case .unknown: nil
        case .empty: false
        case .present: true
        }
    }
}
