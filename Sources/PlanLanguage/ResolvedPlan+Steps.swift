package import EnsembleModel

extension ResolvedPlan {
    /// Every step in the order of a run: a rolling step itself, then the steps for each of its servers in `defaultOrder`.
    package var allSteps: [ResolvedStep] {
        stages.flatMap(\.steps).flatMap { step -> [ResolvedStep] in
            guard case .rolling(let rolling) = step.body else { return [step] }
            return [step] + rolling.defaultOrder(facts).flatMap { rolling.steps[$0] ?? [] }
        }
    }

    package func step(id: String) -> ResolvedStep? { allSteps.first { $0.id == id } }

    /// The stage that a step, or a step inside a rolling one, stands in.
    package func stage(ofStep id: String) -> ResolvedStage? {
        stages.first { $0.steps.contains { $0.withInnerSteps.contains { $0.id == id } } }
    }
}

extension ResolvedStep {
    /// The step and, of a rolling one, the steps for each server as listed.
    var withInnerSteps: [ResolvedStep] {
        guard case .rolling(let rolling) = body else { return [self] }
        return [self] + rolling.servers.flatMap { rolling.steps[$0] ?? [] }
    }

    /// All operations of the step; of a rolling one, those for each server as listed.
    package var operations: [Operation] {
        switch body {
        case .operations(let groups): groups.flatMap(\.self)
        case .rolling(let rolling): rolling.servers.flatMap { (rolling.steps[$0] ?? []).flatMap(\.operations) }
        }
    }
}

extension ResolvedStep.Rolling {
    /// The order that the facts give, where nothing changes before: a run looks again before each server.
    package func defaultOrder(_ facts: EnsembleFacts?) -> [ServerName] {
        switch order {
        case .listed: return servers
        case .leaderLast:
            let leaders = servers.filter { facts?.servers[$0]?.mode == .leader }
            return servers.filter { !leaders.contains($0) } + leaders
        case .ascendingMyid:
            let numbered = servers.enumerated().map {
                ($0.offset, facts?.servers[$0.element]?.myid?.rawValue ?? .max, $0.element)
            }
            return numbered.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.2)
        }
    }
}

extension ResolvedPlan {
    /// The servers that any operation acts on or looks at, in their order.
    package var serversNamed: [ServerName] {
        Set(stages.flatMap(\.steps).flatMap(\.operations).flatMap(\.servers)).sorted()
    }

    /// The servers that any operation may change, in their order. The source of a copy is only read.
    package var serversTouched: [ServerName] {
        let operations = stages.flatMap(\.steps).flatMap(\.operations).filter(\.changesSomething)
        return Set(
            operations.flatMap { operation in
                if case .copyData(_, let target) = operation { [target] } else { operation.servers }
            }
        ).sorted()
    }

    /// The hosts on which anything may change, in the order of the inventory.
    package var hostsTouched: [String] {
        var hosts = Set(serversTouched.map(\.host))
        for case .command(let command) in stages.flatMap(\.steps).flatMap(\.operations) { hosts.insert(command.host) }
        return inventory.hosts.map(\.name).filter(hosts.contains)
    }
}
