import EnsembleModel
import Foundation
import PlanLanguage
import PlanVerification
import Testing

@testable import PlanExecution

/// A run goes on with what it began with, whatever became of the files since, and whatever a later version thinks of them.
@Suite struct RunFolderTests {
    /// Stops two of three servers, which verification refuses, and puts a file.
    static let stages = """
          - name: one
            steps:
              - edit_config: {servers: zk1@v1, set: {tickTime: 1000}}
              - put_file: {servers: zk1@v1, path: conf/java.env, source: java.env}
              - stop: [zk1@v1, zk2@v1]
        """

    private struct Files {
        let world: SimulatedWorld
        var plan: String { world.directory + "/plan.yaml" }
        var source: String { world.directory + "/java.env" }

        init(_ world: SimulatedWorld, source bytes: Data) throws {
            self.world = world
            try FileManager.default.createDirectory(atPath: world.directory, withIntermediateDirectories: true)
            try Data("version: 1\nname: test\nsummary: a test\ninventory: inventory.yaml\nstages:\n\(stages)\n".utf8)
                .write(to: URL(fileURLWithPath: plan))
            try Data(world.inventoryText.utf8).write(to: URL(fileURLWithPath: world.directory + "/inventory.yaml"))
            try bytes.write(to: URL(fileURLWithPath: source))
        }

        /// The folder of a run that ended after its first step.
        func begun() async throws -> RunFolder {
            let facts = await world.ensemble.facts(files: ["conf/java.env"])
            let plan = try PlanLoader(readFile: Applier.readFile).load(plan: plan, facts: facts)
            var options = ApplyOptions(assumeYes: true)
            options.until = "1.1"
            let applier = world.applier(options)
            let paused = await applier.apply(plan, events: { _ in })
            try #require(paused.outcome == .stopped)
            return try applier.store.open(paused.run)
        }
    }

    @Test func aRunGoesOnWithWhatItBeganWith() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let files = try Files(world, source: Data("# as reviewed\n".utf8))
        let folder = try await files.begun()
        try Data("# changed since\n".utf8).write(to: URL(fileURLWithPath: files.source))
        try FileManager.default.removeItem(atPath: files.plan)
        let plan = try folder.plan(readFile: Applier.readFile)
        guard case .unsafe = Verifier.verify(plan) else {
            Issue.record("a plan that is verified shows nothing here")
            return
        }
        let puts = plan.everyStep.flatMap { step -> [PutContent] in
            guard case .operations(let groups) = step.body else { return [] }
            return groups.joined().compactMap { operation in
                guard case .putFile(_, let content, _) = operation else { return nil }
                return content
            }
        }
        #expect(puts == [.text("# as reviewed\n")])
    }

    @Test func aFileTooLargeToKeepMustBeTheSame() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let files = try Files(world, source: Data([0, 1, 2]))
        let folder = try await files.begun()
        #expect(try folder.plan(readFile: Applier.readFile).files.map(\.path) == [files.source])
        try Data([0, 1, 3]).write(to: URL(fileURLWithPath: files.source))
        let result = await world.applier().resume(folder, events: { _ in })
        #expect(result.exitCode == 2)
        #expect(result.failure?.message.contains("\(files.source) is not the one") == true)
        #expect(result.failure?.remedy == "Put that file back.")
    }

    /// What it was verified as is what it goes on with.
    @Test(arguments: ["plan.yaml", "inventory.yaml", "facts.yaml"])
    func whatWasChangedInTheFolderIsNotCarriedOut(name: String) async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let folder = try await Files(world, source: Data("# as reviewed\n".utf8)).begun()
        let place = URL(fileURLWithPath: "\(folder.path)/\(name)")
        let text = try Data(contentsOf: place)
        try (text + Data("# by hand\n".utf8)).write(to: place)
        let changed = await world.applier().resume(folder, events: { _ in })
        #expect(changed.exitCode == 2)
        #expect(changed.failure?.message.contains("\(name) was changed since the run began") == true)
        try FileManager.default.removeItem(at: place)
        let missing = await world.applier().resume(folder, events: { _ in })
        #expect(missing.failure?.message.contains("\(name) can't be read") == true)
        try text.write(to: place)
        #expect(throws: Never.self) { try folder.plan(readFile: Applier.readFile) }
    }

    /// Versions that kept no sums began runs that still can be finished.
    @Test func aFolderWithoutSumsIsStillOpened() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let folder = try await Files(world, source: Data("# as reviewed\n".utf8)).begun()
        let place = URL(fileURLWithPath: folder.path + "/run.json")
        var manifest = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
        #expect((manifest.removeValue(forKey: "sums") as? [String: String])?.count == 3)
        try JSONSerialization.data(withJSONObject: manifest).write(to: place)
        let older = try RunFolder(path: folder.path)
        #expect(try older.plan(readFile: Applier.readFile).digest == folder.plan(readFile: Applier.readFile).digest)
    }
}
