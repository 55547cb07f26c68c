import EnsembleAccess
import EnsembleModel
import Foundation
import Lab
import PlanLanguage
import TestSupport
import Testing

/// The world of a hazard example's facts, on real servers: what the facts say runs, runs, with znodes in it. The steps of the
/// example's plan are carried out on it one at a time, by files and scripts and without SSH, in the order and at the speed that a test wants.
struct StagedWorld: Sendable {
    let lab: Lab
    let plan: ResolvedPlan
    /// Every znode at the beginning.
    let before: TreeSnapshot

    /// Raises the world, runs `body`, and takes the world down whatever happens.
    static func run(
        _ example: String, _ plan: String, _ body: (StagedWorld) async throws -> Void
    ) async throws {
        let example = try HazardExample.named(example)
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("zkops-truth-\(example.name)-\(plan)-\(getpid())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let facts = try #require(try example.load(plan).facts)
        let world = StagedFacts(facts, inventory: try example.load(plan).inventory)
        let name = "truth-\(example.name)-\(plan)"
        let surroundings = LabSurroundings(environment: ProcessInfo.processInfo.environment)
        let lab = try await Lab.up(try world.topology(name), in: "\(path)/lab", surroundings)
        do {
            try await lab.createZnodes(100)
            let before = try await lab.readTree()
            try await world.settle(lab)
            // The facts again, with the lab's addresses in the place of the example's.
            let text = try example.factsText(plan).replacing("192.0.2.", with: "127.0.\(lab.subnet).")
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/facts.yaml"))
            let resolved = try example.load(
                plan, inventory: "\(lab.directory)/inventory.yaml", facts: "\(path)/facts.yaml")
            try await body(StagedWorld(lab: lab, plan: resolved, before: before))
            try await lab.down()
        } catch {
            try? await lab.down()
            throw error
        }
    }

    func server(_ name: ServerName) throws -> LabServer { try lab.server(name.description) }

    /// `zk1` is the server of zk1 that runs, else its first installation; `zk1@v3.8.0` is that one.
    func server(_ name: String) throws -> LabServer { try lab.server(name) }

    func servers(_ names: [String]) throws -> [LabServer] { try names.map(server) }

    var running: [LabServer] { lab.servers.filter { $0.process() != nil } }
}

extension HazardExample {
    /// The text of the facts that a plan names.
    func factsText(_ plan: String) throws -> String {
        let text = try String(contentsOf: file("\(plan).yaml"), encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("facts: ") })
        return try String(contentsOf: file(String(line.dropFirst("facts: ".count))), encoding: .utf8)
    }
}
