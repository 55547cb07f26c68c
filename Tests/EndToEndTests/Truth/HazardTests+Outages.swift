import EnsembleModel
import Testing

/// Servers that never join, and quorums that are gone.
extension Truth.HazardTests {
    static let outages = [
        Story("larger-list-first") { world in
            try await world.perform("1.1", "1.2", "1.3")
            try await world.restart("zk1")
            try await world.looksInVain("zk1")
            try await world.start("zk4")
            try await world.looksInVain("zk4")
            try await world.expect(["zk1": .looking, "zk3": .leader])
        },
        Story("grow-with-one-down") { world in
            try await world.perform("1.1", "1.2")
            try await world.start("zk4")
            try await world.looksInVain("zk4")
            try await world.expect(["zk2": .follower, "zk3": .leader])
            // Nothing else is wrong with it: it joins when the third is back.
            try await world.start("zk1")
            try await world.serve("zk1", "zk2", "zk3", "zk4")
        },
        Story("leaver-still-leads") { world in
            try await world.perform("1.1")
            try await world.restart("zk1")
            try await world.looksInVain("zk1")
            try await world.expect(["zk5": .leader])
            // Who goes on has an outage at the third restart.
            try await world.restart("zk2")
            try await world.stop("zk3")
            try await world.servesNoMore("zk5")

        },
        Story("joiner-not-named") { world in
            try await world.perform("1.1", "1.2")
            try await world.start("zk1")
            try await world.looksInVain("zk1")
            try await world.says("zk4", "Invalid server id: 1")
        },
        Story("deaf-follower") { world in
            try await world.restart("zk2")
            try await world.looksInVain("zk2")
            try await world.expect(["zk1": .follower, "zk3": .leader])
        },
        Story("deaf-leader") { world in
            try await world.restart("zk1")
            try await world.looksInVain("zk1")
            try await world.expect(["zk2": .follower, "zk3": .leader])
        },
        Story("two-restarted-together") { world in
            try await world.stop("zk1", "zk2")
            try await world.servesNoMore("zk3")
            #expect(await !world.write("/probe", through: try world.server("zk3"), limit: .seconds(1)))
            try await world.start("zk1", "zk2")
            try await world.serve("zk1", "zk2", "zk3")
        },
        Story("two-down-for-maintenance") { world in
            try await world.stop("zk1", "zk2")
            try await world.serve("zk3", "zk4", "zk5")
            try await world.kill("zk4")
            try await world.servesNoMore("zk5")
            try await world.servesNoMore("zk3")
        },
        Story("leader-first") { world in
            let before = try await world.epoch()
            // At a speed at which the others have elected one of them before the server that led is back.
            try await world.stop("zk3")
            try await world.serve("zk1", "zk2")
            try await world.start("zk3")
            try await world.serve("zk1", "zk2", "zk3")
            try await world.expect(["zk2": .leader])
            try await world.stop("zk2")
            try await world.serve("zk1", "zk3")
            try await world.start("zk2")
            try await world.serve("zk1", "zk2", "zk3")
            #expect(try await world.epoch() >= before + 2)
        },
    ]
}
