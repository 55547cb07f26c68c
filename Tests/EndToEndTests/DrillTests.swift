import Foundation
import TestSupport
import Testing

/// Drills and canaries on real servers. The longer drills of examples/drills run by `make drills`.
@Suite(.serialized) struct DrillTests {
    private struct Results: Decodable {
        struct Drill: Decodable {
            struct Expectation: Decodable {
                var what: String
                var found: String
                var met: Bool
            }

            struct Attempt: Decodable {
                var command: String
                var exitCode: Int
            }

            var passed: Bool
            var run: String
            var folder: String
            var expectations: [Expectation]
            var attempts: [Attempt]
        }

        var drills: [Drill]
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    private static var operatorLost: URL {
        Repository.examples.appendingPathComponent("drills/operator-lost.yaml")
    }

    @Test func anOperatorWhoDiesTwiceEndsTheRunAllTheSame() throws {
        let place = try Place()
        defer { place.remove() }
        let junit = place.path("drills.xml")
        let outcome = try place.zkops.run(
            ["drill", "run", Self.operatorLost.path, "--seed", "3", "--format", "json", "--junit", junit])
        try #require(outcome.code == 0, "\(outcome.all)")
        let drill = try #require(try Self.decoder.decode(Results.self, from: Data(outcome.output.utf8)).drills.first)
        #expect(drill.passed && drill.expectations.count >= 6)
        #expect(drill.attempts.map(\.exitCode) == [137, 137, 0])
        #expect(drill.attempts.map(\.command) == ["plan apply", "run resume", "run resume"])
        let page = try String(contentsOfFile: drill.folder + "/report.html", encoding: .utf8)
        #expect(
            page.contains("<h2>Drill</h2>") && page.contains("the operator is killed") && page.contains("no writes"))
        let xml = try String(contentsOfFile: junit, encoding: .utf8)
        #expect(xml.contains(#"tests="1" failures="0""#) && xml.contains("operator-lost, seed 3"))
        #expect(!FileManager.default.fileExists(atPath: drill.folder + "/lab"), "the lab is still there")
    }

    /// What was expected and did not happen, and a fault whose moment never came, are told; and the exit code is 5.
    @Test func whatIsNotMetIsToldAndEndsWith5() throws {
        let place = try Place()
        defer { place.remove() }
        let plan = Repository.plans.appendingPathComponent("rolling-restart.yaml").path
        let file = place.path("drill.yaml")
        func drill(_ moment: String) throws {
            try """
            version: 1
            drill: unmet
            world: {lab: {version: 3.8.0, hosts: 3, tick_time: 500}}
            plan: \(plan)
            faults: [{break: kill, server: zk1, \(moment)}]
            expect: {elections: ">= 50"}
            """.write(toFile: file, atomically: true, encoding: .utf8)
        }
        try drill("after: '9.9'")
        let refused = try place.zkops.run(["drill", "run", file])
        #expect(
            refused.code == 1 && refused.errors.contains("drill.yaml:5:10: the plan has no step 9.9"), "\(refused.all)")

        try drill("when: {synced_followers: 9}")
        let outcome = try place.zkops.run(["drill", "run", file, "--format", "json"])
        #expect(outcome.code == 5, "\(outcome.all)")
        let drill = try #require(try Self.decoder.decode(Results.self, from: Data(outcome.output.utf8)).drills.first)
        #expect(drill.expectations.filter { !$0.met }.map(\.what) == ["elections", "every fault happens"])
        #expect(drill.expectations.contains { $0.found == "kill at line 5: its moment never came" })
    }

    @Test func nothingIsBrokenThatIsNotForStaging() throws {
        let place = try Place()
        defer { place.remove() }
        let inventory =
            "version: 1\nensemble: prod\ninstallations: {v: {home: /opt/v}}\nhosts: {zk1: {address: 127.0.0.9}}\n"
        try Data(inventory.utf8).write(to: URL(fileURLWithPath: place.path("inventory.yaml")))
        try Data("{}".utf8).write(to: URL(fileURLWithPath: place.path("plan.yaml")))
        try Data("version: 1\ndrill: d\nworld: {staging: inventory.yaml}\nplan: plan.yaml\n".utf8)
            .write(to: URL(fileURLWithPath: place.path("drill.yaml")))
        let outcome = try place.zkops.run(["drill", "run", place.path("drill.yaml")])
        #expect(outcome.code == 1 && outcome.errors.contains("does not say `allow: staging`"), "\(outcome.all)")
    }

    /// There servers are killed and started over SSH, and clients come through it too.
    @Test func aStagingEnsembleIsBrokenOverSSH() throws {
        try withLab("staging", ["-n", "3", "--version", "3.8.0", "--tick-time", "500"]) { lab in
            let inventory = lab.folder.appendingPathComponent("staging.yaml")
            try ("allow: staging\n" + String(contentsOfFile: lab.inventory, encoding: .utf8))
                .write(to: inventory, atomically: true, encoding: .utf8)
            let refused = "would be one of 2 servers down at once, and max_unavailable is 1: server."
            // The leader dies when a follower is about to be stopped: nothing was changed yet.
            let leaderless = try drill(
                lab,
                """
                  - {break: kill, server: leader, before: "2.1[zk1@v3.8.0].1", for: 2s}
                  - {break: pause, server: zk1, after: "2.1[zk1@v3.8.0].1", for: 1s}
                """)
            #expect(leaderless.attempts.map(\.command) == ["plan apply", "run resume"])
            #expect(leaderless.attempts.map(\.exitCode) == [3, 0])
            #expect(try said(leaderless).contains("zk1@v3.8.0 \(refused)"))
            // A follower dies when it has just come back.
            let shortLived = try drill(
                lab, "  - {break: kill, server: zk1, after: \"2.1[zk1@v3.8.0].1\", for: 2s}")
            #expect(shortLived.attempts.map(\.exitCode) == [1, 0])
            #expect(try said(shortLived).contains("\(refused)1 "))
        }
    }

    private func said(_ drill: Results.Drill) throws -> String {
        try String(contentsOfFile: drill.folder + "/operator.log", encoding: .utf8)
    }

    /// A rolling restart of a staging ensemble, resumed when it fails.
    private func drill(_ lab: TestLab, _ faults: String) throws -> Results.Drill {
        let file = lab.folder.appendingPathComponent("drill.yaml")
        try Data(
            """
            version: 1
            drill: staging
            world: {staging: staging.yaml}
            plan: \(TestLab.plan("rolling-restart"))
            faults:
            \(faults)
            when_it_fails: resume
            expect: {state: {synced_followers: 2}}
            """.utf8
        ).write(to: file)
        let outcome = try lab.zkops.run(["drill", "run", file.path, "--format", "json"])
        try #require(outcome.code == 0, "\(outcome.all)")
        return try #require(try Self.decoder.decode(Results.self, from: Data(outcome.output.utf8)).drills.first)
    }

    // MARK: Canaries

    @Test func aCanaryTellsWhatClientsWentThrough() throws {
        struct Report: Decodable {
            struct Clients: Decodable {
                var writes: Int
                var lostWrites: Int
                var longestOutageOfOneS: Double
            }

            var run: String
            var clients: [Clients]
        }
        try withLab("canary", ["-n", "3", "--version", "3.8.0", "--tick-time", "500"]) { lab in
            let before = try lab.tree("before")
            let state = lab.folder.appendingPathComponent("state/zkops").path
            let plan = TestLab.plan("rolling-restart")
            try lab.captureFacts(for: plan)
            let applied = try lab.zkops.run(
                ["plan", "apply", plan, "-i", lab.inventory, "--facts", lab.facts, "--yes", "--canary"])
            try #require(applied.code == 0, "\(applied.all)")
            #expect(applied.errors.contains("acknowledged writes, 0 of them gone"), "\(applied.all)")
            let run = try #require(try FileManager.default.contentsOfDirectory(atPath: state + "/runs").first)
            let told = try lab.zkops.expect(0, "run", "report", run, "--format", "json")
            let clients = try #require(try Self.decoder.decode(Report.self, from: Data(told.output.utf8)).clients.first)
            // While servers restart, each client has to find another one at least once.
            #expect(clients.writes > 10 && clients.lostWrites == 0 && clients.longestOutageOfOneS > 0.1)
            try lab.expectSameTree(as: before)
        }
    }

    private struct Place {
        let folder: URL
        let zkops: ZkopsBinary

        init() throws {
            let name = "zkops-drill-\(UUID().uuidString.prefix(8))"
            folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            zkops = ZkopsBinary(environment: ["XDG_STATE_HOME": folder.appendingPathComponent("state").path])
        }

        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        func remove() { try? FileManager.default.removeItem(at: folder) }
    }
}
