import Foundation
import Glibc
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct ConnectTests {
    private func endpoint(_ port: UInt16, limit: Duration = .seconds(5)) -> Endpoint {
        Endpoint(host: "zk1", address: TestServer.address, port: port, user: "nobody", connectLimit: limit)
    }

    private func connector(_ change: (inout SSHLimits) -> Void = { _ in }) -> SSHConnector {
        var limits = SSHLimits()
        change(&limits)
        let person = LibSSH2Connector.Person(home: "/nonexistent", userName: "nobody", agentSocket: nil)
        return SSHConnector(person: person, limits: limits, seed: 1)
    }

    @Test func aClosedPortIsSaidAtOnce() async throws {
        let port = try TestServer.freePort()
        let error = await errorOf { try await connector().connect(endpoint(port)) }
        #expect(error?.code == .connectionRefused)
        try expectSaid(error, "refused", port: port)
    }

    @Test func anAddressThatDropsPacketsMeetsTheConnectLimit() async throws {
        let full = try Listener()
        defer { full.close() }
        let fillers = try full.fill()
        defer { for filler in fillers { _ = close(filler) } }
        let started = ContinuousClock.now
        let error = await errorOf {
            try await connector().connect(endpoint(full.port, limit: .milliseconds(500)))
        }
        #expect(error?.code == .connectTimedOut)
        try expectSaid(error, "timed-out", port: full.port)
        #expect(ContinuousClock.now - started < .seconds(10))
    }

    @Test func aSilentServerMeetsTheLimitOfTheKeyExchange() async throws {
        let silent = try Listener()
        defer { silent.close() }
        let connector = connector { $0.keyExchange = .milliseconds(400) }
        #expect(await codeOfError { try await connector.connect(endpoint(silent.port)) } == .connectTimedOut)
        let old = try Listener()
        defer { old.close() }
        old.start { client in
            Listener.send("SSH-1.5-old\r\n", to: client)
            while !Listener.receive(from: client).isEmpty {}
        }
        let code = await codeOfError { try await connector.connect(endpoint(old.port)) }
        #expect(code == .connectTimedOut || code == .negotiationFailed)
    }

    @Test func aServerThatIsNotSSHIsQuoted() async throws {
        let web = try Listener()
        defer { web.close() }
        web.start { client in
            _ = Listener.receive(from: client)
            Listener.send("HTTP/1.1 400 Bad Request\r\n\r\nno\r\n", to: client)
            while !Listener.receive(from: client).isEmpty {}
        }
        let error = try #require(await errorOf { try await connector().connect(endpoint(web.port)) })
        #expect(error.code == .notSSH)
        #expect(error.message.contains("HTTP/1.1 400 Bad Request"))
    }

    /// Above MaxStartups sshd closes new connections before its first line.
    @Test func aDropBeforeTheFirstLineIsTriedAgain() async throws {
        let server = try await TestServer(["MaxStartups 2:100:2"])
        let silent = try (0..<2).map { _ in try SilentClient(of: server) }
        let connector = server.connector(change: { $0.attempts = 60 })
        async let session = connector.connect(server.endpoint())
        try await eventually("a dropped connection") { server.log.contains("past MaxStartups") }
        for client in silent { client.close() }
        #expect(try await session.sh("echo in").outputText == "in\n")
        try await session.close()
    }

    @Test func aServerThatAlwaysDropsIsGivenUp() async throws {
        let dropper = try Listener()
        defer { dropper.close() }
        let seen = Counter()
        dropper.start { _ in seen.add(1) }
        let connector = connector { $0.attempts = 3 }
        let error = try #require(await errorOf { try await connector.connect(endpoint(dropper.port)) })
        #expect(error.code == .connectionLost, "\(error)")
        #expect(seen.now == 3)
        try expectSaid(error, "max-startups", port: dropper.port)
    }

    @Test func connectingCanBeCancelled() async throws {
        let silent = try Listener()
        defer { silent.close() }
        let task = Task { await codeOfError { try await connector().connect(endpoint(silent.port)) } }
        try await Task.sleep(for: .milliseconds(200))
        let cancelled = ContinuousClock.now
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(ContinuousClock.now - cancelled < .seconds(8))
    }

    @Test func namesThatDoNotExistAreSaid() async throws {
        var endpoint = endpoint(22)
        endpoint.address = "no-such-host.invalid"
        #expect(await codeOfError { try await connector().connect(endpoint) } == .addressNotFound)
        endpoint.address = "300.1.1.1"
        #expect(await codeOfError { try await connector().connect(endpoint) } == .addressNotFound)
        endpoint.address = ""
        #expect(await codeOfError { try await connector().connect(endpoint) } == .configurationInvalid)
    }

    @Test func anotherWayToBecomeRootIsRefused() async throws {
        var endpoint = endpoint(22)
        endpoint.become = "doas"
        #expect(await codeOfError { try await connector().connect(endpoint) } == .configurationInvalid)
    }

    @Test func linesBeforeTheIdentificationAreAllowed() async throws {
        let server = try await TestServer()
        let chatty = try Listener()
        defer { chatty.close() }
        chatty.start { client in
            Listener.send("Welcome to\r\nthis host\r\n", to: client)
            Listener.relay(client, toPort: server.port)
        }
        let key = try server.publicKey(of: "ed25519")
        try server.writeKnownHosts(["[\(TestServer.address)]:\(chatty.port) \(key)"])
        let session = try await server.session(server.endpoint { $0.port = chatty.port })
        #expect(try await session.sh("echo in").outputText == "in\n")
        await session.close()
    }

    @Test func anOfferIsReadFromItsBytes() throws {
        var message = WireWriter()
        message.byte(20)
        for _ in 0..<16 { message.byte(9) }
        for list in ["kex-a,kex-b", "key", "c1", "c2", "m1", "m2", "none", "none", "", ""] { message.text(list) }
        message.byte(0)
        message.uint32(0)
        var packet = WireWriter()
        packet.uint32(UInt32(message.bytes.count + 1 + 4))
        packet.byte(4)
        let bytes = Array("hello\r\nSSH-2.0-x\r\n".utf8) + packet.bytes + message.bytes + [0, 0, 0, 0]
        let offer = try #require(KexOffer.parse(bytes))
        #expect(offer.lists == [["kex-a", "kex-b"], ["key"], ["c1"], ["c2"], ["m1"], ["m2"]])
        #expect(offer.mismatch { _ in ["kex-b", "key", "c1", "c2", "m1", "m2"] } == nil)
        let sentence = try #require(offer.mismatch { _ in ["kex-b", "key", "c1", "c2", "m9", "m2"] })
        #expect(sentence.contains("m1") && sentence.contains("m9"))
        #expect(KexOffer.parse(Array(bytes.prefix(40))) == nil)
    }
}

extension Listener {
    /// Passes bytes between a client and a port of the test's address, until either side ends.
    static func relay(_ client: Int32, toPort port: UInt16) {
        let other = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { _ = Foundation.close(other) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        unsafe inet_pton(AF_INET, TestServer.address, &address.sin_addr)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(other, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        while true {
            var waits = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: other, events: Int16(POLLIN), revents: 0),
            ]
            guard unsafe poll(&waits, 2, 20_000) > 0 else { return }
            for (from, to) in [(0, other), (1, client)] where waits[from].revents != 0 {
                let bytes = receive(from: waits[from].fd)
                if bytes.isEmpty { return }
                _ = unsafe Foundation.send(to, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            }
        }
    }
}

/// A connection on which nobody says anything: sshd counts it against MaxStartups.
private final class SilentClient: Sendable {
    private let descriptor: Int32

    init(of server: TestServer) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = server.port.bigEndian
        unsafe inet_pton(AF_INET, TestServer.address, &address.sin_addr)
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                unsafe connect(descriptor, raw, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { throw TestServer.Failure(what: "no connection: error \(errno)") }
    }

    func close() { _ = Glibc.close(descriptor) }
}
