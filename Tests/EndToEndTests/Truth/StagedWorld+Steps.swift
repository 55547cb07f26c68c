import EnsembleModel
import Foundation
import Lab
import PlanLanguage
import Testing

/// Carrying the plan's own steps out.
extension StagedWorld {
    /// How long anything may take that is expected to happen; a server that looks for a leader asks the others at most 60 s apart.
    static let limit = Duration.seconds(70)

    /// Steps of the plan by their ids, in this order, each with its own waiting.
    func perform(_ ids: String...) async throws {
        for id in ids {
            let step = try #require(plan.stages.flatMap(\.steps).first { $0.id == id }, "no step \(id)")
            try await perform(step) { _ in }
        }
    }

    /// All steps; `between` is called before each operation.
    func performAll(_ between: (PlanLanguage.Operation) async throws -> Void) async throws {
        for step in plan.stages.flatMap(\.steps) { try await perform(step, between) }
    }

    private func perform(
        _ step: ResolvedStep, _ between: (PlanLanguage.Operation) async throws -> Void
    ) async throws {
        switch step.body {
        case .operations(let groups):
            for operation in groups.joined() {
                try await between(operation)
                try await perform(operation)
            }
        case .rolling(let rolling):
            var left = rolling.servers
            while !left.isEmpty {
                let leader = rolling.order == .leaderLast ? await self.leader(among: left) : nil
                let next = left.first { $0 != leader } ?? left[0]
                left.removeAll { $0 == next }
                for inner in rolling.steps[next] ?? [] { try await perform(inner, between) }
            }
        }
    }

    private func perform(_ operation: PlanLanguage.Operation) async throws {
        switch operation {
        case .stop(let name, _): try await lab.stop(server(name))
        case .start(let name, let settle, _):
            try await lab.start(server(name))
            if settle == .serving { try await joins(server(name)) }
        case .setMyid(let name, let id):
            let target = try server(name)
            try target.write("\(id)\n", to: "\(target.dataDir)/myid")
        case .editFile(.config(let name), let edit):
            let target = try server(name)
            try target.write(try edit.applied(to: target.config(), isConfig: true), to: target.configPath)
        case .clearData(let name): try server(name).clear()
        case .copyData(let from, let to): try server(from).copyData(to: server(to))
        case .require(let conditions), .wait(let conditions, _):
            for condition in conditions { try await hold(condition) }
        case .rollbackPoint, .confirm: break
        default: Issue.record("\(operation) is not among what a staged world can do")
        }
    }

    private func hold(_ condition: Condition) async throws {
        let holds = await waitUntil(limit: Self.limit, every: .milliseconds(20)) {
            switch condition.kind {
            case .leader(let candidates): await leader(among: candidates) != nil
            case .serving(let names): await allServe(names)
            case .syncedFollowers(let test, let names):
                await modes(of: names ?? []).count { $0 == .follower } >= Int(test.value)
            case .writable(let names): await allWrite(names)
            default: false
            }
        }
        try #require(holds, "\(condition.kind) does not come to hold")
    }

    func leader(among names: [ServerName]) async -> ServerName? {
        for name in names {
            if let server = try? server(name), await lab.ask(server)?.mode == .leader { return name }
        }
        return nil
    }

    private func modes(of names: [ServerName]) async -> [Mode?] {
        var modes: [Mode?] = []
        for name in names { modes.append(try? await lab.ask(server(name))?.mode) }
        return modes
    }

    private func allServe(_ names: [ServerName]) async -> Bool {
        await modes(of: names).allSatisfy { $0?.serves == true }
    }

    private func allWrite(_ names: [ServerName]) async -> Bool {
        for name in names {
            guard let server = try? server(name), await write("/probe", through: server) else { return false }
        }
        return true
    }
}
