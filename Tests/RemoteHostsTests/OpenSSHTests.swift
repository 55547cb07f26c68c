import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

/// What is particular to the system's `ssh`.
@Suite(.fewSessions, .timeLimit(.minutes(10))) struct OpenSSHTests {
    private static let hardened = [
        "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
        "MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com",
    ]

    @Test func aHardenedServerIsReachedByOneTransportAndTheOtherNamesIt() async throws {
        let server = try await TestServer(Self.hardened, hostKeys: ["rsa"])
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .negotiationFailed)
        #expect(error.message.contains("transport: openssh"))
        let session = try await server.session(.openssh)
        #expect(try await session.sh("echo $1", ["a b'c"]).outputText == "a b'c\n")
        #expect(try await session.store(pattern(3_000_000), at: server.path("file")) == sha256(of: pattern(3_000_000)))
        await session.close()
    }

    @Test(arguments: ["KILL", "TERM"]) func aServerThatDiesMidCommandIsNoSuccess(signal: String) async throws {
        let server = try await TestServer()
        let session = try await server.session(.openssh)
        let result = try await session.sh(
            "echo partial; kill -\(signal) $(ps -o ppid= -p $PPID); sleep 5", limit: .seconds(20))
        #expect(result.end == .lost(.connectionLost))
        // The server itself still listens, so the next command gets a connection of its own.
        #expect(try await session.sh("echo again").outputText == "again\n")
        await session.close()
    }

    @Test func aSilentServerIsNoticedBeforeTheLimit() async throws {
        let server = try await TestServer()
        let session = try await server.session(.openssh) {
            $0.keepaliveInterval = .seconds(1)
            $0.silence = .seconds(1)
        }
        let pid = try await session.sh("ps -o ppid= -p $PPID").outputText.trimmingCharacters(
            in: .whitespacesAndNewlines)
        let result = try await session.sh("kill -STOP \(pid); sleep 60", limit: .seconds(30))
        #expect(result.end == .lost(.connectionLost))
        kill(try #require(Int32(pid)), SIGKILL)
        await session.close()
    }

    @Test func whatIsWrongWithAServersKeyIsSaid() async throws {
        let server = try await TestServer(hostKeys: ["ed25519"])
        try server.writeKnownHosts([])
        #expect(await codeOfError { try await server.session(.openssh) } == .hostKeyUnknown)
        try await TestServer.makeKey("ed25519", at: server.path("other"))
        let other = try server.text("other.pub").split(separator: " ").prefix(2).joined(separator: " ")
        try server.writeKnownHosts(["\(server.lookupName) \(other)"])
        #expect(await codeOfError { try await server.session(.openssh) } == .hostKeyChanged)
        try server.writeKnownHosts([
            "@revoked * \(try server.publicKey(of: "ed25519"))", try server.knownLine(of: "ed25519"),
        ])
        #expect(await codeOfError { try await server.session(.openssh) } == .hostKeyRevoked)
    }

    @Test func whyAHostIsNotReachedIsSaid() async throws {
        let server = try await TestServer()
        let connector = server.connector()
        let port = try TestServer.freePort()
        let closed = server.endpoint {
            $0.transport = .openssh
            $0.port = port
        }
        #expect(await codeOfError { try await connector.connect(closed) } == .connectionRefused)
        let stranger = server.endpoint {
            $0.transport = .openssh
            $0.identityFiles = [server.path("host_ed25519")]
        }
        #expect(await codeOfError { try await connector.connect(stranger) } == .authenticationRefused)
        let missing = server.endpoint {
            $0.transport = .openssh
            $0.identityFiles = [server.path("none")]
        }
        #expect(await codeOfError { try await connector.connect(missing) } == .identityUnreadable)
        let dashed = server.endpoint {
            $0.transport = .openssh
            $0.user = "-oProxyCommand=x"
        }
        #expect(await codeOfError { try await connector.connect(dashed) } == .configurationInvalid)
        await connector.close()
    }

    /// The shell above `ssh` ends it when its leash is closed, which the kernel does for a zkops that is killed.
    @Test func nothingIsLeftRunningOrLying() async throws {
        let server = try await TestServer()
        let session = try await server.session(.openssh)
        let sshd = try await session.sh("ps -o ppid= -p $PPID").outputText
        let pid = try #require(Int32(sshd.trimmingCharacters(in: .whitespacesAndNewlines)))
        let master = try #require((session as? OpenSSHSession)?.master)
        #expect(kill(pid, 0) == 0)
        #expect(try permissions(master.folder) == 0o700)
        #expect(try permissions(master.folder + "/config") == 0o600)
        await session.close()
        try await eventually("the end of the connection's process") { kill(pid, 0) != 0 }
        #expect(!FileManager.default.fileExists(atPath: master.folder))
    }

    private func permissions(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }
}
