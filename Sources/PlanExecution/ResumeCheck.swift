import EnsembleModel
import PlanLanguage

/// Whether the hosts are as the run left them. What an action that was in hand changes is not compared: what became of it is found out by
/// doing it.
struct ResumeCheck: Sendable {
    let plan: ResolvedPlan
    let history: RunHistory
    /// A run of the same ensemble that began after this one stopped.
    var other: RunSummary?
    /// Running servers whose processes were not seen before, where others were.
    var restarted: Set<ServerName> = []

    /// - Returns: nil where nobody else changed anything that the run depends on.
    func failure(_ observed: EnsembleFacts) -> ExecutionError? {
        let since = "since the run stopped"
        guard var failure = failure(observed, since, differences(_:_:_:isConfigKnown:)) else { return nil }
        // A rollback asks for less: the files that it would put back must be the run's own.
        if fileFailure(observed) == nil, let run = history.header?.run {
            let onlyRestarts = stateFailure(observed) == nil
            failure.remedy +=
                " Or `zkops run rollback \(run)` goes back"
                + (onlyRestarts ? "; none of that is in its way." : ", where none of that is in its way.")
        }
        return failure
    }

    /// The same, but for what processes have loaded.
    func stateFailure(_ observed: EnsembleFacts) -> ExecutionError? {
        failure(observed, "since the run stopped", stateDifferences(_:_:_:isConfigKnown:))
    }

    /// Before anything is undone: whether the files that the run wrote are as it left them, since no other is overwritten. Those that a
    /// rollback has put back already are as they were at some time before.
    func fileFailure(_ observed: EnsembleFacts) -> ExecutionError? {
        failure(observed, "since the run wrote their files") { server, expected, seen, isConfigKnown in
            let isWritten = plan.everyAction.contains { action in
                guard case .editFile(.config(server), _) = action.operation else { return false }
                return history.actions[action.id]?.mayHaveChanged == true
            }
            return isWritten && isConfigKnown ? fileDifferences(server, expected, seen) : []
        }
    }

    private func failure(
        _ observed: EnsembleFacts, _ since: String,
        _ compare: (ServerName, Expected, ServerFacts, _ isConfigKnown: Bool) -> [String]
    ) -> ExecutionError? {
        guard let facts = plan.facts else { return nil }
        var expected = EnsembleState(facts: facts, inventory: plan.inventory)
        var earlier: [ServerName: [ServerState]] = [:]
        var inHand: [ServerName: Set<Facet>] = [:]
        var commandHosts: Set<String> = []
        let operations = Dictionary(plan.everyAction.map { ($0.id, $0.operation) }) { first, _ in first }
        for id in history.order {
            guard let operation = operations[id], operation.changesSomething else { continue }
            if case .command(let command) = operation { commandHosts.insert(command.host) }
            if history.actions[id]?.result == nil {
                for server in operation.changedServers { inHand[server, default: []].formUnion(operation.facets) }
            }
            if history.rollback != nil {
                for server in operation.changedServers {
                    if let state = expected.servers[server] { earlier[server, default: []].append(state) }
                }
            }
            operation.apply(to: &expected)
        }
        let differences: [String] = observed.servers.keys.sorted().flatMap { server -> [String] in
            guard let state = expected.servers[server], let seen = observed.servers[server] else { return [] }
            let left = Expected(state: state, earlier: earlier[server] ?? [], inHand: inHand[server] ?? [])
            return compare(server, left, seen, !commandHosts.contains(server.host))
        }
        guard !differences.isEmpty else { return nil }
        return ExecutionError(
            .hostsDiffer,
            "Somebody changed the hosts \(since):\n  \(differences.joined(separator: "\n  "))",
            remedy: "Bring them back to where the run left them, then try again; the lines above say what differs."
                + (other.map { " Run \($0.run) of plan \($0.plan) has been at these hosts since." } ?? ""))
    }

    /// What of a server an action changes.
    fileprivate enum Facet: Hashable {
        case running, myid, version, data, config
        case file(String)
        /// Any file of the installation.
        case software
    }

    /// How the run left a server.
    private struct Expected {
        var state: ServerState
        /// How it was before, at the times between actions; only where a rollback may have led back there.
        var earlier: [ServerState]
        var inHand: Set<Facet>

        var files: [String: String] { state.files }
    }

    private func differences(
        _ server: ServerName, _ left: Expected, _ seen: ServerFacts, isConfigKnown: Bool
    ) -> [String] {
        let found = stateDifferences(server, left, seen, isConfigKnown: isConfigKnown)
        // Where a file is not the run's any more, what a restart made of it says nothing new.
        return found.isEmpty ? loadedDifference(server, left, seen) : found
    }

    private func stateDifferences(
        _ server: ServerName, _ left: Expected, _ seen: ServerFacts, isConfigKnown: Bool
    ) -> [String] {
        let (expected, inHand) = (left.state, left.inHand)
        var found: [String] = []
        if expected.running != seen.running, !inHand.contains(.running) {
            found.append(
                "\(server): the run left it \(expected.running ? "running" : "stopped"), it \(seen.running ? "runs" : "is stopped")"
            )
        }
        if let myid = expected.myid, myid != seen.myid, !inHand.contains(.myid) {
            found.append("\(server): the run left it with the myid \(myid), it is \(seen.myid?.description ?? "none")")
        }
        if let version = expected.version, let now = seen.version, version != now, !inHand.contains(.version) {
            found.append("\(server): the run left it with version \(version), it is \(now)")
        }
        if let holdsData = expected.data.isKnownToHold, !seen.running, let now = seen.holdsData, holdsData != now,
            !inHand.contains(.data)
        {
            found.append(
                "\(server): the run left it \(holdsData ? "with" : "without") data, it holds \(now ? "some" : "none")")
        }
        return isConfigKnown ? found + fileDifferences(server, left, seen) : found
    }

    /// A process that somebody started runs with what the files say, also with edits that the plan restarts the server for later.
    private func loadedDifference(_ server: ServerName, _ expected: Expected, _ seen: ServerFacts) -> [String] {
        guard restarted.contains(server), !expected.inHand.contains(.running), !expected.inHand.contains(.config),
            let loaded = expected.state.loadedConfig, let now = seen.loadedConfig ?? seen.config,
            !ZooConfig(now).reconfigEnabled, ZooConfig(now).dynamicConfigFile == nil, loaded != now
        else { return [] }
        let diff = UnifiedDiff.make(
            old: loaded, new: now, oldName: "the process that the run left", newName: "its process now")
        return ["\(server): somebody restarted it, and its process runs with another configuration:\n\(diff)"]
    }

    private func fileDifferences(_ server: ServerName, _ expected: Expected, _ seen: ServerFacts) -> [String] {
        changedFiles(server, expected, seen) + configDifference(server, expected, seen)
    }

    /// Files that the plan edits or writes, besides the configuration.
    private func changedFiles(_ server: ServerName, _ expected: Expected, _ seen: ServerFacts) -> [String] {
        plan.files(of: server).compactMap { path in
            guard let text = expected.files[path], seen.files[path] != text,
                expected.inHand.isDisjoint(with: [.file(path), .software]),
                !expected.earlier.contains(where: { $0.files[path] == seen.files[path] })
            else { return nil }
            guard let now = seen.files[path] else { return "\(server): \(path) is gone" }
            let diff = UnifiedDiff.make(old: text, new: now, oldName: "as the run left it", newName: "\(path)")
            return "\(server): \(path) is not what the run left:\n\(diff)"
        }
    }

    private func configDifference(_ server: ServerName, _ expected: Expected, _ seen: ServerFacts) -> [String] {
        guard let config = expected.state.config, let text = seen.config, !expected.inHand.contains(.config),
            !expected.earlier.contains(where: { $0.config == text })
        else { return [] }
        let now = ZooConfig(text)
        // With dynamic reconfiguration the server itself rewrites the file.
        guard !now.reconfigEnabled, now.dynamicConfigFile == nil, config != text else { return [] }
        let diff = UnifiedDiff.make(old: config, new: text, oldName: "as the run left it", newName: "\(server)")
        return ["\(server): the configuration is not what the run left:\n\(diff)"]
    }
}

extension Operation {
    fileprivate var facets: Set<ResumeCheck.Facet> {
        switch self {
        // A server that starts makes its data, and one that stops may have written more.
        case .stop, .start: [.running, .data]
        case .setMyid: [.myid]
        case .editFile(.config, _), .putFile(.config, _, _), .reconfig: [.config]
        case .editFile(.file(_, let path), _), .putFile(.file(_, let path), _, _): [.file(path)]
        case .editFile, .putFile: []
        case .install: [.version, .config, .software]
        case .clearData, .copyData: [.data]
        case .require, .wait, .rollbackPoint, .confirm, .persistZnodes, .command: []
        }
    }

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
