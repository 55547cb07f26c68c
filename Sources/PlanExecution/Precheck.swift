package import EnsembleAccess
package import EnsembleModel
package import PlanLanguage

/// What was seen of the hosts before a run, against what the plan's facts say.
package struct Precheck: Sendable {
    package var observed: EnsembleFacts
    package var differences: [FactsDifference]
    /// Running servers whose election listener can be dead (ZOOKEEPER-2186) and was not looked at, though the plan restarts servers.
    package var unknownListeners: [ServerName]
    /// Copies that would not fit.
    package var missingRoom: [String]

    /// Servers whose trees differ from the others' at the same transaction, where the plan restarts any and clears not just these: one of
    /// them may come to lead.
    package var divergedTrees: [TreeSize.Difference]

    /// nil where nothing stands in the way.
    package var failure: ExecutionError? {
        if !differences.isEmpty {
            let list = differences.map(\.message).joined(separator: "\n  ")
            return ExecutionError(
                .hostsDiffer, "The hosts are not as the facts say, and nothing was changed:\n  \(list)",
                remedy: "Capture facts anew with `zkops ensemble facts`, and review the plan against them.",
                server: differences.first?.server, nothingChanged: true)
        }
        if !missingRoom.isEmpty {
            return ExecutionError(
                .noRoom, missingRoom.joined(separator: " "), remedy: "Make room first; nothing was changed.",
                nothingChanged: true)
        }
        if let odd = divergedTrees.first {
            return ExecutionError(
                .guardRefused,
                "\(divergedTrees.map(\.inWords).joined(separator: "; ")): a restart could let the wrong tree lead.",
                remedy:
                    "Nothing was changed. See `zkops ensemble doctor`; once it is known which tree is right, rebuild the other server"
                    + " (plans/rebuild-server.yaml).", server: odd.server, nothingChanged: true)
        }
        guard !unknownListeners.isEmpty else { return nil }
        let list = unknownListeners.map(\.description).joined(separator: ", ")
        return ExecutionError(
            .guardRefused, "It is not known whether the election listeners of \(list) live (ZOOKEEPER-2186).",
            remedy: "Nothing may be restarted before that is known; nothing was changed.", nothingChanged: true)
    }

    /// Observes every server that the plan depends on, side by side.
    static func look(_ plan: ResolvedPlan, _ control: any EnsembleControl) async throws(ExecutionError) -> Precheck {
        let servers = plan.observedServers
        let results = await sideBySide(servers) { (server) async throws(AccessError) in
            try await control.observe(server, files: plan.files(of: server))
        }
        var observed = EnsembleFacts(servers: [:])
        var errors: [AccessError] = []
        for (server, result) in zip(servers, results) {
            switch result {
            case .success(let facts): observed.servers[server] = facts
            case .failure(let error): errors.append(error)
            }
        }
        if let first = errors.first {
            var failure = ExecutionError(first)
            failure.message = errors.map(\.description).joined(separator: "\n")
            failure.remedy = "Nothing was changed. A host that can't be seen is never skipped."
            failure.nothingChanged = true
            throw failure
        }
        let odd = await TreeSize.differences(sizes(observed, control))
        return Precheck(plan, observed, odd)
    }

    private static func sizes(_ observed: EnsembleFacts, _ control: any EnsembleControl) async -> [TreeSize] {
        let serving = observed.servers.filter { $1.running && $1.mode.serves }.keys.sorted()
        func pulses() async -> [ServerPulse?] {
            await sideBySide(serving) { (server) async throws(AccessError) in try await control.pulse(server) }
                .map { try? $0.get() }
        }
        let first = await pulses()
        guard TreeSize.mayDiffer(first.compactMap(\.self)) else { return [] }
        let second = await pulses()
        return serving.indices.compactMap { index in
            first[index].map { pulse in
                let facts = observed.servers[serving[index]]
                let config = (facts?.loadedConfig ?? facts?.config).map { ZooConfig($0) }
                return TreeSize(serving[index], members: config?.members, first: pulse, second: second[index])
            }
        }
    }

    private init(_ plan: ResolvedPlan, _ observed: EnsembleFacts, _ odd: [TreeSize.Difference]) {
        self.observed = observed
        differences =
            plan.facts.map { FactsDifference.compare(planned: $0, observed: observed, dependingOn: plan) } ?? []
        let operations = plan.everyAction.map(\.operation)
        let cleared = operations.compactMap { if case .clearData(let server) = $0 { server } else { nil } }
        let stops = operations.contains { if case .stop = $0 { true } else { false } }
        divergedTrees = stops ? odd.filter { !cleared.contains($0.server) } : []
        missingRoom = operations.compactMap { operation in
            guard case .copyData(let source, let target) = operation, let from = observed.servers[source],
                let to = observed.servers[target], let missing = DataRoom.missing(from: from, to: to)
            else { return nil }
            return "\(target) has no room for the data of \(source): \(missing)."
        }
        let restarted = Set(
            operations.compactMap { operation -> ServerName? in
                if case .start(let server, _, _) = operation { server } else { nil }
            }
        ).intersection(
            operations.compactMap { operation -> ServerName? in
                if case .stop(let server, _) = operation { server } else { nil }
            })
        unknownListeners =
            restarted.isEmpty
            ? []
            : observed.servers.filter { server, facts in
                facts.running && facts.electionListener == nil && ListenerKnowledge.canDie(facts.version)
            }.keys.sorted()
    }
}

extension ResolvedPlan {
    /// The files of a server that the plan edits or writes, besides its configuration, as the plan writes their paths.
    func files(of server: ServerName) -> [String] {
        let paths = everyAction.compactMap { action -> String? in
            switch action.operation {
            case .editFile(.file(server, let path), _), .putFile(.file(server, let path), _, _): path
            default: nil
            }
        }
        return Set(paths).sorted()
    }
}
