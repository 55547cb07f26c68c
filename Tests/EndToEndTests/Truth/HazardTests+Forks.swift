import EnsembleModel
import Testing

/// Two histories of one ensemble, and writes that are in the wrong one.
extension Truth.HazardTests {
    static let forks = [
        Story("two-at-once") { world in
            try await world.perform("1.1", "1.2", "1.3", "1.4")
            // The first restart of the rolling step; messages to and from zk2 and zk3 are slow from here on.
            try await world.restart("zk1")
            try await world.serve("zk1", "zk2", "zk3", "zk4", "zk5")
            try await world.pause("zk2", "zk3")
            try await world.serve("zk1", "zk4", "zk5")
            try await world.acknowledges("/by-three-of-five", through: "zk5")
            try await world.pause("zk1", "zk4", "zk5")
            try world.resume("zk2", "zk3")
            try await world.serve("zk2", "zk3")
            try await world.acknowledges("/by-two-of-three", through: "zk3")
            #expect(try await !world.has("/by-three-of-five", through: "zk3"))
            try world.resume("zk1", "zk4", "zk5")
            try await world.serve("zk1", "zk4", "zk5")
            #expect(try await !world.has("/by-two-of-three", through: "zk5"))
        },
        Story("old-ensemble-still-serves") { world in
            try await world.perform("1.1", "2.1", "2.2")
            try await world.acknowledges("/by-the-old", through: "zk1")
            try await world.acknowledges("/by-the-new", through: "zk5")
            try await world.expect(["zk3": .leader, "zk4": .leader])
            #expect(try await !world.has("/by-the-old", through: "zk5"))
            #expect(try await !world.has("/by-the-new", through: "zk1"))
        },
        Story("copied-before-the-stop") { world in
            try await world.perform("1.1")
            try await world.acknowledges("/since-the-copy", through: "zk1")
            try await world.perform("2.1", "3.1", "3.2")
            #expect(try await world.missing(through: "zk5") == [])
            #expect(try await !world.has("/since-the-copy", through: "zk5"))
        },
        Story("no-way-back") { world in
            try await world.perform("1.1", "1.2", "1.3", "1.4", "2.1", "3.1", "3.2")
            try await world.acknowledges("/since-the-move", through: "zk5")
            // Back to the rollback point: the new servers stop, the old ones start.
            try await world.stop("zk4@v3.9.3", "zk5@v3.9.3")
            try await world.start("zk2@v3.8.0", "zk3@v3.8.0")
            try await world.serve("zk2@v3.8.0", "zk3@v3.8.0")
            #expect(try await !world.has("/since-the-move", through: "zk3@v3.8.0"))
        },
    ]
}
