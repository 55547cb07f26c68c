import Checksums
import EnsembleModel
import Foundation
import Glibc
import RemoteHosts
import TestSupport
import Testing

@testable import EnsembleAccess

/// What is said where a host or the way to it goes wrong under a script; docs/faults.md lists all. How a real sshd ends a connection, and
/// what is seen of it here, is in RemoteHostsTests; these begin with what is seen.
@Suite(.fewScripts) struct HostFaultTests {
    private func expectSaid(_ error: AccessError?, _ code: AccessError.Code, _ fault: String, _ host: FakeHost) throws {
        let error = try #require(error)
        #expect(error.code == code)
        let text = error.description.replacing(host.directory, with: "/opt/zk")
            .replacing(/process [0-9]+/, with: "process 4711")
        try expectGolden(text + "\n", "Faults/host/\(fault).txt")
    }

    private func start(_ host: FakeHost) async -> AccessError? {
        await failure { () async throws(AccessError) in try await host.ensemble.start(host.server, under: host.run) }
    }

    private func edit(_ host: FakeHost) async -> AccessError? {
        await failure { () async throws(AccessError) in
            let file = try await host.ensemble.readFile(.config(host.server))
            return try await host.ensemble.replaceFile(
                .config(host.server), with: Array("dataDir=/elsewhere\n".utf8), mode: nil, expected: file?.sha256,
                under: host.run)
        }
    }

    // MARK: The way to the host

    @Test(arguments: [
        ("dropped-in-a-command", CommandEnd.lost(.connectionLost)), ("frozen", .lost(.limitPassed)),
        ("killed-by-a-signal", .signalled("KILL")), ("closed-without-a-word", .noStatus),
    ]) func aCommandWhoseEndIsNotKnown(_ fault: String, _ end: CommandEnd) async throws {
        let host = try FakeHost(.dash)
        try await host.lock()
        host.connector.faults.end(RemoteScripts.start, as: end)
        try expectSaid(await start(host), .outcomeUnknown, fault, host)
        // It was carried out all the same; done again, that is found out.
        #expect(try await host.ensemble.start(host.server, under: host.run) == .already)
    }

    @Test(arguments: [
        ("dropped-in-a-look", CommandEnd.lost(.connectionLost), AccessError.Code.hostUnreachable),
        ("frozen-in-a-look", .lost(.limitPassed), .hostUnreachable),
        ("look-killed-by-a-signal", .signalled("KILL"), .commandFailed),
    ]) func aLookWhoseEndIsNotKnown(_ fault: String, _ end: CommandEnd, _ code: AccessError.Code) async throws {
        let host = try FakeHost(.dash)
        for _ in 0..<2 { host.connector.faults.end(RemoteScripts.heldLock, as: end) }
        let error = await failure { () async throws(AccessError) in try await host.ensemble.heldLock(host.server) }
        try expectSaid(error, code, fault, host)
    }

    @Test func aConnectionDroppedAtTheEndOfACopy() async throws {
        let host = try FakeHost(.dash)
        try host.fillData(host.otherData, host.otherData)
        try await host.lock([host.server, host.other])
        host.connector.faults.end(RemoteScripts.receiveCopy, as: .lost(.connectionLost))
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.copyData(from: host.other, to: host.server, under: host.run) { _, _ in }
        }
        try expectSaid(error, .outcomeUnknown, "dropped-in-a-copy", host)
        #expect(!host.exists(host.data + "/version-2"))
        let again = try await host.ensemble.copyData(from: host.other, to: host.server, under: host.run) { _, _ in }
        #expect(again == .changed)
        #expect(host.text(host.data + "/version-2/currentEpoch") == "1")
    }

    // MARK: The host

    /// Process ids begin anew with a boot, so a later process may have an earlier one's number, and even its start time.
    @Test func anotherProcessThanWasMeantIsNotStopped() async throws {
        let host = try FakeHost(.dash)
        try await host.lock()
        _ = try await host.ensemble.start(host.server, under: host.run)
        let process = try #require(try await host.ensemble.pulse(host.server).process)
        func stop(_ meant: ProcessIdentity) async -> AccessError? {
            await failure { () async throws(AccessError) in
                try await host.ensemble.stop(host.server, process: meant, limit: .seconds(5), under: host.run)
            }
        }
        let earlier = ProcessIdentity(pid: process.pid, startTime: process.startTime, bootID: "an earlier boot")
        try expectSaid(await stop(earlier), .hostChanged, "rebooted", host)
        // The same boot, another process: somebody restarted the server.
        let other = ProcessIdentity(pid: 1, startTime: 1, bootID: process.bootID)
        try expectSaid(await stop(other), .hostChanged, "restarted-by-another", host)
        #expect(try await host.ensemble.pulse(host.server).process != nil)
    }

    private func mount(_ host: FakeHost, _ options: String) throws {
        try Command.output(["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", host.home + "/conf"])
    }

    @Test(.needs(.mounts)) func aDiskThatIsFull() async throws {
        let host = try FakeHost(.dash)
        let text = try #require(host.text(host.config))
        try mount(host, "size=64k")
        defer { unsafe umount2(host.home + "/conf", Int32(MNT_DETACH)) }
        try host.write(text, to: host.config)
        try await host.lock()
        _ = try Command.run(["/bin/sh", "-c", "cat /dev/zero > \(host.home)/conf/filler 2>/dev/null"])
        try expectSaid(await edit(host), .noRoom, "disk-full", host)
        #expect(host.text(host.config) == text)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: host.home + "/conf").sorted() == ["filler", "zoo.cfg"])
    }

    @Test(.needs(.mounts)) func aFileSystemThatIsReadOnly() async throws {
        let host = try FakeHost(.dash)
        let text = try #require(host.text(host.config))
        try mount(host, "size=64k")
        defer { unsafe umount2(host.home + "/conf", Int32(MNT_DETACH)) }
        try host.write(text, to: host.config)
        try mount(host, "remount,ro")
        try await host.lock()
        try expectSaid(await edit(host), .readOnly, "read-only", host)
        #expect(host.text(host.config) == text)
    }

    /// A directory of programs: this machine's, but for those that make sums.
    private func programs(_ host: FakeHost, sumsBy program: String?) throws -> String {
        let bin = host.directory + "/bin-of-host"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let makers = ["sha256sum", "busybox", "openssl", "shasum"].filter { $0 != program }
        for name in try FileManager.default.contentsOfDirectory(atPath: "/usr/bin") where !makers.contains(name) {
            unsafe symlink("/usr/bin/" + name, bin + "/" + name)
        }
        return bin
    }

    @Test func aHostWithoutAProgramForSums() async throws {
        let host = try FakeHost(.dash)
        let text = host.text(host.config)
        host.connector.faults.searchPath = try programs(host, sumsBy: nil)
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.lock(host.server, owner: host.owner("run-1"))
        }
        try expectSaid(error, .fileMissing, "no-sha256sum", host)
        #expect(host.text(host.config) == text)
        #expect(!host.exists(host.home + "/.zkops"))
        // Looking needs none, so it can be seen what is there.
        #expect(try await host.ensemble.observe(host.server, files: []).config == text)
        #expect(try await host.ensemble.heldLock(host.server) == nil)
    }

    @Test(arguments: ["busybox", "openssl", "shasum"])
    func anotherProgramMakesTheSums(_ program: String) async throws {
        let host = try FakeHost(.dash)
        host.connector.faults.searchPath = try programs(host, sumsBy: program)
        try host.fillData(host.otherData, host.otherData)
        try await host.lock([host.server, host.other])
        let copied = try await host.ensemble.copyData(from: host.other, to: host.server, under: host.run) { _, _ in }
        #expect(copied == .changed)
        #expect(host.text(host.data + "/version-2/currentEpoch") == "1")
        let file = try #require(try await host.ensemble.readFile(.config(host.server)))
        #expect(file.sha256 == SHA256.hexDigest(of: file.bytes))
        #expect(await edit(host) == nil)
        #expect(host.text(host.config) == "dataDir=/elsewhere\n")
    }

    /// Five hours ahead: the times of files and the clock go together, and nothing compares them with ours.
    @Test func aClockThatIsHoursOff() async throws {
        let host = try FakeHost(.dash)
        let bin = host.directory + "/clock"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try host.write(
            "#!/bin/sh\n[ \"$1\" = +%s ] || exec /usr/bin/date \"$@\"\necho $(($(/usr/bin/date +%s) + 18000))\n",
            to: bin + "/.date")
        try Command.output(["/usr/bin/install", "-m", "755", bin + "/.date", bin + "/date"])
        host.connector.faults.searchPath = bin + ":/usr/bin:/bin"
        try await host.lock()
        try Command.output(["/usr/bin/touch", "-d", "5 hours", host.home + "/.zkops/lock/owner"])
        let lock = try #require(try await host.ensemble.heldLock(host.server))
        #expect(try #require(lock.age) < .seconds(60))
        #expect(!lock.isStale)
        #expect(try await host.ensemble.start(host.server, under: host.run) == .changed)
        let file = try #require(try await host.ensemble.readFile(.config(host.server)))
        _ = try await host.ensemble.replaceFile(
            .config(host.server), with: file.bytes + Array("# later\n".utf8), mode: nil, expected: file.sha256,
            under: host.run)
        #expect(
            try await host.ensemble.observe(host.server, files: []).loadedConfig
                == String(decoding: file.bytes, as: UTF8.self))
    }
}
