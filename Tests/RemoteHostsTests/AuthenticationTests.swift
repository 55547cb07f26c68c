import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions, .timeLimit(.minutes(10))) struct AuthenticationTests {
    @Test(arguments: [
        ["-t", "ed25519"], ["-t", "ecdsa"], ["-t", "ecdsa", "-b", "521"], ["-t", "ecdsa", "-m", "PEM"],
    ])
    func keyFilesLetIn(arguments: [String]) async throws {
        let server = try await TestServer()
        try await server.makeClientKey(arguments)
        let session = try await server.connector().connect(server.endpoint { $0.identityFiles = [server.path("key")] })
        #expect(try await session.sh("echo in").outputText == "in\n")
        await session.close()
    }

    @Test(arguments: [["-t", "ed25519"], ["-t", "ecdsa"], ["-t", "ecdsa", "-m", "PEM"]])
    func anEncryptedKeyIsAskedForOnceARun(arguments: [String]) async throws {
        let server = try await TestServer()
        try await server.makeClientKey(arguments, passphrase: "three words long")
        let asked = Counter()
        let connector = server.connector(prompt: { path in
            #expect(path == server.path("key"))
            return asked.add(1) == 1 ? "a wrong one" : "three words long"
        })
        let endpoint = server.endpoint { $0.identityFiles = [server.path("key")] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { try await connector.connect(endpoint).close() } }
            try await group.waitForAll()
        }
        #expect(asked.now == 2)
    }

    @Test func withoutAPassphraseTheKeyIsNamed() async throws {
        let server = try await TestServer()
        try await server.makeClientKey(["-t", "ed25519"], passphrase: "secret")
        let endpoint = server.endpoint { $0.identityFiles = [server.path("key")] }
        for connector in [server.connector(), server.connector(prompt: { _ in nil })] {
            let error = try #require(await errorOf { try await connector.connect(endpoint) })
            #expect(error.code == .passphraseNeeded)
            #expect(error.message.contains(server.path("key")))
            try expectSaid(error, "key-without-passphrase", of: server)
        }
        let asked = Counter()
        let wrong = server.connector(prompt: { _ in
            asked.add(1)
            return "n0t-the-passphrase"
        })
        for _ in 0..<2 {
            let error = try #require(await errorOf { try await wrong.connect(endpoint) })
            #expect(error.code == .passphraseNeeded)
            #expect(!error.message.contains("n0t-the-passphrase"))
        }
        #expect(asked.now == 3)
    }

    @Test func aKeyThatIsNotAcceptedIsSaid() async throws {
        let server = try await TestServer()
        try server.write("", to: "authorized_keys")
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .authenticationRefused)
        #expect(error.message.contains(server.identity))
        try expectSaid(error, "wrong-key", of: server)
        let unreadable = server.endpoint { $0.identityFiles = [server.path("none")] }
        #expect(await codeOfError { try await server.connector().connect(unreadable) } == .identityUnreadable)
        let denied = try await TestServer(["PubkeyAuthentication no"])
        #expect(await codeOfError { try await denied.session() } == .authenticationRefused)
    }

    @Test(arguments: [["-t", "ed25519"], ["-t", "ecdsa"], ["-t", "rsa", "-b", "2048"]])
    func theAgentLetsIn(arguments: [String]) async throws {
        let server = try await TestServer()
        let agent = try await TestAgent()
        defer { agent.stop() }
        try await server.makeClientKey(arguments)
        try await agent.add(server.path("key"))
        let endpoint = server.endpoint { $0.identityFiles = [] }
        let session = try await server.connector(agent: agent.socket).connect(endpoint)
        #expect(try await session.sh("echo in").outputText == "in\n")
        await session.close()
    }

    @Test(arguments: ["rsa-sha2-256", "rsa-sha2-512"]) func rsaWorksWithEitherHash(method: String) async throws {
        let server = try await TestServer(["PubkeyAcceptedAlgorithms \(method)"])
        let agent = try await TestAgent()
        defer { agent.stop() }
        try await server.makeClientKey(["-t", "rsa", "-b", "2048"])
        try await agent.add(server.path("key"))
        let endpoint = server.endpoint { $0.identityFiles = [] }
        try await server.connector(agent: agent.socket).connect(endpoint).close()
    }

    @Test func keysThatOnlyTheAgentCanUseAreSaid() async throws {
        let server = try await TestServer()
        let endpoint = server.endpoint { $0.identityFiles = [server.path("key")] }
        for arguments in [["-t", "rsa", "-b", "2048"], ["-t", "ed25519", "-Z", "aes256-gcm@openssh.com"]] {
            try? FileManager.default.removeItem(atPath: server.path("key"))
            try await server.makeClientKey(
                arguments, passphrase: arguments.count == 4 && arguments[1] == "ed25519" ? "x" : "")
            let error = try #require(await errorOf { try await server.session(endpoint) })
            #expect(error.code == .authenticationRefused)
            #expect(error.message.contains("agent"))
        }
    }

    /// sshd ends the connection after six keys; the configured one must be among them.
    @Test func theConfiguredKeyOfManyInTheAgentComesFirst() async throws {
        let server = try await TestServer()
        let agent = try await TestAgent()
        defer { agent.stop() }
        for index in 0..<8 {
            try await TestServer.makeKey("ed25519", at: server.path("extra\(index)"))
            try await agent.add(server.path("extra\(index)"))
        }
        try await server.makeClientKey(["-t", "ed25519"], passphrase: "")
        try await agent.add(server.path("key"))
        // The agent alone can use it: the file's private part is gone.
        try FileManager.default.removeItem(atPath: server.path("key"))
        let connector = server.connector(agent: agent.socket)
        let error = try #require(
            await errorOf { try await connector.connect(server.endpoint { $0.identityFiles = [] }) })
        #expect(error.code == .authenticationRefused)
        #expect(error.message.contains("MaxAuthTries"))
        try await connector.connect(server.endpoint { $0.identityFiles = [server.path("key")] }).close()
    }

    @Test func anAgentThatIsGoneIsNoObstacle() async throws {
        let server = try await TestServer()
        try await server.connector(agent: server.path("no-socket")).connect(server.endpoint()).close()
    }
}

/// A real ssh-agent, ended by ``stop()``.
final class TestAgent {
    let socket: String
    private let pid: pid_t

    init() async throws {
        let socket = NSTemporaryDirectory() + "zkops-agent-" + UUID().uuidString
        self.socket = socket
        pid = try TestServer.spawn(["/usr/bin/ssh-agent", "-D", "-a", socket])
        try await eventually("an agent at \(socket)") { AgentClient(path: socket) != nil }
    }

    func add(_ key: String) async throws {
        try await TestServer.call("/usr/bin/env", ["SSH_AUTH_SOCK=\(socket)", "/usr/bin/ssh-add", "-q", key])
    }

    func stop() {
        kill(pid, SIGKILL)
        _ = waitpid(pid, nil, 0)
        try? FileManager.default.removeItem(atPath: socket)
    }
}

extension TestServer {
    /// Makes the key file `key`, which the server lets in.
    func makeClientKey(_ arguments: [String], passphrase: String = "") async throws {
        try await Self.call("/usr/bin/ssh-keygen", ["-q", "-f", path("key"), "-N", passphrase] + arguments)
        try authorize(path("key.pub"))
    }

    func session(_ endpoint: Endpoint) async throws -> any HostSession {
        try await connector().connect(endpoint)
    }
}
