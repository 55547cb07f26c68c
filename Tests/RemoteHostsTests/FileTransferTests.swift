import Checksums
import Foundation
import TestSupport
import Testing

@testable import RemoteHosts

@Suite struct FileTransferTests {
    @Test(arguments: [true, false]) func aFileArrivesWholeWithItsMode(sftp: Bool) async throws {
        let server = try await TestServer(sftp: sftp)
        let session = try await server.session()
        for size in [0, 1, 32_768, 5_000_001] {
            let path = server.path("a file's name \(size)")
            let sum = try await session.write(pattern(size), to: path, mode: 0o640, limit: .seconds(30))
            #expect(sum == (try await sha256(of: pattern(size))))
            #expect(SHA256.hexDigest(of: try Data(contentsOf: URL(fileURLWithPath: path))) == sum)
            #expect(try mode(path) == 0o640)
            #expect(SHA256.hexDigest(of: try await session.read(path, limitBytes: size)) == sum)
        }
        #expect(try leftovers(server).isEmpty)
        await session.close()
    }

    @Test(arguments: [true, false]) func anOldFileIsReplacedInOneStepAndLinksAreFollowed(sftp: Bool) async throws {
        let server = try await TestServer(sftp: sftp)
        let session = try await server.session()
        try server.write("old", to: "real")
        try FileManager.default.createSymbolicLink(atPath: server.path("link"), withDestinationPath: "real")
        try await session.write({ nil }, to: server.path("link"), mode: 0o600, limit: .seconds(10))
        #expect(try server.text("real").isEmpty)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: server.path("link")) == "real")
        await session.close()
    }

    @Test(arguments: [true, false]) func whatCannotBeWrittenIsSaidAndLeavesNothing(sftp: Bool) async throws {
        let server = try await TestServer(sftp: sftp)
        let session = try await server.session()
        let missing = await codeOfError {
            try await session.write(pattern(10), to: server.path("no/such/file"), mode: 0o600, limit: .seconds(10))
        }
        #expect(missing == .fileNotFound)
        let directory = await codeOfError {
            try await session.write(pattern(10), to: server.directory, mode: 0o600, limit: .seconds(10))
        }
        #expect(directory == .transferFailed)
        struct Broken: Error {}
        let given = Counter()
        let broken = await codeOfError {
            try await session.write(
                {
                    if given.add(1) > 2 { throw Broken() }
                    return [UInt8](repeating: 1, count: 100_000)
                }, to: server.path("broken"), mode: 0o600, limit: .seconds(10))
        }
        #expect(broken == .transferFailed)
        #expect(try leftovers(server).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: server.path("broken")))
        await session.close()
    }

    /// Plain scp calls a file complete that a full disk cut off; a writer that reads nothing hangs.
    @Test(.needs(.mounts), arguments: [true, false]) func aFullDiskIsSaidAndLeavesTheOldFile(sftp: Bool) async throws {
        let server = try await TestServer(sftp: sftp)
        let small = server.path("small")
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
        try await TestServer.call("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small])
        defer { unsafe umount2(small, Int32(MNT_DETACH)) }
        try "old".write(toFile: small + "/file", atomically: false, encoding: .utf8)
        let session = try await server.session()
        let error = await errorOf {
            try await session.write(pattern(8 << 20), to: small + "/file", mode: 0o600, limit: .seconds(20))
        }
        #expect(error?.code == .noSpace)
        try expectSaid(error, "disk-full", of: server)
        #expect(try String(contentsOfFile: small + "/file", encoding: .utf8) == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: small) == ["file"])
        await session.close()
    }

    @Test(.needs(.mounts), arguments: [true, false]) func aReadOnlyFileSystemIsSaid(sftp: Bool) async throws {
        let server = try await TestServer(sftp: sftp)
        let still = server.path("still")
        try FileManager.default.createDirectory(atPath: still, withIntermediateDirectories: false)
        try await TestServer.call("/bin/mount", ["-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", still])
        defer { unsafe umount2(still, Int32(MNT_DETACH)) }
        let session = try await server.session()
        let error = await errorOf {
            try await session.write(pattern(1000), to: still + "/file", mode: 0o600, limit: .seconds(20))
        }
        try expectSaid(error, "read-only", of: server)
        #expect(error?.code == .readOnly)
        await session.close()
    }

    @Test(arguments: [true, false], transports) func aConnectionDroppedInTheMiddleOfAFileLeavesTheOldOne(
        sftp: Bool, transport: Endpoint.Transport
    ) async throws {
        let server = try await TestServer(sftp: sftp)
        try server.write("old", to: "file")
        let session = try await server.session(transport)
        // Through a second connection, which outlives the first.
        let other = try await server.session()
        let own = try await other.sh("echo $PPID").outputText.trimmingCharacters(in: .newlines)
        let given = Counter()
        let error = await errorOf {
            try await session.write(
                {
                    if given.add(1) == 4 {
                        _ = try await other.sh(
                            "for p in $(ps -o pid= --ppid \(server.pid)); do [ $p = \(own) ] || kill -9 $p; done")
                    }
                    return given.now > 400 ? nil : [UInt8](repeating: 1, count: 100_000)
                }, to: server.path("file"), mode: 0o600, limit: .seconds(30))
        }
        try expectSaid(error, "dropped-in-a-file", of: server)
        #expect(try server.text("file") == "old")
        await other.close()
        await session.close()
    }

    @Test(arguments: transports) func aSumThatDiffersLeavesTheOldFile(transport: Endpoint.Transport) async throws {
        let server = try await TestServer(path: ["sha256sum": "#!/bin/sh\ncat >/dev/null\necho 0000 -\n"])
        try server.write("old", to: "file")
        let session = try await server.session(transport)
        let code = await codeOfError {
            try await session.write(pattern(1000), to: server.path("file"), mode: 0o600, limit: .seconds(10))
        }
        #expect(code == .checksumDiffers)
        #expect(try server.text("file") == "old")
        #expect(try leftovers(server).isEmpty)
        await session.close()
    }

    @Test(arguments: ["openssl", nil]) func otherProgramsCanMakeTheSum(program: String?) async throws {
        let tools =
            ["sh", "cat", "rm", "mv", "chmod", "chown", "stat", "sync", "df", "tail"] + (program.map { [$0] } ?? [])
        let server = try await TestServer(onlyTools: tools)
        let session = try await server.session()
        let path = server.path("file")
        let error = await errorOf {
            try await session.write(pattern(1000), to: path, mode: 0o600, limit: .seconds(10))
        }
        #expect(error?.code == (program == nil ? .transferFailed : nil))
        if program == nil { try expectSaid(error, "no-sha256sum", of: server) }
        #expect(FileManager.default.fileExists(atPath: path) == (program != nil))
        #expect(try leftovers(server).isEmpty)
        await session.close()
    }

    @Test(arguments: transports) func readingHasItsLimitsAndErrors(transport: Endpoint.Transport) async throws {
        let server = try await TestServer()
        let session = try await server.session(transport)
        try server.write("0123456789", to: "ten")
        #expect(try await session.read(server.path("ten"), limitBytes: 10) == Array("0123456789".utf8))
        #expect(await codeOfError { try await session.read(server.path("ten"), limitBytes: 9) } == .fileTooLarge)
        #expect(await codeOfError { try await session.read("/dev/zero", limitBytes: 1 << 20) } == .fileTooLarge)
        #expect(await codeOfError { try await session.read(server.path("none"), limitBytes: 9) } == .fileNotFound)
        #expect(await codeOfError { try await session.read(server.directory, limitBytes: 9) } == .transferFailed)
        #expect(try await session.sh("echo on").succeeded)
        await session.close()
    }

    @Test(arguments: [true, false]) func aWriteCanBeCancelledAndLeavesNothing(sftp: Bool) async throws {
        let server = try await TestServer(sftp: sftp)
        let session = try await server.session()
        let started = Gate()
        let given = Counter()
        let task = Task {
            await codeOfError {
                try await session.write(
                    {
                        if given.add(1) > 3 {
                            await started.open()
                            try await Task.sleep(for: .seconds(20))
                        }
                        return [UInt8](repeating: 1, count: 100_000)
                    }, to: server.path("file"), mode: 0o600, limit: .seconds(30))
            }
        }
        await started.pass()
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try leftovers(server).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: server.path("file")))
        await session.close()
    }

    @Test(arguments: transports) func sudoWritesReadsAndRuns(transport: Endpoint.Transport) async throws {
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
        let sum = try await session.write(pattern(100_000), to: server.path("file"), mode: 0o600, limit: .seconds(10))
        #expect(sum == (try await sha256(of: pattern(100_000))))
        #expect(try await session.read(server.path("file"), limitBytes: 100_000).count == 100_000)
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
        let write = await codeOfError {
            try await session.write(pattern(10), to: server.path("file"), mode: 0o600, limit: .seconds(10))
        }
        #expect(write == .becomeRefused)
        await session.close()
    }

    @Test(arguments: transports) func oneSessionAtATimeIsEnoughForAFile(transport: Endpoint.Transport) async throws {
        let server = try await TestServer(["MaxSessions 1"])
        let session = try await server.session(transport)
        try await session.write(pattern(1_000_000), to: server.path("file"), mode: 0o644, limit: .seconds(20))
        #expect(try await session.read(server.path("file"), limitBytes: 1_000_000).count == 1_000_000)
        await session.close()
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    private func leftovers(_ server: TestServer) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: server.directory).filter { $0.contains("zkops-") }
    }
}

extension TestServer {
    convenience init(_ options: [String] = [], sftp: Bool) async throws {
        try await self.init(options, subsystem: sftp ? "sftp internal-sftp" : "nothing /bin/false")
    }

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

    /// A server whose commands find no programs but these.
    convenience init(onlyTools tools: [String]) async throws {
        let bin = Self.newDirectory()
        for tool in tools {
            let place = ["/usr/bin/", "/bin/"].map { $0 + tool }.first { unsafe access($0, X_OK) == 0 }
            try FileManager.default.createSymbolicLink(
                atPath: "\(bin)/\(tool)", withDestinationPath: place ?? "/nonexistent/\(tool)")
        }
        try await self.init(environment: ["PATH": bin], extra: [bin])
    }

    static func newDirectory() -> String {
        let path = NSTemporaryDirectory() + "zkops-bin-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
