import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import PlanLanguage

/// A plan with every verb, key and condition, resolved and told again in full.
@Suite struct CompletePlanTests {
    let loader = Inputs.fixtures("complete")

    @Test func everyVerbAndCondition() throws {
        let plan = try load()
        try expectGolden(Self.dump(plan), "PlanLanguage/complete/plan.txt")
        let used = Set(plan.allSteps.map(\.verb))
        #expect(used == Set(StepKinds.verbs))
        let keys = Set(plan.allSteps.flatMap(\.operations).flatMap(conditions).map(\.kindKey))
        #expect(keys == Set(ConditionKind.all.map(\.key)))
    }

    @Test func inventory() throws {
        try expectGolden(Self.dump(loader.loadInventory("inventory.yaml")), "PlanLanguage/complete/inventory.txt")
    }

    @Test func facts() throws {
        let facts = try loader.loadFacts("facts.yaml")
        try expectGolden(facts.yaml(ensemble: "codis"), "PlanLanguage/complete/facts.yaml")
    }

    @Test func theExamplesOfTheReferenceCanBeRead() throws {
        let facts = try loader.loadFacts("facts.yaml")
        for kind in StepKinds.all {
            let steps = kind.documentation.example.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
            let text =
                "version: 1\nname: n\ninventory: inventory.yaml\nstages:\n  - name: s\n    steps:\n\(steps)\n"
            let loader = PlanLoader { path in
                switch path {
                case "plan.yaml": Array(text.utf8)
                case "inventory.yaml": Array(Self.wideInventory.utf8)
                default: throw Inputs.Missing()
                }
            }
            do {
                _ = try loader.load(plan: "plan.yaml", facts: facts)
            } catch {
                // The example's archive is not there; all else must be right.
                #expect(kind.verb == "install" && error.diagnostics.count == 1, "\(kind.verb): \(error.rendered)")
            }
        }
    }

    @Test func theExamplesOfConditionsCanBeRead() throws {
        for kind in ConditionKind.all {
            let text =
                "version: 1\nname: n\ninventory: inventory.yaml\nstages: [{name: s, steps: [{require: [\(kind.example)]}]}]\n"
            let loader = PlanLoader { Array(($0 == "plan.yaml" ? text : Self.wideInventory).utf8) }
            _ = try loader.load(plan: "plan.yaml")
        }
    }

    private static let wideInventory = """
        version: 1
        ensemble: codis
        installations: {v3.4.6: {home: /a}, v3.4.14: {home: /b}, v3.6.3: {home: /c}}
        hosts: {zk1: {address: a}, zk2: {address: g}, zk3: {address: h}, zk6: {address: b}, zk7: {address: c}, zk8: {address: d}, zk9: {address: e}, zk10: {address: f}}
        """

    private func load() throws -> ResolvedPlan { try loader.load(plan: "plan.yaml") }

    private func conditions(_ operation: PlanLanguage.Operation) -> [Condition] {
        switch operation {
        case .require(let conditions), .wait(let conditions, _): conditions
        default: []
        }
    }

    static func dump(_ plan: ResolvedPlan) -> String {
        var lines = ["\(plan.name): \(plan.summary)", "settings \(plan.settings)", "touched \(plan.serversTouched)"]
        lines += ["named \(plan.serversNamed)", "hosts \(plan.hostsTouched)", ""]
        lines += plan.acknowledgements.map {
            "\($0.hazard) stage \($0.stage ?? "-") step \($0.step ?? "-"): \($0.because)"
        }
        for stage in plan.stages {
            lines += ["", "# \(stage.name)"]
            for step in stage.steps { lines += dump(step) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func dump(_ step: ResolvedStep) -> [String] {
        var lines = ["\(step.id) \(step.verb): \(step.title) [\(step.compensation)] line \(step.range?.line ?? 0)"]
        if let onFailure = step.onFailure { lines.append("  on failure \(onFailure)") }
        switch step.body {
        case .operations(let groups):
            for group in groups {
                lines.append("  group")
                lines += group.map { "    \($0.summary)\(detail($0))" }
            }
        case .rolling(let rolling):
            lines.append("  order \(rolling.order.rawValue): \(rolling.servers)")
            for server in rolling.servers { lines += (rolling.steps[server] ?? []).flatMap(dump).map { "  " + $0 } }
        }
        return lines
    }

    private static func detail(_ operation: PlanLanguage.Operation) -> String {
        switch operation {
        case .require(let conditions): conditions.map { "\n      \($0)" }.joined()
        case .stop(_, let limit): " (\(limit.inWords))"
        case .start(_, let settle, let limit): " (\(settle), \(limit.inWords))"
        case .editFile(_, let edit):
            (edit.members ?? [:]).sorted { $0.key < $1.key }.map { "\n      server.\($0)=\($1.text)" }.joined()
                + "\n      \(edit.dropped) \(edit.append)"
        case .putFile(_, let content, let mode): " \(content) \(String(describing: mode))"
        case .install(_, _, let sum): " \(sum)"
        case .command(let command) where command.title.hasPrefix("sysctl"): " \(command.arguments)"
        case .command(let command): " \(command)"
        default: ""
        }
    }

    private static func dump(_ inventory: Inventory) -> String {
        var lines = [inventory.ensemble]
        for host in inventory.hosts { lines.append("\(host.name) \(host.address) \(host.quorumAddress) \(host.ssh)") }
        for (name, place) in inventory.servers.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "\(name) \(place.address) \(place.quorumAddress) \(place.home) \(place.configPath) \(place.service)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Condition {
    fileprivate var kindKey: String {
        switch kind {
        case .mode: "mode"
        case .running: "running"
        case .leader: "leader"
        case .syncedFollowers: "synced_followers"
        case .serving: "serving"
        case .zxid: "zxid"
        case .version: "version"
        case .reachable: "reachable"
        case .znode: "znode"
        case .writable: "writable"
        case .lostWrites: "lost_writes"
        case .stable: "stable_for"
        case .command: "command"
        }
    }
}
