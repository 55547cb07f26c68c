import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct JumpTests {
    /// A short send between the two sessions makes libssh2 wait for nothing, for ever.
    @Test(arguments: transports) func bytesSurviveTheWayThroughABastion(transport: Endpoint.Transport) async throws {
        let bastion = try await TestServer()
        let target = try await TestServer()
        try bastion.authorize(target.path("id_ed25519.pub"))
        try target.writeKnownHosts([try bastion.knownLine(of: "ed25519"), try target.knownLine(of: "ed25519")])
        let connector = target.connector()
        let session = try await connector.connect(
            target.endpoint {
                $0.transport = transport
                $0.jump = ["\(target.user)@\(TestServer.address):\(bastion.port)"]
            })
        let size = 30 << 20
        let sum = try await session.store(pattern(size), at: target.path("file"))
        #expect(sum == (try await sha256(of: pattern(size))))
        let received = Collector()
        let result = try await session.run(
            RemoteCommand("cat"), input: pattern(size), output: { received.append($0) }, limit: .seconds(60))
        #expect(result.end == .exited(0))
        #expect(received.sum == sum)
        await session.close()
        await connector.close()
    }

    @Test func oneConnectionToTheBastionCarriesAllHosts() async throws {
        let bastion = try await TestServer(["MaxSessions 1"])
        let target = try await TestServer()
        try bastion.authorize(target.path("id_ed25519.pub"))
        try target.writeKnownHosts([try bastion.knownLine(of: "ed25519"), try target.knownLine(of: "ed25519")])
        let connector = target.connector()
        let endpoint = target.endpoint { $0.jump = ["\(TestServer.address):\(bastion.port)"] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<20 {
                group.addTask {
                    let session = try await connector.connect(endpoint)
                    #expect(try await session.sh("echo $1", [String(index)]).outputText == "\(index)\n")
                    await session.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(bastion.log.components(separatedBy: "Accepted publickey").count == 2)
        await connector.close()
    }

    @Test func theErrorSaysWhichStretchFailed() async throws {
        let bastion = try await TestServer()
        try bastion.writeKnownHosts([try bastion.knownLine(of: "ed25519")])
        let port = try TestServer.freePort()
        let connector = bastion.connector()
        let beyond = bastion.endpoint {
            $0.port = port
            $0.jump = ["\(TestServer.address):\(bastion.port)"]
        }
        let error = try #require(await errorOf { try await connector.connect(beyond) })
        #expect(error.code == .connectionRefused)
        #expect(error.message.contains("\(TestServer.address):\(bastion.port) can't connect to"))
        let before = bastion.endpoint { $0.jump = ["\(TestServer.address):\(port)"] }
        let first = try #require(await errorOf { try await connector.connect(before) })
        #expect(first.code == .connectionRefused)
        #expect(first.message.contains("On the way through \(TestServer.address):\(port)"))
        let nonsense = bastion.endpoint { $0.jump = ["a@b:c"] }
        #expect(await codeOfError { try await connector.connect(nonsense) } == .configurationInvalid)
        await connector.close()
    }

    @Test func aBastionThatDiesIsReplaced() async throws {
        let bastion = try await TestServer()
        let target = try await TestServer()
        try bastion.authorize(target.path("id_ed25519.pub"))
        try target.writeKnownHosts([try bastion.knownLine(of: "ed25519"), try target.knownLine(of: "ed25519")])
        let connector = target.connector()
        let endpoint = target.endpoint { $0.jump = ["\(TestServer.address):\(bastion.port)"] }
        let direct = try await bastion.connector().connect(
            target.endpoint {
                $0.port = bastion.port
            })
        let session = try await connector.connect(endpoint)
        #expect(try await session.sh("true").end == .exited(0))
        // Every connection of the bastion ends at once.
        let own = try await direct.sh("echo $PPID").outputText.trimmingCharacters(in: .newlines)
        let killed = try await direct.sh(
            "for p in $(ps -o pid= --ppid \(bastion.pid)); do [ $p = \(own) ] || kill -9 $p; done")
        #expect(killed.end == .exited(0))
        var end = try? await session.sh("true").end
        if end != .exited(0) { end = try await session.sh("true").end }
        #expect(end == .exited(0))
        await direct.close()
        await session.close()
        await connector.close()
    }

    @Test(
        arguments: zip(
            ["host", "u@host:22", "ssh://u@h:1", "[::1]:22", "a@b@host"],
            [[nil, "host", nil], ["u", "host", "22"], ["u", "h", "1"], [nil, "::1", "22"], ["a@b", "host", nil]]))
    func destinationsAreRead(text: String, parts: [String?]) throws {
        let destination = try #require(Destination(text))
        #expect([destination.user, destination.address, destination.port.map(String.init)] == parts)
    }

    @Test(arguments: ["", "@host", "host:", "host:x", "host:0", "host:99999", "[::1]x"])
    func otherTextsAreNoDestinations(text: String) {
        #expect(Destination(text) == nil)
    }
}
