import EnsembleModel
import Foundation
import Glibc
import RemoteHosts
import Synchronization
import TestSupport
import Testing

@testable import EnsembleAccess

@Suite(.fewScripts) struct CopyScriptTests {
    private func copy(_ host: FakeHost, _ run: Mutation? = nil) async throws(AccessError) -> Change {
        try await host.ensemble.copyData(from: host.other, to: host.server, under: run ?? host.run) { _, _ in }
    }

    private func expectCopied(_ host: FakeHost) throws {
        for name in ["snapshot.100000001", "snapshot.1000000a0", "acceptedEpoch", "currentEpoch"] {
            #expect(host.text(host.data + "/version-2/" + name) == host.text(host.otherData + "/version-2/" + name))
        }
        for name in ["log.100000001", "log.100000090"] {
            #expect(host.text(host.logs + "/version-2/" + name) == host.text(host.otherData + "/version-2/" + name))
        }
        // Each in its own directory: 3.4.12 and later refuse misplaced ones (ZOOKEEPER-2967).
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.data + "/version-2").count == 4)
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.logs + "/version-2").count == 2)
        #expect(!host.exists(host.data + "/version-2.zkops-partial"))
        #expect(!host.exists(host.data + "/myid"))
    }

    @Test(arguments: TestShell.two) func ofAStoppedServer(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        try host.write("10", to: host.otherData + "/myid")
        try host.write("", to: host.otherData + "/version-2/log.1000000f0")
        try host.write("not ours", to: host.otherData + "/version-2/notes.txt")
        let seen = Mutex<[Int]>([])
        let change = try await host.ensemble.copyData(from: host.other, to: host.server, under: host.run) { done, all in
            seen.withLock { $0.append(done) }
            #expect(all == 400_033)
        }
        #expect(change == .changed)
        #expect(host.text(host.logs + "/version-2/log.1000000f0") == "")
        unsafe unlink(host.logs + "/version-2/log.1000000f0")
        try expectCopied(host)
        #expect(seen.withLock { $0.first == 0 && $0.last == 400_033 && $0 == $0.sorted() })
        #expect(!host.exists(host.otherData + "/.zkops"))
        #expect(try await copy(host) == .already)

        #expect(try await host.ensemble.removeCopiedData(host.server, under: host.run) == .changed)
        #expect(try await host.ensemble.dataSummary(host.server).isEmpty)
        #expect(try await host.ensemble.removeCopiedData(host.server, under: host.run) == .already)
        #expect(try await copy(host) == .changed)
    }

    @Test(arguments: TestShell.two) func ofARunningServer(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock()
        try host.fillData(host.data, host.logs)
        try await host.startByHand()
        try await host.lock([host.other])
        let change = try await host.ensemble.copyData(from: host.server, to: host.other, under: host.run) { _, _ in }
        #expect(change == .changed)
        #expect(
            host.text(host.otherData + "/version-2/log.100000090") == host.text(host.logs + "/version-2/log.100000090"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: host.otherData + "/version-2").count == 6)
        // Nothing of the copy stays at the source.
        #expect(!host.exists(host.data + "/.zkops"))
        #expect(!host.exists(host.logs + "/.zkops"))
    }

    /// While its epochs differ, a running server is in the middle of an election or synchronization.
    @Test(arguments: TestShell.two) func notInTheMiddleOfAnElection(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.data, host.logs)
        try host.write("2", to: host.data + "/version-2/acceptedEpoch")
        try await host.startByHand()
        let copying = Task { [host] () async -> AccessError? in
            await failure { () async throws(AccessError) in
                try await host.ensemble.copyData(from: host.server, to: host.other, under: host.run) { _, _ in }
            }
        }
        let error = await copying.value
        #expect(error?.code == .notServing)
        #expect(error?.message.contains("election") == true)
        #expect(!host.exists(host.otherData + "/version-2"))
    }

    @Test(arguments: TestShell.two) func onlyOntoAnEmptyStoppedServer(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        // A stale currentEpoch alone would beat the data that is copied.
        try host.write("9", to: host.data + "/version-2/currentEpoch")
        #expect(await failure { () async throws(AccessError) in try await self.copy(host) }?.code == .dataNotEmpty)
        #expect(host.tree(host.data + "/version-2") == ["currentEpoch": "9"])
        unsafe unlink(host.data + "/version-2/currentEpoch")
        try await host.startByHand()
        #expect(await failure { () async throws(AccessError) in try await self.copy(host) }?.code == .serverRunning)
        for process in host.processes() { kill(process, SIGKILL) }
        try await eventually("no process") { try await host.ensemble.pulse(host.server).process == nil }
        #expect(try await copy(host) == .changed)
        try expectCopied(host)
    }

    @Test(arguments: TestShell.two) func anEmptySourceIsAnError(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        #expect(await failure { () async throws(AccessError) in try await self.copy(host) }?.code == .fileMissing)
    }

    /// One bit wrong on the way: found by the sums, nothing put in place, and the next try cleans up after it.
    @Test(arguments: TestShell.two) func aWrongBitIsFound(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        host.connector.faults.flip(RemoteScripts.sendSource)
        let error = await failure { () async throws(AccessError) in try await self.copy(host) }
        #expect(error?.code == .checksumDiffers)
        #expect(!host.exists(host.data + "/version-2"))
        #expect(try await copy(host) == .changed)
        try expectCopied(host)
    }

    /// A connection lost at any point of the copy: what was begun is not taken for done, and the next try completes it.
    @Test(arguments: TestShell.two) func anInterruptedCopyIsCompletedByTheNext(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        for script in [RemoteScripts.receiveCopy, RemoteScripts.beginCopy, RemoteScripts.freezeSource] {
            host.connector.faults.end(script, as: .lost(.connectionLost))
            let error = await failure { () async throws(AccessError) in try await self.copy(host) }
            #expect(error?.code == .outcomeUnknown)
            #expect(!host.exists(host.data + "/version-2"))
        }
        // Lost after the target had put everything in place.
        host.connector.faults.end(RemoteScripts.finishCopy, as: .lost(.connectionLost))
        #expect(await failure { () async throws(AccessError) in try await self.copy(host) }?.code == .outcomeUnknown)
        #expect(try await copy(host) == .already)
        try expectCopied(host)
    }

    /// An operator who wakes up at the end of a copy, when another run has taken over, puts nothing in place.
    @Test(arguments: TestShell.two) func aCopyIsNotPutInPlaceOnceTheLockIsLost(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        let owner = host.home + "/.zkops/lock/owner"
        let ours = try #require(host.text(owner))
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.copyData(from: host.other, to: host.server, under: host.run) { done, all in
                if done == all { try? "run run-2\n".write(toFile: owner, atomically: true, encoding: .utf8) }
            }
        }
        #expect(error?.code == .lockLost)
        #expect(!host.exists(host.data + "/version-2"))
        try host.write(ours, to: owner)
        #expect(try await copy(host) == .changed)
        try expectCopied(host)
    }

    /// The host went down between the two renamings.
    @Test(arguments: TestShell.two) func onlyTheRenamingRemains(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        _ = try await copy(host)
        let keep = host.data + "/.zkops/run-1/" + host.run.fileName
        unsafe rename(keep + "/copied", keep + "/verified")
        unsafe rename(host.data + "/version-2", host.data + "/version-2.zkops-partial")
        #expect(try await copy(host) == .changed)
        try expectCopied(host)
        #expect(host.connector.faults.count(RemoteScripts.sendSource) == 2)
    }

    @Test(arguments: TestShell.two) func theTargetsOwnReasonIsGiven(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.otherData, host.otherData)
        try host.write(String(repeating: "x", count: 3 << 20), to: host.otherData + "/version-2/log.100000190")
        // A file stands where the target would unpack: its script ends at once, while the source goes on sending.
        let script = RemoteScripts.receiveCopy
        host.connector.faults.end(script, as: .exited(ScriptExit.noRoom.rawValue))
        let error = await failure { () async throws(AccessError) in try await self.copy(host) }
        #expect(error?.code == .noRoom)
    }
}
