import EnsembleModel
import Foundation
import PlanLanguage
import RemoteHosts
import Testing

@testable import EnsembleAccess
@testable import PlanExecution

/// What a run leaves on the operator's machine: for its owner alone, without secrets, and harmless to look at.
@Suite struct RunFilesTests {
    private static let stages = """
          - name: Change
            steps:
              - edit_config: {servers: [zk1@v1], set: {syncLimit: 8}}
              - run: {hosts: zk1, command: deploy "$TOKEN", environment: {TOKEN: {secret: THE_TOKEN}, REGION: eu}}
        """

    private func applier(_ world: SimulatedWorld, secret: String?) -> Applier {
        var clock = world.clock.world(random: 1)
        clock.secret = { $0 == "THE_TOKEN" ? secret : nil }
        return Applier(
            control: world.ensemble, world: clock, store: RunStore(directory: world.directory),
            options: ApplyOptions(assumeYes: true, watchInterval: nil))
    }

    private func files(_ directory: String) throws -> [(path: String, mode: Int, isFolder: Bool)] {
        try (FileManager.default.subpaths(atPath: directory) ?? []).map { name in
            let path = directory + "/" + name
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            return (path, attributes[.posixPermissions] as? Int ?? -1, isFolder)
        }
    }

    @Test func everythingIsItsOwnersAlone() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let applier = applier(world, secret: "s3cret-value")
        let result = await applier.apply(try await world.plan(Self.stages), events: { _ in })
        #expect(result.failure == nil)
        let logs = HostLogs(now: { 0 })
        logs.attach(try applier.store.open(result.run))
        logs.recorder(Self.record("fine"))
        let kept = try files(world.directory)
        #expect(kept.contains { $0.path.hasSuffix("journal.jsonl") } && kept.contains { $0.path.hasSuffix("zk1.log") })
        for file in kept {
            #expect(file.mode == (file.isFolder ? 0o700 : 0o600), "\(file.path): \(String(file.mode, radix: 8))")
        }
    }

    @Test func aSecretIsInNoFile() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        let result = await applier(world, secret: "s3cret-value").apply(plan, events: { _ in })
        #expect(result.failure == nil)
        let given = try #require(await world.ensemble.environments.last)
        #expect(given.secrets == ["TOKEN": "s3cret-value"] && given.environment == ["REGION": "eu"])
        for file in try files(world.directory) where !file.isFolder {
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file.path)), as: UTF8.self)
            #expect(!text.contains("s3cret"), "\(file.path)")
        }
    }

    @Test func aSecretThatIsNotAtHandStopsBeforeAnything() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(Self.stages)
        do throws(ExecutionError) {
            try applier(world, secret: nil).checkSecrets(plan)
            Issue.record("the secret was not missed")
        } catch {
            #expect(error.exitCode == 3 && error.nothingChanged)
            #expect(error.description.contains("THE_TOKEN"))
        }
        try applier(world, secret: "x").checkSecrets(plan)
        // Taken away in the middle, it stops the run, which can go on.
        let failed = await applier(world, secret: nil).apply(plan, events: { _ in })
        #expect(failed.failure?.code == .preconditionFailed && failed.exitCode == 1)
        let applier = applier(world, secret: "s3cret-value")
        let folder = try applier.store.open(failed.run)
        let refused = await self.applier(world, secret: nil).resume(folder, plan, events: { _ in })
        #expect(refused.failure?.code == .preconditionFailed && refused.exitCode == 3)
        let result = await applier.resume(folder, plan, events: { _ in })
        #expect(result.failure == nil)
    }

    /// Neither does going back undo it, nor does it need its secret.
    @Test func aCommandThatNeverRanIsNotUndone() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: Change
                steps:
                  - edit_config: {servers: [zk1@v1], set: {syncLimit: 8}}
                  - run: {hosts: zk1, command: deploy, undo: undeploy, environment: {TOKEN: {secret: THE_TOKEN}}}
            """)
        let poor = applier(world, secret: nil)
        let failed = await poor.apply(plan, events: { _ in })
        #expect(failed.failure?.code == .preconditionFailed)
        let result = await poor.rollback(
            try poor.store.open(failed.run), plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(result.outcome == .rolledBack)
        #expect(await world.ensemble.commandsRun.isEmpty)
    }

    @Test func aSecretThatGoingBackNeedsIsMissedBeforeAnythingIsUndone() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let plan = try await world.plan(
            """
              - name: Change
                steps:
                  - run: {hosts: zk1, command: deploy, undo: undeploy, environment: {TOKEN: {secret: THE_TOKEN}}}
                  - edit_config: {servers: [zk1@v1], set: {syncLimit: 8}}
            """)
        let rich = applier(world, secret: "x")
        let done = await rich.apply(plan, events: { _ in })
        let folder = try rich.store.open(done.run)
        let before = await world.ensemble.changeNames
        let refused = await applier(world, secret: nil).rollback(
            folder, plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(refused.exitCode == 3 && refused.failure?.message.contains("THE_TOKEN") == true)
        #expect(await world.ensemble.changeNames == before)
        let result = await rich.rollback(folder, plan, to: "start", acceptLostWrites: false, events: { _ in })
        #expect(result.outcome == .rolledBack)
        #expect(await world.ensemble.commandsRun == ["deploy", "undeploy"])
    }

    private static func record(_ output: String) -> CommandRecord {
        CommandRecord(
            host: "zk1", server: nil, name: "check", isLook: true, arguments: ["\u{1b}[2J"], end: .exited(0),
            output: output,
            errors: output, took: .seconds(1))
    }

    private func endedRun(_ world: SimulatedWorld) async throws -> RunFolder {
        let applier = applier(world, secret: "x")
        let result = await applier.apply(try await world.plan(Self.stages), events: { _ in })
        return try applier.store.open(result.run)
    }

    /// `cat`, `less -R` and `tail -f` on a log: what the host printed steers nothing.
    @Test func logsSteerNoTerminal() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let folder = try await endedRun(world)
        let logs = HostLogs(now: { 0 })
        logs.recorder(Self.record("early\u{1b}]0;owned\u{7}\nnext"))
        logs.attach(folder)
        logs.recorder(Self.record("late\u{9b}2J\u{8}\r\n\u{202e}next"))
        let text = try String(contentsOfFile: folder.logDirectory + "/zk1.log", encoding: .utf8)
        #expect(text.contains("early\\x1b]0;owned\\x07") && text.contains("late\\x9b2J"))
        #expect(!text.unicodeScalars.contains { $0.steers && $0 != "\n" })
    }

    /// A host's name and what it prints choose no file: logs lie in the run's folder.
    /// A host that prints without end fills neither the operator's memory before the run nor the disk on which the journal is.
    @Test func logsHaveBounds() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let folder = try await endedRun(world)
        let logs = HostLogs(now: { 0 })
        let long = Self.record(String(repeating: "0123456789abcdef\n", count: 100_000))
        for _ in 0..<300 { logs.recorder(long) }
        logs.attach(folder)
        let path = folder.logDirectory + "/zk1.log"
        func size() throws -> Int {
            try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        }
        let early = try size()
        #expect(early > 1 << 20 && early < 18 << 20)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("… and 1634464 bytes more"))
        for _ in 0..<2200 { logs.recorder(long) }
        #expect(try size() < 258 << 20)
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        try handle.seek(toOffset: UInt64(try size() - 100))
        let end = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        #expect(end.hasSuffix("what came after this was too much to be kept\n"))
    }

    @Test func aHostsNameLeadsNowhere() async throws {
        let world = try await SimulatedWorld(hosts: 3, running: 3)
        defer { world.remove() }
        let folder = try await endedRun(world)
        let logs = HostLogs(now: { 0 })
        logs.attach(folder)
        for name in ["../../escaped", "/tmp/zkops-escaped", "..", "a/../../b"] {
            var record = Self.record("x")
            record.host = name
            logs.recorder(record)
        }
        let all = try files(world.directory).map(\.path).filter { $0.hasSuffix(".log") }
        #expect(all.count == 4)
        #expect(all.allSatisfy { ($0 as NSString).deletingLastPathComponent == folder.logDirectory })
        #expect(!FileManager.default.fileExists(atPath: "/tmp/zkops-escaped.log"))
    }
}
