import Checksums
import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

/// Commands that the inventory's `become: sudo` runs as root.
@Suite(.fewSessions) struct BecomeTests {
    @Test(arguments: transports) func commandsRunBySudoWhereTheyAskForIt(transport: Endpoint.Transport) async throws {
        let server = try await TestServer(path: [
            "sudo": "#!/bin/sh\n[ \"$1 $2\" = '-n --' ] || exit 99\nshift 2\nAS_SUDO=yes exec \"$@\"\n"
        ])
        let session = try await server.connector().connect(
            server.endpoint {
                $0.transport = transport
                $0.become = "sudo"
            })
        let plain = try await session.run(RemoteCommand("echo $AS_SUDO"), input: nil, output: nil, limit: .seconds(10))
        #expect(plain.outputText == "\n")
        let become = try await session.run(
            RemoteCommand("echo $AS_SUDO $1", ["a b"], becomes: true), input: nil, output: nil, limit: .seconds(10))
        #expect(become.outputText == "yes a b\n")
        let received = Collector()
        let stream = try await session.run(
            RemoteCommand("echo $AS_SUDO; cat", becomes: true), input: pattern(100_000),
            output: { received.append($0) }, limit: .seconds(10))
        #expect(stream.end == .exited(0))
        #expect(received.all.starts(with: Array("yes\n".utf8)))
        #expect(SHA256.hexDigest(of: received.all.dropFirst(4)) == (try await sha256(of: pattern(100_000))))
        await session.close()
    }

    @Test(arguments: transports) func sudoThatWantsAPasswordIsSaid(transport: Endpoint.Transport) async throws {
        let server = try await TestServer(path: ["sudo": "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n"]
        )
        let session = try await server.connector().connect(
            server.endpoint {
                $0.transport = transport
                $0.become = "sudo"
            })
        let error = await errorOf {
            try await session.run(RemoteCommand("true", becomes: true), input: nil, output: nil, limit: .seconds(10))
        }
        #expect(error?.code == .becomeRefused)
        let message = error?.message ?? ""
        #expect(message.contains("sudo: a password is required"), "\(message)")
        try expectSaid(error, "sudo-wants-a-password", of: server)
        #expect(try await session.sh("echo on").succeeded)
        await session.close()
    }
}

extension TestServer {
    /// A server whose commands find these programs before all others.
    convenience init(path programs: [String: String]) async throws {
        let bin = Self.newDirectory()
        for (name, text) in programs {
            // A program that this process holds open for writing can't be run, and a child that another test is just starting may hold
            // it a little longer («Text file busy»). So another process writes it.
            try text.write(toFile: "\(bin)/.\(name)", atomically: false, encoding: .utf8)
            try await Self.call("/usr/bin/install", ["-m", "755", "\(bin)/.\(name)", "\(bin)/\(name)"])
        }
        try await self.init(environment: ["PATH": "\(bin):/usr/local/bin:/usr/bin:/bin"], extra: [bin])
    }

    static func newDirectory() -> String {
        let path = NSTemporaryDirectory() + "zkops-bin-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
