import Checksums
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct InstallScriptTests {
    /// - Returns: the archive's path and its sum.
    private func archive(_ host: FakeHost, top: String = "zookeeper-3.4.14") throws -> (String, String) {
        let root = host.directory + "/dist/" + top
        try host.write("new script", to: root + "/bin/zkServer.sh", mode: 0o755)
        try host.write("jar", to: root + "/zookeeper-3.4.14.jar")
        try host.write("hidden", to: root + "/.settings")
        let path = host.directory + "/zookeeper.tar.gz"
        try Command.output(["/bin/tar", "-czf", path, "-C", host.directory + "/dist", top])
        return (path, SHA256.hexDigest(of: try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    @Test(arguments: TestShell.two) func installAndUninstall(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let (path, sum) = try archive(host)
        let before = host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") }
        #expect(try await host.ensemble.install(host.server, archive: path, sha256: sum, under: host.run) == .changed)
        #expect(host.text(host.home + "/bin/zkServer.sh") == "new script")
        #expect(host.text(host.home + "/.settings") == "hidden")
        #expect(host.mode(host.home + "/bin/zkServer.sh") == 0o755)
        #expect(!host.exists(host.config))
        #expect(try await host.ensemble.heldLock(host.server)?.owner.run == "run-1")
        #expect(try await host.ensemble.install(host.server, archive: path, sha256: sum, under: host.run) == .already)
        #expect(try await host.ensemble.uninstall(host.server, under: host.run) == .changed)
        #expect(host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") } == before)
        #expect(try await host.ensemble.uninstall(host.server, isCertain: true, under: host.run) == .already)
        try FileManager.default.removeItem(atPath: host.home + "/.zkops/backups/run-1")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.uninstall(host.server, isCertain: true, under: host.run)
        }
        #expect(error?.code == .backupMissing)
    }

    @Test(arguments: TestShell.two) func intoAHomeThatIsNotThereYet(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try FileManager.default.removeItem(atPath: host.home)
        try await host.lock()
        let (path, sum) = try archive(host)
        #expect(try await host.ensemble.install(host.server, archive: path, sha256: sum, under: host.run) == .changed)
        #expect(host.text(host.home + "/zookeeper-3.4.14.jar") == "jar")
        #expect(try await host.ensemble.uninstall(host.server, under: host.run) == .changed)
        #expect(!host.exists(host.home + "/bin"))
    }

    @Test(arguments: TestShell.two) func anotherArchiveThanMeantIsRefused(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let (path, _) = try archive(host)
        let before = host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") }
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.install(
                host.server, archive: path, sha256: String(repeating: "0", count: 64), under: host.run)
        }
        #expect(error?.code == .checksumDiffers)
        #expect(host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") } == before)
    }

    /// Interrupted after half of the old files were moved aside, and after half of the new ones came.
    @Test(arguments: TestShell.two, ["old", "new"]) func anInterruptedInstallGoesOn(
        _ shell: TestShell, phase: String
    ) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let (path, sum) = try archive(host)
        let before = host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") }
        let backup = host.home + "/.zkops/backups/run-1/" + host.run.fileName
        let manager = FileManager.default
        try manager.createDirectory(atPath: backup + "/home", withIntermediateDirectories: true)
        try manager.copyItem(atPath: host.directory + "/dist/zookeeper-3.4.14", toPath: host.home + "/.zkops/unpacked")
        try manager.moveItem(atPath: host.home + "/bin", toPath: backup + "/home/bin")
        if phase == "new" {
            try manager.moveItem(atPath: host.home + "/conf", toPath: backup + "/home/conf")
            try manager.moveItem(atPath: host.home + "/.zkops/unpacked/bin", toPath: host.home + "/bin")
        }
        try host.write(phase + "\n", to: backup + "/install.phase")
        #expect(try await host.ensemble.install(host.server, archive: path, sha256: sum, under: host.run) == .changed)
        #expect(host.text(host.home + "/bin/zkServer.sh") == "new script")
        #expect(host.text(host.home + "/zookeeper-3.4.14.jar") == "jar")
        #expect(!host.exists(host.home + "/.zkops/unpacked"))
        #expect(try await host.ensemble.uninstall(host.server, under: host.run) == .changed)
        #expect(host.tree(host.home).filter { !$0.key.hasPrefix(".zkops") } == before)
    }

    @Test(arguments: TestShell.two) func dataInsideTheHomeIsNotTakenAlong(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.write("dataDir=\(host.home)/data\n", to: host.config)
        try host.fillData(host.home + "/data", host.home + "/data")
        let (path, sum) = try archive(host)
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.install(host.server, archive: path, sha256: sum, under: host.run)
        }
        #expect(error?.code == .dataNotEmpty)
        #expect(host.exists(host.home + "/data/version-2/currentEpoch"))
    }
}
