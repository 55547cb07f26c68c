import Foundation
import RemoteHosts
import TestSupport
import Testing

@Suite(.fewSessions) struct TunnelTests {
    @Test(arguments: transports) func bytesGoBothWaysAndEachWayEndsByItself(transport: Endpoint.Transport) async throws
    {
        let server = try await TestServer()
        let listener = try Listener()
        defer { listener.close() }
        // Answers only once it has seen the end of file.
        listener.start { client in
            var count = 0
            while case let bytes = Listener.receive(from: client), !bytes.isEmpty { count += bytes.count }
            Listener.send("got \(count)", to: client)
        }
        let session = try await server.session(transport)
        let stream = try await session.connect(to: TestServer.address, port: listener.port, limit: .seconds(10))
        try await stream.write([UInt8](repeating: 7, count: 3_000_000), limit: .seconds(10))
        try await stream.finishWriting()
        var answer: [UInt8] = []
        while case let piece = try await stream.read(limit: .seconds(10)), !piece.isEmpty { answer += piece }
        #expect(String(decoding: answer, as: UTF8.self) == "got 3000000")
        await stream.close()
        await session.close()
    }

    @Test(arguments: transports) func aClosedPortIsToldFromAServerThatForwardsNothing(transport: Endpoint.Transport)
        async throws
    {
        let port = try TestServer.freePort()
        let server = try await TestServer()
        let session = try await server.session(transport)
        let refused = await codeOfError {
            try await session.connect(to: TestServer.address, port: port, limit: .seconds(5))
        }
        #expect(refused == .connectionRefused)
        await session.close()
        let closed = try await TestServer(["AllowTcpForwarding no"])
        let other = try await closed.session(transport)
        let forbidden = await codeOfError {
            try await other.connect(to: TestServer.address, port: port, limit: .seconds(5))
        }
        #expect(forbidden == .forwardingRefused)
        await other.close()
    }

    @Test(arguments: transports) func aSilentPeerMeetsTheLimit(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let listener = try Listener()
        defer { listener.close() }
        let session = try await server.session(transport)
        let stream = try await session.connect(to: TestServer.address, port: listener.port, limit: .seconds(5))
        let started = ContinuousClock.now
        #expect(await codeOfError { try await stream.read(limit: .milliseconds(300)) } == .limitPassed)
        #expect(ContinuousClock.now - started < .seconds(8))
        await stream.close()
        await session.close()
    }

    /// libssh2 opens one channel at a time, and sshd takes minutes to give up an address that drops packets.
    @Test func aTunnelIntoTheVoidHoldsNothingUp() async throws {
        let server = try await TestServer()
        let full = try Listener()
        defer { full.close() }
        let fillers = try full.fill()
        defer { for filler in fillers { _ = close(filler) } }
        let session = try await server.session { $0.slowOpening = .milliseconds(200) }
        let started = ContinuousClock.now
        let stuck = Task {
            await codeOfError {
                try await session.connect(to: TestServer.address, port: full.port, limit: .seconds(14))
            }
        }
        for index in 0..<5 { #expect(try await session.sh("echo $1", [String(index)]).outputText == "\(index)\n") }
        #expect(ContinuousClock.now - started < .seconds(12))
        #expect(await stuck.value == .limitPassed)
        #expect(try await session.sh("echo on").succeeded)
        await session.close()
    }
}

extension Listener {
    /// Fills the queue of connections that wait to be accepted, after which the kernel drops further ones in silence.
    func fill() throws -> [Int32] {
        listen(descriptor, 0)
        var fillers: [Int32] = []
        while fillers.count < 64 {
            let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            fillers.append(filler)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            unsafe inet_pton(AF_INET, TestServer.address, &address.sin_addr)
            _ = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(filler, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            var wait = pollfd(fd: filler, events: Int16(POLLOUT), revents: 0)
            if unsafe poll(&wait, 1, 200) == 0 { return fillers }
        }
        throw TestServer.Failure(what: "the queue of the listener never got full")
    }
}
