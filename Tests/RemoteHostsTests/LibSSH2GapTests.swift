import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

/// What libssh2 1.10 lacks, one at a time: its error says what the server offers, what is supported here, and the way out; and the way
/// out leads to the server.
@Suite(.fewSessions) struct LibSSH2GapTests {
    struct Gap: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var options: [String] = []
        var hostKeys = ["ed25519"]
        /// Must be said: an offer of the server's, what is supported here, and the setting that is to blame.
        var said: [String]
    }

    static let gaps = [
        Gap(
            testDescription: "ChaCha20 alone", options: ["Ciphers chacha20-poly1305@openssh.com"],
            said: ["chacha20-poly1305@openssh.com", "aes256-ctr", "Ciphers"]),
        Gap(
            testDescription: "AES-GCM alone", options: ["Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com"],
            said: ["aes256-gcm@openssh.com", "aes256-ctr", "Ciphers"]),
        Gap(
            testDescription: "etm MACs alone",
            options: ["Ciphers aes256-ctr", "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com"],
            said: ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256,", "MACs"]),
        Gap(
            testDescription: "a hybrid key exchange alone",
            options: ["KexAlgorithms sntrup761x25519-sha512@openssh.com"],
            said: ["sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "KexAlgorithms"]),
        Gap(
            testDescription: "an RSA host key alone", hostKeys: ["rsa"],
            said: ["rsa-sha2-512", "ssh-ed25519", "HostKey"]),
    ]

    @Test(arguments: gaps) func aGapNamesTheWayOut(_ gap: Gap) async throws {
        let server = try await TestServer(gap.options, hostKeys: gap.hostKeys)
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .negotiationFailed)
        for words in gap.said + ["the server offers", "supported here", "`ssh: {transport: openssh}`"] {
            #expect(error.message.contains(words), "\(error.message)")
        }
        try await expectReached(server)
    }

    /// The user's key counts only with its certificate.
    @Test func aCertificateOfTheUserNamesTheWayOut() async throws {
        let folder = NSTemporaryDirectory() + "zkops-authority-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await TestServer.makeKey("ed25519", at: folder + "/authority")
        let server = try await TestServer(["TrustedUserCAKeys \(folder)/authority.pub"], extra: [folder])
        try server.write("", to: "authorized_keys")
        try await TestServer.call(
            "/usr/bin/ssh-keygen",
            ["-q", "-s", folder + "/authority", "-I", "zkops", "-n", server.user, server.identity + ".pub"])
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .authenticationRefused)
        #expect(error.message.contains("\(server.identity)-cert.pub was not offered"), "\(error.message)")
        #expect(error.message.contains("`ssh: {transport: openssh}`"))
        try await expectReached(server)
    }

    /// The host's key is known only by the authority that signed it.
    @Test func aCertificateOfTheHostNamesTheWayOut() async throws {
        let folder = NSTemporaryDirectory() + "zkops-authority-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["authority", "host"] { try await TestServer.makeKey("ed25519", at: folder + "/" + name) }
        try await TestServer.call(
            "/usr/bin/ssh-keygen",
            ["-q", "-h", "-s", folder + "/authority", "-I", "zk1", "-n", TestServer.address, folder + "/host.pub"])
        let server = try await TestServer(
            ["HostKey \(folder)/host", "HostCertificate \(folder)/host-cert.pub"], hostKeys: [], extra: [folder])
        let authority = try String(contentsOfFile: folder + "/authority.pub", encoding: .utf8)
        try server.writeKnownHosts([
            "@cert-authority * \(authority.split(separator: " ").prefix(2).joined(separator: " "))"
        ])
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .hostKeyUnknown)
        #expect(error.message.contains("@cert-authority"))
        #expect(error.message.contains("`ssh: {transport: openssh}`"))
        try await expectReached(server)
    }

    private func expectReached(_ server: TestServer) async throws {
        let session = try await server.session(.openssh)
        #expect(try await session.sh("echo reached").outputText == "reached\n")
        await session.close()
    }
}
