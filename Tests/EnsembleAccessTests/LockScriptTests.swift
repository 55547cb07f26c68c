import Checksums
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct LockScriptTests {
    @Test(arguments: TestShell.two) func oneRunAtATimeHoldsTheLock(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        #expect(try await host.ensemble.heldLock(host.server) == nil)
        try await host.ensemble.lock(host.server, owner: host.owner("run-1"))
        #expect(try await host.ensemble.heldLock(host.server)?.owner == host.owner("run-1"))
        // A resumed run takes its own lock again.
        try await host.ensemble.lock(host.server, owner: host.owner("run-1"))

        let error = try #require(
            await failure { () async throws(AccessError) in
                try await host.ensemble.lock(host.server, owner: host.owner("run-2"))
            })
        #expect(error.code == .lockHeld)
        for word in ["run-1", "ann of ops", "desk", "2026-01-11T18:02:11Z", "s ago"] {
            #expect(error.message.contains(word))
        }
        #expect(host.mode(host.home + "/.zkops/lock/owner") == 0o600)
        #expect(host.mode(host.home + "/.zkops/lock") == 0o700)

        try await host.ensemble.unlock(host.server, owner: host.owner("run-1"))
        #expect(!host.exists(host.home + "/.zkops"))
        try await host.ensemble.lock(host.server, owner: host.owner("run-2"))
    }

    /// A run that lives renews its lock; one whose lock was not renewed for long is dead or asleep. The host's clock says both when it
    /// was renewed and what time it is, so a wrong clock makes no lock look old.
    @Test(arguments: TestShell.two) func aLockTellsWhenItWasLastRenewed(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try Command.output(["/usr/bin/touch", "-d", "3 hours ago", host.home + "/.zkops/lock/owner"])
        let old = try #require(try await host.ensemble.heldLock(host.server))
        #expect(old.isStale)
        #expect(
            old.inWords
                == "run run-1 of ann of ops on desk has held the lock since 2026-01-11T18:02:11Z, and last renewed it 3h ago"
        )
        try await host.ensemble.renewLock(host.server, owner: host.owner("run-1"))
        let renewed = try #require(try await host.ensemble.heldLock(host.server))
        #expect(!renewed.isStale)
        #expect(try #require(renewed.age) < .seconds(60))
    }

    @Test(arguments: TestShell.two) func aLostLockIsNotRenewedAndNotReleased(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.ensemble.lock(host.server, owner: host.owner("run-2"))
        let renewed = await failure { () async throws(AccessError) in
            try await host.ensemble.renewLock(host.server, owner: host.owner("run-1"))
        }
        #expect(renewed?.code == .lockLost)
        #expect(renewed?.message.contains("run-2") == true)
        let released = await failure { () async throws(AccessError) in
            try await host.ensemble.unlock(host.server, owner: host.owner("run-1"))
        }
        #expect(released?.code == .lockLost)
        #expect(try await host.ensemble.heldLock(host.server)?.owner.run == "run-2")
    }

    /// A lock without a name, as a renewal that met a release left it once, is nobody's.
    @Test(arguments: TestShell.two) func aLockWithoutANameHoldsNobodyUp(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let owner = host.home + "/.zkops/lock/owner"
        try host.write("", to: owner)
        try await host.ensemble.unlock(host.server, owner: host.owner("run-1"))
        #expect(!host.exists(owner))
        try host.write("", to: owner)
        try await host.lock()
        try await host.ensemble.unlock(host.server, owner: host.owner("run-1"))
        // Nor does a renewal make one.
        let renewed = await failure { () async throws(AccessError) in
            try await host.ensemble.renewLock(host.server, owner: host.owner("run-1"))
        }
        #expect(renewed?.code == .lockLost)
        #expect(!host.exists(owner))
    }

    /// The folder of a run was copied to another machine, which may be called the same. There it is gone on with once nothing is heard of the first process; which then
    /// can neither go on nor give the lock back.
    @Test(arguments: TestShell.two) func ofTwoProcessesAtOneRunOneHoldsTheLock(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        let second = host.anotherProcess()
        let laptop = host.owner("run-1", attempt: "a2", origin: "desk 1:3")
        let refused = await failure { () async throws(AccessError) in try await second.lock(host.server, owner: laptop)
        }
        #expect(refused?.code == .lockHeld)
        #expect(refused?.message.contains("run run-1 of ann of ops on desk has held the lock") == true)
        try Command.output(["/usr/bin/touch", "-d", "2 minutes ago", host.home + "/.zkops/lock/owner"])
        try await second.lock(host.server, owner: laptop)
        #expect(try await second.heldLock(host.server)?.owner == laptop)

        try host.fillData(host.data, host.logs)
        let before = host.tree(host.directory)
        for deed in Deed.allCases {
            let woken = await failure { () async throws(AccessError) in try await self.carryOut(deed, host) }
            #expect(woken?.code == .lockLost, "\(deed)")
            #expect(woken?.message.contains("run run-1 in another process holds it now") == true, "\(deed)")
        }
        #expect(host.tree(host.directory) == before && host.processes().isEmpty)
        let renewed = await failure { () async throws(AccessError) in
            try await host.ensemble.renewLock(host.server, owner: host.owner("run-1"))
        }
        #expect(renewed?.code == .lockLost)
        let released = await failure { () async throws(AccessError) in
            try await host.ensemble.unlock(host.server, owner: host.owner("run-1"))
        }
        #expect(released?.code == .lockLost)
        #expect(try await second.heldLock(host.server)?.owner == laptop)
        // `run unlock` gives up whatever process holds it.
        try await host.anotherProcess().unlock(host.server, owner: host.owner("run-1", attempt: ""))
        #expect(!host.exists(host.home + "/.zkops"))
    }

    @Test(arguments: TestShell.two) func aHomeMadeForTheLockGoesWithIt(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try FileManager.default.removeItem(atPath: host.home)
        try await host.lock()
        #expect(host.exists(host.home + "/.zkops/lock/owner"))
        try await host.ensemble.renewLock(host.server, owner: host.owner("run-1"))
        try await host.ensemble.unlock(host.server, owner: host.owner("run-1"))
        #expect(!host.exists(host.home))
    }

    /// Many at once: exactly one gets it.
    @Test(arguments: TestShell.two) func ofManyAtOnceOneWins(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let won = await withTaskGroup(of: Bool.self) { group in
            for number in 1...8 {
                group.addTask {
                    await failure { () async throws(AccessError) in
                        try await host.ensemble.lock(host.server, owner: host.owner("run-\(number)"))
                    } == nil
                }
            }
            return await group.reduce(0) { $1 ? $0 + 1 : $0 }
        }
        #expect(won == 1)
    }

    /// Every call that changes something finds the lock lost and leaves every byte as it is.
    @Test(arguments: TestShell.two) func withoutTheLockNothingIsWritten(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try host.fillData(host.data, host.logs)
        try await host.ensemble.lock(host.server, owner: host.owner("run-2"))
        let before = host.tree(host.directory)
        for deed in Deed.allCases {
            let error = await failure { () async throws(AccessError) in try await self.carryOut(deed, host) }
            #expect(error?.code == .lockLost, "\(deed)")
        }
        #expect(host.tree(host.directory) == before)
        #expect(!host.exists("/tmp/zkops-no"))
    }

    /// The comparison of a copy takes minutes, and so does an archive on its way. Who loses the lock meanwhile puts nothing in place.
    @Test(arguments: [Deed.copyData, .install]) func whoLosesTheLockInTheMiddlePutsNothingInPlace(
        _ deed: Deed
    ) async throws {
        let host = try FakeHost(.dash)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        let archive = host.directory + "/new.tar.gz"
        try host.write("new script", to: host.directory + "/dist/zookeeper-3.4.14/bin/zkServer.sh", mode: 0o755)
        try Command.output(["/bin/tar", "-czf", archive, "-C", host.directory + "/dist", "zookeeper-3.4.14"])
        let sum = SHA256.hexDigest(of: try Data(contentsOf: URL(fileURLWithPath: archive)))
        // Each lets another run take over, then does its work.
        for program in ["sha256sum", "tar"] {
            try host.write(
                """
                #!/bin/sh
                case "$*" in
                "-c -"|"-xzf "*) printf 'run run-2\n' > \(host.home)/.zkops/lock/owner ;;
                esac
                exec /usr/bin/\(program) "$@"
                """, to: host.directory + "/programs/" + program, mode: 0o755)
        }
        host.connector.faults.searchPath = host.directory + "/programs:" + TestShell.dash.searchPath
        let before = (data: host.tree(host.data), logs: host.tree(host.logs), home: host.tree(host.home + "/bin"))
        let error = await failure { () async throws(AccessError) in
            switch deed {
            case .install:
                _ = try await host.ensemble.install(host.server, archive: archive, sha256: sum, under: host.run)
            default: try await self.carryOut(deed, host)
            }
        }
        #expect(error?.code == .lockLost)
        #expect(error?.message.contains("run-2") == true)
        #expect(!host.exists(host.data + "/version-2") && !host.exists(host.logs + "/version-2"))
        #expect(before.data.isEmpty && before.logs.isEmpty)
        #expect(host.tree(host.home + "/bin") == before.home)
    }

    /// What is copied from is held as well: a copy puts links beside its files.
    @Test(arguments: TestShell.two) func theSourceOfACopyIsHeldToo(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.fillData(host.otherData, host.otherData)
        let before = host.tree(host.otherData)
        let error = await failure { () async throws(AccessError) in try await self.carryOut(.copyData, host) }
        #expect(error?.code == .lockLost)
        #expect(host.tree(host.otherData) == before && !host.exists(host.data + "/version-2"))
    }

    /// Not even a probe, through whichever server: an operator who wakes up learns there that another run has taken over.
    @Test func aProbeIsNotWrittenOnceTheLockIsLost() async throws {
        let host = try FakeHost(.dash)
        try await host.lock()
        try host.write("run run-2\n", to: host.home + "/.zkops/lock/owner")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.probeWrite(through: host.other, readThrough: host.other, under: host.run)
        }
        #expect(error?.code == .lockLost)
    }

    /// The SHA-256 of nothing.
    private static let noBytes = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    enum Deed: CaseIterable {
        case start, stop, replaceFile, restoreFile, clearData, restoreData, removeCopiedData, copyData, install,
            uninstall
        case run, persistZnodes, deleteZnodes, reconfig
    }

    private func carryOut(_ deed: Deed, _ host: FakeHost) async throws(AccessError) {
        let (server, run, ensemble) = (host.server, host.run, host.ensemble)
        switch deed {
        case .start: _ = try await ensemble.start(server, under: run)
        case .stop: _ = try await ensemble.stop(server, process: nil, limit: .seconds(1), under: run)
        case .replaceFile:
            _ = try await ensemble.replaceFile(.config(server), with: [1], mode: nil, expected: nil, under: run)
        case .restoreFile: _ = try await ensemble.restoreFile(.config(server), under: run)
        case .clearData: _ = try await ensemble.clearData(server, under: run)
        case .restoreData: _ = try await ensemble.restoreData(server, under: run)
        case .removeCopiedData: _ = try await ensemble.removeCopiedData(server, under: run)
        case .copyData: _ = try await ensemble.copyData(from: host.other, to: server, under: run) { _, _ in }
        case .install:
            _ = try await ensemble.install(server, archive: "/dev/null", sha256: Self.noBytes, under: run)
        case .persistZnodes: _ = try await ensemble.persistZnodes(from: "/a/*", to: nil, through: server, under: run)
        case .deleteZnodes: try await ensemble.deleteZnodes(["/a"], through: server, under: run)
        case .reconfig: _ = try await ensemble.reconfig(add: [], remove: [], through: server, under: run)
        case .uninstall: _ = try await ensemble.uninstall(server, under: run)
        case .run:
            _ = try await ensemble.run(HostCommand(host: "zk1", script: "touch /tmp/zkops-no"), under: run)
        }
    }
}
