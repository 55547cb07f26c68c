import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct DataScriptTests {
    @Test(arguments: TestShell.two) func dataIsMovedAsideAndBack(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.fillData(host.data, host.logs)
        let (data, logs) = (host.tree(host.data), host.tree(host.logs))
        #expect(try await host.ensemble.clearData(host.server, under: host.run) == .changed)
        #expect(!host.exists(host.data + "/version-2"))
        #expect(!host.exists(host.logs + "/version-2"))
        #expect(host.mode(host.data + "/.zkops") == 0o700)
        #expect(try await host.ensemble.clearData(host.server, under: host.run) == .already)
        #expect(try await host.ensemble.dataSummary(host.server).isEmpty)

        // What a server wrote meanwhile gives way, and is kept.
        try host.write("new", to: host.data + "/version-2/currentEpoch")
        #expect(try await host.ensemble.restoreData(host.server, under: host.run) == .changed)
        #expect(
            host.tree(host.data + "/version-2")
                == data.reduce(into: [:]) { tree, file in
                    if file.key != "version-2" { tree[String(file.key.dropFirst("version-2/".count))] = file.value }
                })
        #expect(host.tree(host.logs).filter { !$0.key.hasPrefix(".zkops") } == logs)
        let kept = host.data + "/.zkops/run-1/" + host.run.fileName + "/replaced-1/version-2/currentEpoch"
        #expect(host.text(kept) == "new")
        #expect(try await host.ensemble.restoreData(host.server, isCertain: true, under: host.run) == .already)
        // Only the backup tells that it was an earlier try that moved them back.
        for directory in [host.data, host.logs] {
            try FileManager.default.removeItem(atPath: directory + "/.zkops/run-1")
        }
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.restoreData(host.server, isCertain: true, under: host.run)
        }
        #expect(error?.code == .backupMissing)
    }

    /// One half of the data without the other would be a server with a gap in its history: neither is put back.
    @Test(arguments: ["data", "logs"], TestShell.two) func halfABackupPutsNothingBack(
        _ lost: String, _ shell: TestShell
    ) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.fillData(host.data, host.logs)
        _ = try await host.ensemble.clearData(host.server, under: host.run)
        let (gone, left) = lost == "data" ? (host.data, host.logs) : (host.logs, host.data)
        try FileManager.default.removeItem(atPath: gone + "/.zkops/run-1")
        for isCertain in [true, false] {
            let error = await failure { () async throws(AccessError) in
                try await host.ensemble.restoreData(host.server, isCertain: isCertain, under: host.run)
            }
            #expect(error?.code == .backupMissing)
            #expect(error?.message.contains(gone) == true)
            #expect(!host.exists(host.data + "/version-2") && !host.exists(host.logs + "/version-2"))
            #expect(host.exists(left + "/.zkops/run-1/" + host.run.fileName + "/version-2"))
        }
    }

    /// Cleared, put back and cleared again by the same action: that it was put back once says nothing of the second time.
    @Test func clearedAgainAfterItWasPutBack() async throws {
        let host = try FakeHost(.dash)
        try await host.lock()
        try host.fillData(host.data, host.logs)
        _ = try await host.ensemble.clearData(host.server, under: host.run)
        _ = try await host.ensemble.restoreData(host.server, isCertain: true, under: host.run)
        _ = try await host.ensemble.clearData(host.server, under: host.run)
        let keep = "/.zkops/run-1/" + host.run.fileName + "/version-2"
        for directory in [host.data, host.logs] { try FileManager.default.removeItem(atPath: directory + keep) }
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.restoreData(host.server, isCertain: true, under: host.run)
        }
        #expect(error?.code == .backupMissing)
    }

    @Test(arguments: TestShell.two) func oneDirectoryForBoth(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.other])
        try host.fillData(host.otherData, host.otherData)
        let facts = try await host.ensemble.observe(host.other, files: [])
        #expect(facts.snapshot == .at(Zxid(0x1_0000_00a0)))
        #expect(facts.log == .at(Zxid(0x1_0000_0090)))
        #expect(facts.logSize == 7 + 400_000)
        #expect(facts.dataSize == 26)
        #expect(try await host.ensemble.dataSummary(host.other) == DataSummary(snapshots: 2, logs: 2, bytes: 400_033))
        #expect(try await host.ensemble.clearData(host.other, under: host.run) == .changed)
        #expect(!host.exists(host.otherData + "/version-2"))
        #expect(try await host.ensemble.restoreData(host.other, under: host.run) == .changed)
        #expect(host.exists(host.otherData + "/version-2/log.100000090"))
    }

    @Test(arguments: TestShell.two) func whatIsNotWhatItSeemsIsRefused(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        func code() async -> AccessError.Code? {
            await failure { () async throws(AccessError) in
                try await host.ensemble.clearData(host.server, under: host.run)
            }?.code
        }
        try host.fillData(host.otherData, host.otherData)
        try FileManager.default.createSymbolicLink(
            atPath: host.data + "/version-2", withDestinationPath: host.otherData + "/version-2")
        #expect(await code() == .configurationInvalid)
        for path in ["relative/data", "/", host.directory + "/data/../other-data", ""] {
            try host.write("dataDir=\(path)\n", to: host.config)
            #expect(await code() == .configurationInvalid)
        }
        #expect(host.exists(host.otherData + "/version-2/snapshot.100000001"))
    }

    @Test(arguments: TestShell.two) func dataOfARunningServerStays(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.fillData(host.data, host.logs)
        try await host.startByHand()
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.clearData(host.server, under: host.run)
        }
        #expect(error?.code == .serverRunning)
        #expect(host.exists(host.data + "/version-2/currentEpoch"))
    }

    /// Values that only a reader of Java properties gets right.
    @Test(arguments: TestShell.two) func directoriesWrittenInOddWays(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.fillData(host.data, host.logs)
        try host.write(
            "dataDir=/nowhere\n  dataDir : \\\n    \(host.data)  \r\ndata\\u004cogDir \(host.logs)\n", to: host.config)
        let facts = try await host.ensemble.observe(host.server, files: [])
        #expect(facts.snapshot == .at(Zxid(0x1_0000_00a0)))
        #expect(facts.log == .at(Zxid(0x1_0000_0090)))
        #expect(facts.epochs == .init(accepted: Epoch(1), current: Epoch(1)))
        #expect((facts.dataRoom ?? 0) > 0)
        #expect(try await host.ensemble.clearData(host.server, under: host.run) == .changed)
        #expect(!host.exists(host.logs + "/version-2"))
    }

    @Test(arguments: TestShell.two) func factsOfAStoppedServer(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try host.write("10\n", to: host.data + "/myid")
        try host.write("x", to: host.home + "/lib/zookeeper-3.4.14.jar")
        try host.write("x", to: host.home + "/lib/zookeeper-jute-9.9.9.jar")
        try host.write("a=1\n", to: host.home + "/conf/log4j.properties")
        let facts = try await host.ensemble.observe(
            host.server, files: ["conf/log4j.properties", host.config, "conf/none"])
        #expect(!facts.running)
        #expect(facts.mode == .stopped)
        #expect(facts.myid == ServerID(10))
        #expect(facts.version == Version(3, 4, 14))
        #expect(facts.snapshot == ServerFacts.Newest.none)
        #expect(facts.epochs == nil)
        #expect(facts.files == ["conf/log4j.properties": "a=1\n", host.config: host.text(host.config)!])
        #expect(host.connector.faults.count(RemoteScripts.observe) == 1)
    }
}
