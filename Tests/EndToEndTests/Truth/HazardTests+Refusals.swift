import EnsembleModel
import Lab
import Testing

/// Servers that end as they start, or get in each other's way.
extension Truth.HazardTests {
    static let refusals = [
        Story("both-versions-on-one-host") { world in
            try await world.perform("1.1", "1.2")
            try await world.ends("zk1@v3.9.3")
            try await world.says("zk1@v3.9.3", "Address already in use")
            try await world.expect(["zk1@v3.8.0": .follower])
        },
        Story("no-snapshot") { world in
            try await world.stop("zk1@v3.4.14")
            try world.server("zk1@v3.4.14").removeSnapshots()
            try world.server("zk1@v3.4.14").copyData(to: world.server("zk1@v3.8.0"))
            try await world.start("zk1@v3.8.0")
            try await world.ends("zk1@v3.8.0")
            try await world.says("zk1@v3.8.0", "No snapshot found, but there are log entries")
        },
        Story("myid-used-twice") { world in
            let before = try world.said("zk2", "Connection broken for id 3")
            try await world.perform("1.1", "1.2", "1.3")
            let broken = await waitUntil(limit: StagedWorld.limit, every: .milliseconds(50)) {
                (try? world.said("zk2", "Connection broken for id 3")) ?? 0 > before
            }
            #expect(broken, "zk2 keeps its connection with zk3")
            // zk1 and zk2 say that 3 leads, and zk4 takes that for itself.
            try await world.says("zk4", "LEADING - LEADER ELECTION TOOK")
            try await world.expect(["zk3": .leader, "zk4": .looking])
        },
    ]
}
