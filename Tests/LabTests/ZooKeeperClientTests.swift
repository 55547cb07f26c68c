import EnsembleAccess
import EnsembleModel
import Testing

@testable import Lab

/// The client against real servers, the oldest and a new version.
@Suite(.serialized) struct ZooKeeperClientTests {
    @Test(arguments: [Version(3, 4, 6), Version(3, 9, 3)])
    func readsAndWrites(_ version: Version) async throws {
        try await withLab(quickTopology(version)) { lab in
            let follower = lab.servers[0]
            try await withClient(follower.clientAddress) { client in
                #expect(client.state == .connected && client.sessionID != 0)
                try await client.create("/a", data: Array("one".utf8))
                try await client.create("/a/empty")
                #expect(try await client.get("/a/empty").data.isEmpty)
                let first = try await client.get("/a")
                #expect(first.data == Array("one".utf8) && first.stat.version == 0 && first.stat.childrenCount == 1)
                #expect(!first.stat.isEphemeral && first.stat.dataLength == 3)

                let stat = try await client.set("/a", data: [0, 255, 10], version: 0)
                #expect(stat.version == 1 && stat.mzxid > stat.czxid && stat.czxid == first.stat.czxid)
                #expect(try await client.get("/a").data == [0, 255, 10])
                #expect(try await client.children(of: "/a") == ["empty"])
                #expect(try await client.exists("/nope") == nil)
                try await client.sync("/a")

                await expect(.nodeExists) { try await client.create("/a") }
                await expect(.noNode) { try await client.get("/nope") }
                await expect(.noNode) { try await client.create("/no/parent") }
                await expect(.badVersion) { try await client.set("/a", data: [], version: 7) }
                await expect(.notEmpty) { try await client.delete("/a") }
                await expect(.badArguments) { try await client.create("no-slash") }
                if version >= Version(3, 5, 0) {
                    await expect(.reconfigDisabled) { try await client.reconfig(leaving: [ServerID(1)]) }
                }
                try await client.delete("/a/empty")
                try await client.delete("/a", version: 1)
                #expect(try await client.exists("/a") == nil)
            }
        }
    }

    @Test func aTransactionIsCarriedOutWholeOrNotAtAll() async throws {
        try await withLab(quickTopology(Version(3, 4, 6), servers: 1)) { lab in
            try await withClient(lab.clientAddresses) { client in
                try await client.multi([
                    .create("/t", data: [1]), .create("/t/x", data: []), .set("/t", data: [2]),
                    .check("/t", version: 1),
                ])
                #expect(try await client.get("/t").data == [2])
                let error = await expect(.noNode) {
                    try await client.multi([.create("/u", data: []), .delete("/nope"), .set("/t", data: [3])])
                }
                #expect(error?.message.contains("delete /nope") == true)
                #expect(try await client.exists("/u") == nil)
                #expect(try await client.get("/t").data == [2])
                // As an operator replaces an ephemeral znode by a persistent one: nobody ever sees it missing.
                try await client.create("/e", data: [9], ephemeral: true)
                try await client.multi([.delete("/e"), .create("/e", data: [9])])
                #expect(try await client.get("/e").stat.isEphemeral == false)
            }
        }
    }

    @Test func ephemeralsLiveAsLongAsTheirSession() async throws {
        try await withLab(quickTopology()) { lab in
            try await withClient(lab.servers[1].clientAddress) { watcher in
                let owner = try await ZooKeeperClient.connect(hosts: lab.servers[0].clientAddress)
                try await owner.create("/mine", data: [1], ephemeral: true)
                try await watcher.sync()
                #expect(try await watcher.exists("/mine")?.ephemeralOwner == owner.sessionID)
                await expect(.noChildrenForEphemerals) { try await owner.create("/mine/child") }
                await owner.close()
                try await watcher.sync()
                #expect(try await watcher.exists("/mine") == nil)
                await expect(.closed) { try await owner.get("/") }
            }
        }
    }

    @Test func credentialsOpenWhatIsClosedToOthers() async throws {
        try await withLab(quickTopology(servers: 1)) { lab in
            try await withClient(lab.clientAddresses) { owner in
                try await owner.addAuth("op:secret")
                try await owner.create(
                    "/closed", data: [1], permissions: [ZnodePermission(permissions: 31, scheme: "auth", id: "")])
                #expect(try await owner.permissions(of: "/closed").map(\.scheme) == ["digest"])
                try await withClient(lab.clientAddresses) { stranger in
                    await expect(.notAuthorised) { try await stranger.get("/closed") }
                    try await stranger.addAuth("op:secret")
                    #expect(try await stranger.get("/closed").data == [1])
                }
            }
        }
    }

    @Test func changesTheMembership() async throws {
        var topology = quickTopology(Version(3, 8, 0))
        topology.settings = [.init("reconfigEnabled", "true"), .init("skipACL", "yes")]
        try await withLab(topology) { lab in
            try await withClient(lab.servers[0].clientAddress) { client in
                let before = String(decoding: try await client.config().data, as: UTF8.self)
                #expect(before.contains("server.2="))
                let after = try await client.reconfig(leaving: [ServerID(2)])
                #expect(!String(decoding: after.data, as: UTF8.self).contains("server.2="))
                let host = lab.servers[1].host.address
                let back = try await client.reconfig(joining: ["2=\(host):2888:3888:participant;\(host):2181"])
                #expect(String(decoding: back.data, as: UTF8.self).contains("server.2="))
            }
        }
    }

    @Test func connectingEndsWhereNobodyAnswers() async throws {
        let clock = ContinuousClock()
        let took = await clock.measure {
            await expect(.connectTimedOut) {
                try await ZooKeeperClient.connect(hosts: "127.0.2.9:1", limit: .milliseconds(300))
            }
        }
        #expect(took < .seconds(5))
        await expect(.badArguments) { try await ZooKeeperClient.connect(hosts: "", limit: .seconds(1)) }
        let task = Task { try await ZooKeeperClient.connect(hosts: "127.0.2.9:1", limit: .seconds(60)) }
        task.cancel()
        await expect(.cancelled) { try await task.value }
    }

    @Test func aDeadServerEndsOperationsAndAReturningOneTheSilence() async throws {
        try await withLab(quickTopology(Version(3, 4, 6), servers: 1)) { lab in
            let server = lab.servers[0]
            try await withClient(server.clientAddress) { client in
                try await lab.kill(server)
                await expect(.connectionLost) { try await client.get("/") }
                try await lab.start(server)
                let back = await waitUntil(limit: .seconds(20), every: .milliseconds(20)) {
                    (try? await client.get("/")) != nil
                }
                #expect(back)
            }
        }
    }

    @Test func aServerThatFellAsleepIsNotWaitedForForEver() async throws {
        try await withLab(quickTopology(Version(3, 4, 6), servers: 1)) { lab in
            try await withClient(lab.servers[0].clientAddress) { client in
                _ = try await lab.carryOut(.pause, on: [lab.servers[0]])
                // The servers allow 20 ticks of 200 ms at most; the library gives up after two thirds.
                let error = await expect(anyOf: [.connectionLost, .operationTimedOut]) { try await client.get("/") }
                #expect(error != nil)
                // Closing ends what is under way, and itself.
                let reading = Task { try await client.get("/") }
                await Task.yield()
                await client.close()
                await expect(anyOf: [.closed, .connectionLost, .operationTimedOut]) { try await reading.value }
                try lab.resume(lab.servers[0])
            }
        }
    }
}

@discardableResult
func expect<Value>(
    _ code: ZooKeeperClientError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async -> ZooKeeperClientError? {
    await expect(anyOf: [code], sourceLocation: sourceLocation, body)
}

@discardableResult
func expect<Value>(
    anyOf codes: [ZooKeeperClientError.Code], sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async -> ZooKeeperClientError? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch let error as ZooKeeperClientError {
        #expect(codes.contains(error.code), "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
        return nil
    }
}
