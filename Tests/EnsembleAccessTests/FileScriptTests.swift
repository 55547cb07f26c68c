import Checksums
import EnsembleModel
import Foundation
import Glibc
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct FileScriptTests {
    private func sum(_ text: String) -> String { SHA256.hexDigest(of: text.utf8) }

    @Test(arguments: TestShell.two) func aFileIsReplacedAndPutBack(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let old = try #require(host.text(host.config))
        unsafe chmod(host.config, 0o640)
        let new = old + "# with a quote ' and a $HOME\n"
        let file = FilePlace.config(host.server)

        let first = try await host.ensemble.replaceFile(
            file, with: Array(new.utf8), mode: nil, expected: sum(old), under: host.run)
        #expect(first == .changed)
        #expect(host.text(host.config) == new)
        #expect(host.mode(host.config) == 0o640)
        // Nothing temporary stays behind; what is kept is the run's own.
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.home + "/conf") == ["zoo.cfg"])
        let backups = host.home + "/.zkops/backups/run-1/4.2%5bzk1@a%5d.1"
        #expect(host.mode(backups) == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: backups) {
            #expect(host.mode(backups + "/" + name) == 0o600)
        }

        let again = try await host.ensemble.replaceFile(
            file, with: Array(new.utf8), mode: nil, expected: sum(old), under: host.run)
        #expect(again == .already)

        #expect(try await host.ensemble.restoreFile(file, under: host.run) == .changed)
        #expect(host.text(host.config) == old)
        #expect(host.mode(host.config) == 0o640)
        #expect(try await host.ensemble.restoreFile(file, under: host.run) == .already)
    }

    @Test(.needs(.owners), arguments: TestShell.two) func aFileKeepsItsOwner(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let old = try #require(host.text(host.config))
        unsafe chown(host.config, 65534, 65534)
        let file = FilePlace.config(host.server)
        _ = try await host.ensemble.replaceFile(
            file, with: Array("new".utf8), mode: nil, expected: sum(old), under: host.run)
        #expect(try Command.output(["/usr/bin/stat", "-c", "%u:%g", host.config]) == "65534:65534\n")
        #expect(try await host.ensemble.restoreFile(file, under: host.run) == .changed)
        #expect(try Command.output(["/usr/bin/stat", "-c", "%u:%g", host.config]) == "65534:65534\n")
    }

    /// A directory that hands its group down gives the folder that the new file is made in a mode of its own.
    @Test(arguments: TestShell.two) func aDirectoryOfAGroup(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        unsafe chmod(host.home + "/conf", 0o2775)
        let old = try #require(host.text(host.config))
        let file = FilePlace.config(host.server)
        _ = try await host.ensemble.replaceFile(
            file, with: Array("new".utf8), mode: nil, expected: sum(old), under: host.run)
        #expect(host.text(host.config) == "new")
        #expect(try await host.ensemble.restoreFile(file, under: host.run) == .changed)
        #expect(host.text(host.config) == old)
    }

    @Test(arguments: TestShell.two) func otherContentThanExpectedStays(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let old = try #require(host.text(host.config))
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.replaceFile(
                .config(host.server), with: [65], mode: nil, expected: self.sum("something else"), under: host.run)
        }
        #expect(error?.code == .hostChanged)
        #expect(host.text(host.config) == old)
        let none = await failure { () async throws(AccessError) in
            try await host.ensemble.replaceFile(
                .config(host.server), with: [65], mode: nil, expected: nil, under: host.run)
        }
        #expect(none?.code == .hostChanged)
        #expect(host.text(host.config) == old)
    }

    @Test(arguments: TestShell.two) func whatSomebodyElseWroteSinceIsNotUndone(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let old = try #require(host.text(host.config))
        _ = try await host.ensemble.replaceFile(
            .config(host.server), with: [65], mode: nil, expected: sum(old), under: host.run)
        try host.write("by hand", to: host.config)
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.restoreFile(.config(host.server), under: host.run)
        }
        #expect(error?.code == .hostChanged)
        #expect(host.text(host.config) == "by hand")
    }

    @Test(arguments: TestShell.two) func aNewFileGoesAgain(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let file = FilePlace.myid(host.server)
        let made = try await host.ensemble.replaceFile(
            file, with: Array("2\n".utf8), mode: 0o644, expected: nil, under: host.run)
        #expect(made == .changed)
        #expect(host.text(host.data + "/myid") == "2\n")
        #expect(host.mode(host.data + "/myid") == 0o644)
        let read = try #require(try await host.ensemble.readFile(file))
        #expect(read.bytes == Array("2\n".utf8))
        #expect(read.mode == 0o644)
        #expect(read.sha256 == sum("2\n"))
        #expect(try await host.ensemble.restoreFile(file, under: host.run) == .changed)
        #expect(try await host.ensemble.readFile(file) == nil)
    }

    @Test(arguments: TestShell.two) func aLinkIsFollowed(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let target = host.directory + "/etc/real.cfg"
        try FileManager.default.createDirectory(atPath: host.directory + "/etc", withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: host.config, toPath: target)
        try FileManager.default.createSymbolicLink(atPath: host.config, withDestinationPath: target)
        let old = try #require(host.text(target))
        _ = try await host.ensemble.replaceFile(
            .config(host.server), with: Array("new".utf8), mode: nil, expected: sum(old), under: host.run)
        #expect(host.text(target) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: host.config) == target)
        _ = try await host.ensemble.restoreFile(.config(host.server), under: host.run)
        #expect(host.text(target) == old)
    }

    @Test(arguments: TestShell.two) func filesOfAnyBytesAndNames(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let file = FilePlace.installation(host.server, path: "conf/it's a \"file\" $x")
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        _ = try await host.ensemble.replaceFile(file, with: bytes, mode: 0o600, expected: nil, under: host.run)
        let read = try #require(try await host.ensemble.readFile(file))
        #expect(read.bytes == bytes)
        #expect(read.mode == 0o600)
    }

    @Test(arguments: TestShell.two) func filesOfTheHost(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let file = FilePlace.host("zk1", path: host.directory + "/etc/sysctl.d/90-zkops.conf")
        // No server of the host is locked by this run, so there is no lock to look at.
        let made = try await host.ensemble.replaceFile(file, with: [65], mode: nil, expected: nil, under: host.run)
        #expect(made == .changed)
        #expect(try await host.ensemble.restoreFile(file, under: host.run) == .changed)
        #expect(try await host.ensemble.readFile(file) == nil)
    }

    @Test func backupsOfDifferentActionsLieApart() {
        let names = ["4.2[zk6@a].1", "4.2(zk6@a).1", "4.2%5bzk6@a%5d.1", "..", ".", "a/b", "a%2fb", "é", ""]
            .map { Mutation.fileName($0) }
        #expect(Set(names).count == names.count)
        for name in names { #expect(!name.contains("/") && !name.hasPrefix(".")) }
    }
}
