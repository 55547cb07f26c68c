import ArgumentParser
import EnsembleModel
import PlanExecution
import PlanLanguage

/// What shells offer where a host, a server, a run, a step or a rollback point is wanted. The words of the command line so far say which
/// inventory, plan and runs are meant; where they say nothing that can be read, nothing is offered.
enum Completions {
    static let yaml = CompletionKind.file(extensions: ["yaml", "yml"])

    static let hosts = CompletionKind.custom { words, _, _ in inventory(words)?.hosts.map(\.name) ?? [] }

    /// After a comma the next of a list.
    static let servers = CompletionKind.custom { words, _, prefix in
        let names = inventory(words)?.servers.keys.sorted().map(\.description) ?? []
        let before = prefix.lastIndex(of: ",").map { prefix[...$0] } ?? ""
        return names.map { before + $0 }
    }

    static let runs = CompletionKind.custom { words, _, _ in
        store(words).list().map(\.run)
    }

    static let steps = CompletionKind.custom { words, _, _ in
        guard let plan = plan(words) else { return [] }
        return (1...max(1, plan.stages.count)).map { "\($0)" } + plan.stages.flatMap(\.steps).map(\.id)
    }

    static let rollbackPoints = CompletionKind.custom { words, _, _ in
        guard let plan = plan(words) else { return [] }
        let points = plan.stages.flatMap(\.steps).flatMap(\.operations).compactMap { operation in
            if case .rollbackPoint(let name) = operation { name } else { nil }
        }
        return ["start"] + points
    }

    // MARK: The words so far

    private static func value(of names: [String], in words: [String]) -> String? {
        for (place, word) in words.enumerated() {
            if names.contains(word), place + 1 < words.count { return words[place + 1] }
            if let name = names.first(where: { $0.hasPrefix("--") && word.hasPrefix("\($0)=") }) {
                return String(word.dropFirst(name.count + 1))
            }
        }
        return nil
    }

    private static func inventory(_ words: [String]) -> Inventory? {
        if let path = value(of: ["-i", "--inventory"], in: words) {
            return try? Files.loader(.current).loadInventory(path)
        }
        return plan(words)?.inventory
    }

    /// The plan that stands in the command line, or that of the run that does.
    private static func plan(_ words: [String]) -> ResolvedPlan? {
        for word in words where word.hasSuffix(".yaml") || word.hasSuffix(".yml") {
            let inventory = value(of: ["-i", "--inventory"], in: words)
            let input = PlanInput(plan: word, inventory: inventory, facts: nil, variables: [:])
            if let plan = try? input.resolve(.current) { return plan }
        }
        for word in words where !word.hasPrefix("-") {
            guard let folder = try? store(words).open(word) else { continue }
            return try? folder.plan(readFile: { try Files.read($0, .current) })
        }
        return nil
    }

    private static func store(_ words: [String]) -> RunStore {
        RunStore(directory: OperatorEnvironment.current.stateDirectory(value(of: ["--state"], in: words)))
    }
}
