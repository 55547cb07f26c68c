import EnsembleModel
import Foundation
import Lab
import PlanLanguage
import TestSupport
import Testing

extension Truth {
    /// The fixed twins of `examples/hazards/` on real servers, while clients write and a server crashes and comes back: every znode
    /// and every acknowledged write is there at the end, on every server.
    @Suite struct FixedTwinTests {
        struct Schedule: Sendable, CustomTestStringConvertible {
            var example: String
            var seed: UInt64
            /// Whether one server crashes at a point of the seed's choice. Without: what is fragile from its beginning.
            var crashes = true

            var testDescription: String { "\(example), seed \(seed)" }
        }

        /// Twins that are the same plan on the same world stand here once.
        static let schedules = [
            Schedule(example: "empty-pair-elects-first", seed: 1),
            Schedule(example: "empty-pair-elects-first", seed: 2),
            Schedule(example: "cleared-one-by-one", seed: 3),
            Schedule(example: "unlisted-follower-counts", seed: 4),
            Schedule(example: "two-at-once", seed: 5, crashes: false),
            Schedule(example: "old-ensemble-still-serves", seed: 6),
            Schedule(example: "leaver-still-leads", seed: 7),
            Schedule(example: "grow-with-one-down", seed: 8, crashes: false),
            Schedule(example: "joiner-not-named", seed: 9, crashes: false),
            Schedule(example: "deaf-follower", seed: 10, crashes: false),
            Schedule(example: "deaf-leader", seed: 11, crashes: false),
            Schedule(example: "both-versions-on-one-host", seed: 12),
            Schedule(example: "no-snapshot", seed: 13),
            Schedule(example: "two-down-for-maintenance", seed: 14),
            Schedule(example: "two-restarted-together", seed: 15),
            Schedule(example: "no-way-back", seed: 16, crashes: false),
        ]

        static let sameTwins = [
            "started-side-by-side": "empty-pair-elects-first", "larger-list-first": "unlisted-follower-counts",
            "myid-used-twice": "unlisted-follower-counts", "copied-before-the-stop": "old-ensemble-still-serves",
        ]

        @Test(arguments: schedules) func nothingIsLost(_ schedule: Schedule) async throws {
            try await StagedWorld.run(schedule.example, "fixed") { world in
                var random = SeededGenerator(seed: schedule.seed)
                let count = world.operationCount
                let crash = schedule.crashes ? Int.random(in: 1..<count, using: &random) : count
                var acknowledged: [String] = []
                var place = 0
                var up = Set(world.running.map(\.name))
                try await world.performAll { operation in
                    switch operation {
                    case .start(let name, _, _): up.insert(name)
                    case .stop(let name, _): up.remove(name)
                    default: break
                    }
                    if place == crash, let victim = world.running.randomElement(using: &random) {
                        try await world.lab.kill(victim)
                        try await world.lab.start(victim)
                    }
                    if let path = try await world.writeSomewhere("/write-\(place)", &random) {
                        acknowledged.append(path)
                    }
                    place += 1
                }
                let servers = try up.sorted().map { try world.server($0) }
                try await world.lab.waitUntilServing(servers, limit: StagedWorld.limit)
                #expect(!acknowledged.isEmpty)
                for server in servers {
                    let name = server.name.description
                    #expect(try await world.missing(through: name) == [], "\(name)")
                    for path in acknowledged { #expect(try await world.has(path, through: name), "\(name)") }
                }
            }
        }
    }
}

extension Truth.FixedTwinTests {
    @Test func theLeaderLastNeedsOneElection() async throws {
        try await StagedWorld.run("leader-first", "fixed") { world in
            let before = try await world.epoch()
            try await world.performAll { _ in }
            #expect(try await world.epoch() == before + 1)
            #expect(try await world.missing(through: "zk1") == [])
        }
    }

    /// What is not run because it is the same as another is the same.
    @Test(arguments: sameTwins) func sameTwinsAreTheSame(_ one: String, _ other: String) throws {
        let (one, other) = (try HazardExample.named(one), try HazardExample.named(other))
        func steps(_ example: HazardExample) throws -> Substring {
            let text = try String(contentsOf: example.file("fixed.yaml"), encoding: .utf8)
            return text[try #require(text.range(of: "\nstages:\n")).upperBound...]
        }
        func servers(_ example: HazardExample) throws -> Substring {
            let text = try example.factsText("fixed")
            return text[try #require(text.range(of: "\nservers:\n")).upperBound...]
        }
        #expect(try steps(one) == steps(other))
        #expect(try servers(one) == servers(other))
    }

    @Test func everyTwinIsRun() throws {
        let run = Self.schedules.map(\.example) + Self.sameTwins.keys + ["leader-first"]
        let staged = try HazardExample.all().filter { $0.expectation.realServers != nil }.map(\.name)
        #expect(Set(run).symmetricDifference(staged).sorted() == [])
    }
}

extension StagedWorld {
    /// How many operations the plan has.
    var operationCount: Int {
        func count(_ step: ResolvedStep) -> Int {
            switch step.body {
            case .operations(let groups): groups.joined().count
            case .rolling(let rolling): rolling.steps.values.joined().map(count).reduce(0, +)
            }
        }
        return plan.stages.flatMap(\.steps).map(count).reduce(0, +)
    }

    /// Writes through any server that serves. - Returns: the path, where the write was acknowledged.
    func writeSomewhere(_ path: String, _ random: inout SeededGenerator) async throws -> String? {
        for server in running.shuffled(using: &random) where await lab.ask(server)?.mode.serves == true {
            return await write(path, through: server) ? path : nil
        }
        return nil
    }

    /// The epoch of the leader's last transaction.
    func epoch() async throws -> Int {
        let leader = try await lab.waitUntilServing(running, limit: Self.limit)
        try #require(await write("/probe", through: leader))
        let zxid = try #require(await lab.ask(leader)?.zxid)
        return Int(zxid.rawValue >> 32)
    }
}
