import Foundation
import RemoteHosts
import TestSupport
import Testing

@Suite(.fewSessions) struct ManyChannelsTests {
    @Test func commandsRunSideBySideOnOneConnection() async throws {
        let server = try await TestServer(["MaxSessions 200"])
        let session = try await server.session()
        let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for index in 0..<120 {
                group.addTask { (index, try await session.sh("echo $1 $PPID", [String(index)]).outputText) }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        let pid = try await session.sh("echo $PPID").outputText
        for index in 0..<120 { #expect(answers[index] == "\(index) \(pid)") }
        await session.close()
    }

    /// sshd refuses a session above MaxSessions; it must wait for another to end.
    @Test(arguments: [1, 2]) func commandsBeyondMaxSessionsWaitTheirTurn(most: Int) async throws {
        let server = try await TestServer(["MaxSessions \(most)"])
        let session = try await server.session()
        let ends = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<8 {
                group.addTask { try await session.sh("sleep 0.1; echo $1 $PPID", [String(index)]).outputText }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(Set(ends).count == 8)
        #expect(Set(ends.map { $0.split(separator: " ").last }).count == 1, "more than one connection was made")
        await session.close()
    }

    @Test func aServerThatAllowsNoSessionIsSaid() async throws {
        let server = try await TestServer(["MaxSessions 0"])
        let session = try await server.session()
        let error = await errorOf { try await session.sh("true", limit: .seconds(5)) }
        #expect(error?.code == .channelRefused)
        try expectSaid(error, "max-sessions", of: server)
        await session.close()
    }

    @Test func tunnelsDoNotCountAsSessions() async throws {
        let server = try await TestServer(["MaxSessions 1"])
        let echo = try Listener()
        defer { echo.close() }
        echo.start { client in
            let bytes = Listener.receive(from: client)
            Listener.send(String(decoding: bytes, as: UTF8.self), to: client)
        }
        let session = try await server.session()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let stream = try await session.connect(
                        to: TestServer.address, port: echo.port, limit: .seconds(20))
                    try await stream.write(Array("hello \(index)".utf8), limit: .seconds(20))
                    let answer = try await stream.read(limit: .seconds(20))
                    #expect(String(decoding: answer, as: UTF8.self) == "hello \(index)")
                    await stream.close()
                }
            }
            try await group.waitForAll()
        }
        await session.close()
    }
}
