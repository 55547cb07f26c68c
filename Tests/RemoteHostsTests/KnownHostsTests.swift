import Checksums
import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite(.fewSessions) struct KnownHostsTests {
    static let key = sampleKey("ssh-ed25519", 1)
    static let otherKey = sampleKey("ssh-ed25519", 2)
    static let ecdsaKey = sampleKey("ecdsa-sha2-nistp256", 3)

    static func sampleKey(_ type: String, _ fill: UInt8) -> [UInt8] {
        var writer = WireWriter()
        writer.text(type)
        writer.string([UInt8](repeating: fill, count: 32))
        return writer.bytes
    }

    static func line(_ names: String, _ key: [UInt8], _ marker: String = "") -> String {
        var reader = WireReader(key)
        return "\(marker)\(names) \(reader.text() ?? "") \(Base64.encode(key)) a comment"
    }

    private func verdict(_ lines: [String], name: String = "zk1", port: UInt16 = 22) -> KnownHosts.Verdict {
        let entries = KnownHosts.parse(Array(lines.joined(separator: "\n").utf8), file: "f")
        return KnownHosts(entries: entries, files: ["f"]).verdict(Self.key, name: name, port: port)
    }

    @Test(arguments: [
        "zk1", "ZK1", "other,zk1,third", "zk?", "zk*", "*", "*1", "z*k*1", "!zk2,zk*",
    ]) func theseNamesMatch(names: String) {
        #expect(verdict([Self.line(names, Self.key)]) == .trusted)
    }

    @Test(arguments: ["zk2", "zk", "zk11", "zk1,!zk*", "!zk1,*", "?", "[zk1]:2222", "zk1.example"])
    func theseNamesDoNotMatch(names: String) {
        #expect(verdict([Self.line(names, Self.key)]) == .unknown(certificateAuthority: nil))
    }

    /// The example is of `ssh-keygen -H` for the name «zk1» and «[zk1]:2222».
    @Test func hashedNamesMatch() async throws {
        let directory = TestServer.newDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = "\(directory)/known_hosts"
        let lines = [Self.line("zk1", Self.key), Self.line("[zk1]:2222", Self.otherKey)]
        // ssh-keygen wants real keys, so the salted sums are taken from a file that holds one.
        try await TestServer.makeKey("ed25519", at: "\(directory)/id")
        let real = try String(contentsOfFile: "\(directory)/id.pub", encoding: .utf8)
            .split(separator: " ").prefix(2).joined(separator: " ")
        try "zk1 \(real)\n[zk1]:2222 \(real)\n".write(toFile: file, atomically: false, encoding: .utf8)
        try await TestServer.call("/usr/bin/ssh-keygen", ["-H", "-f", file])
        let names = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            .map { String($0.split(separator: " ")[0]) }
        #expect(names.allSatisfy { $0.hasPrefix("|1|") })
        let hashed = zip(names, lines).map { name, line in
            ([Substring(name)] + line.split(separator: " ").dropFirst()).joined(separator: " ")
        }
        #expect(verdict(hashed) == .trusted)
        #expect(verdict(hashed, name: "zk2") == .unknown(certificateAuthority: nil))
        #expect(verdict(hashed, port: 2222) == .changed(places: ["f:2 (ssh-ed25519)"]))
    }

    /// `libssh2_knownhost_checkp` accepts each of these.
    @Test func whatLibssh2WouldAcceptIsRefused() {
        let wrongPort = [Self.line("[zk1]:2222", Self.otherKey), Self.line("zk1", Self.key)]
        #expect(verdict(wrongPort, port: 2222) == .changed(places: ["f:1 (ssh-ed25519)"]))
        #expect(verdict([Self.line("zk1", Self.key, "@revoked ")]) == .revoked(place: "f:1"))
        let both = [Self.line("zk1", Self.key), Self.line("*", Self.key, "@revoked ")]
        #expect(verdict(both) == .revoked(place: "f:2"))
    }

    /// OpenSSH accepts the bare name's key on another port where nothing is known for the port.
    @Test func theBareNameCountsWhereThePortIsUnknown() {
        #expect(verdict([Self.line("zk1", Self.key)], port: 2222) == .trusted)
        #expect(verdict([Self.line("zk1", Self.otherKey)], port: 2222) == .unknown(certificateAuthority: nil))
        #expect(verdict([Self.line("[zk1]:2222", Self.key)], port: 2222) == .trusted)
    }

    @Test func aKnownKeyOfAnotherTypeMakesAKeyChanged() {
        #expect(verdict([Self.line("zk1", Self.ecdsaKey)]) == .changed(places: ["f:1 (ecdsa-sha2-nistp256)"]))
        #expect(verdict([Self.line("zk1", Self.ecdsaKey), Self.line("zk1", Self.key)]) == .trusted)
    }

    @Test func aKnownKeyThatCannotBeVerifiedIsSaid() {
        let rsa = Self.sampleKey("ssh-rsa", 4)
        #expect(verdict([Self.line("zk1", rsa)]) == .unverifiable(places: ["f:1 (ssh-rsa)"]))
        #expect(verdict([Self.line("zk1", rsa), Self.line("zk1", Self.key)]) == .trusted)
    }

    @Test func oddLinesAreSkippedAndTheRestCounts() {
        let odd = [
            "", "# comment", "garbage", "zk1 ssh-ed25519", "zk1 ssh-ed25519 !!!!", "@unknown zk1 ssh-ed25519 AAAA",
            "|1|short|x ssh-ed25519 \(Base64.encode(Self.key))", "zk1 ssh-dss \(Base64.encode(Self.key))",
            Self.line("zk1", Self.key) + "\r",
        ]
        #expect(verdict(odd) == .trusted)
        #expect(verdict(Array(odd.dropLast())) == .unknown(certificateAuthority: nil))
    }

    @Test func aCertificateAuthorityIsSaidToBeUnsupported() {
        #expect(verdict([Self.line("zk1", Self.key, "@cert-authority ")]) == .unknown(certificateAuthority: "f:1"))
    }

    @Test func fingerprintsAreTheOnesOfOpenSSH() async throws {
        let server = try await TestServer()
        let shown = try await TestServer.call("/usr/bin/ssh-keygen", ["-lf", server.path("host_ed25519.pub")])
        let key = try #require(Base64.decode(try server.publicKey(of: "ed25519").split(separator: " ")[1].utf8))
        #expect(shown.contains(" \(KnownHosts.fingerprint(key)) "))
    }

    // MARK: Real servers

    @Test func anUnknownKeyIsRefusedAndTheLineToAddIsShown() async throws {
        let server = try await TestServer()
        try server.writeKnownHosts([])
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .hostKeyUnknown)
        let line = try server.knownLine(of: "ed25519")
        #expect(error.message.contains(line))
        #expect(error.message.contains("SHA256:"))
        try expectSaid(error, "host-key-unknown", of: server)
        // The line that was shown is the line that helps.
        try server.writeKnownHosts([line])
        try await server.session().close()
    }

    @Test func aChangedKeyIsRefused() async throws {
        let server = try await TestServer()
        try await TestServer.makeKey("ed25519", at: server.path("other"))
        let other = try server.text("other.pub").split(separator: " ").prefix(2).joined(separator: " ")
        try server.writeKnownHosts(["# first", "\(server.lookupName) \(other)"])
        let error = try #require(await errorOf { try await server.session() })
        #expect(error.code == .hostKeyChanged)
        #expect(error.message.contains("\(server.knownHosts):2"))
        try expectSaid(error, "host-key-changed", of: server)
        try server.writeKnownHosts([
            "@revoked * \(try server.publicKey(of: "ed25519"))", try server.knownLine(of: "ed25519"),
        ])
        #expect(await codeOfError { try await server.session() } == .hostKeyRevoked)
        try server.writeKnownHosts(["@cert-authority * \(try server.publicKey(of: "ed25519"))"])
        let authority = try #require(await errorOf { try await server.session() })
        #expect(authority.code == .hostKeyUnknown)
        #expect(authority.message.contains("@cert-authority"))
    }

    /// The key type that is known is the one to ask for, whichever the server and libssh2 would like best.
    @Test(arguments: ["ed25519", "ecdsa"]) func theKnownTypeIsAskedFor(type: String) async throws {
        let server = try await TestServer()
        try server.writeKnownHosts(["garbage", try server.knownLine(of: type)])
        try await server.session().close()
        let wrong = try server.knownLine(of: type == "ecdsa" ? "ed25519" : "ecdsa")
            .replacingOccurrences(of: "[\(TestServer.address)]", with: "[127.0.0.99]")
        try server.writeKnownHosts(["[127.0.2.*]:\(server.port) \(try server.publicKey(of: type))", wrong])
        try await server.session().close()
    }

    @Test func aServerThatLostItsKnownKeyTypeIsChanged() async throws {
        let server = try await TestServer(hostKeys: ["ecdsa"])
        try await TestServer.makeKey("ed25519", at: server.path("host_ed25519"))
        try server.writeKnownHosts([try server.knownLine(of: "ed25519")])
        #expect(await codeOfError { try await server.session() } == .hostKeyChanged)
    }

    @Test func filesThatCannotBeReadAreSaid() async throws {
        let server = try await TestServer()
        let missing = server.endpoint { $0.knownHosts = [server.path("none")] }
        #expect(await codeOfError { try await server.connector().connect(missing) } == .hostKeyUnknown)
        let directory = server.endpoint { $0.knownHosts = [server.directory] }
        #expect(await codeOfError { try await server.connector().connect(directory) } == .knownHostsUnreadable)
    }
}
