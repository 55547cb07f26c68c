import EnsembleModel
import Lab
import Testing

/// Transactions that were committed and are gone.
extension Truth.HazardTests {
    static let dataLoss = [
        Story("empty-pair-elects-first") { world in
            try await world.perform("1.1")
            try await world.serve("zk2", "zk3")
            try await world.perform("1.2")
            try await everythingIsGone(world, through: "zk1", "zk2", "zk3")
        },
        Story("started-side-by-side") { world in
            // Side by side means any order: zk1 is the slowest.
            try await world.start("zk2", "zk3")
            try await world.serve("zk2", "zk3")
            try await world.start("zk1")
            try await everythingIsGone(world, through: "zk1", "zk2", "zk3")
        },
        Story("cleared-one-by-one") { world in
            try await world.perform("1.1", "1.2", "1.3")
            // Slow to start: the plan does not wait for zk1, and goes on with zk2.
            try await world.pause("zk1")
            try await world.perform("2.1", "2.2")
            try await world.pause("zk3")
            try await world.perform("2.3")
            try world.resume("zk1")
            try await world.serve("zk1", "zk2")
            try world.resume("zk3")
            try await everythingIsGone(world, through: "zk1", "zk2", "zk3")
        },
        Story("unlisted-follower-counts") { world in
            try await world.perform("1.1", "1.2", "1.3")
            try await world.silence("zk1", "zk2", leader: "zk3")
            try await world.acknowledges("/acknowledged", through: "zk3")
            try await world.expect(["zk3": .leader])
            try await world.kill("zk3")
            try world.resume("zk1", "zk2")
            try await world.serve("zk1", "zk2")
            try await world.start("zk3")
            try await world.serve("zk1", "zk2", "zk3")
            for name in ["zk1", "zk2", "zk3"] { #expect(try await !world.has("/acknowledged", through: name)) }
        },
    ]

    private static func everythingIsGone(_ world: StagedWorld, through names: String...) async throws {
        for name in names {
            try await world.joins(world.server(name))
            // One that goes on after a pause still shows what it has until it has heard of the new leader.
            let isGone = await waitUntil(limit: StagedWorld.limit, every: .milliseconds(100)) {
                (try? await world.missing(through: name).count) ?? 0 >= 100
            }
            #expect(isGone, "\(name) still has znodes")
        }
    }
}
