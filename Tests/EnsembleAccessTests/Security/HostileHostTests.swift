import EnsembleModel
import Foundation
import RemoteHosts
import Synchronization
import TestSupport
import Testing

@testable import EnsembleAccess

/// A host that answers what no host would: the operator's machine stays as it is, and its memory within bounds.
@Suite(.fewScripts) struct HostileHostTests {
    /// A stream that never ends, or that gives a byte at a time.
    private final class Endless: ByteStream {
        let piece: [UInt8]
        let pause: Duration
        private let given = Mutex(0)

        init(_ piece: [UInt8], pause: Duration = .zero) {
            self.piece = piece
            self.pause = pause
        }

        var bytes: Int { given.withLock { $0 } }

        func read(limit: Duration) async throws(HostError) -> [UInt8] {
            do { try await Task.sleep(for: pause) } catch { throw HostError(.cancelled, host: "zk1", "cancelled") }
            given.withLock { $0 += piece.count }
            return piece
        }

        func write(_ bytes: [UInt8], limit: Duration) async throws(HostError) {}
        func finishWriting() async throws(HostError) {}
        func close() async {}
    }

    @Test func anAnswerWithoutEndIsCutOff() async {
        let stream = Endless(Array(repeating: UInt8(ascii: "x"), count: 64 << 10))
        let answer = await WholeAnswer.read(stream, limit: .seconds(60))
        #expect(answer.failure == nil)
        #expect(answer.bytes.count == WholeAnswer.mostBytes)
        #expect(stream.bytes == WholeAnswer.mostBytes)
    }

    @Test func anAnswerThatDripsIsGivenUp() async {
        let stream = Endless([UInt8(ascii: "x")], pause: .milliseconds(20))
        let answer = await WholeAnswer.read(stream, limit: .milliseconds(100))
        #expect(answer.failure?.code == .limitPassed)
    }

    /// What a command prints beyond its limit is dropped as it comes; see `RemoteHostsTests` for the connection itself.
    @Test(arguments: TestShell.two) func outputWithoutMeasureIsRefused(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try host.write(String(repeating: "\n", count: 300_000), to: host.home + "/conf/lines")
        let call = ScriptCall(name: "evil", script: "cat \"$1\"", arguments: [host.home + "/conf/lines"])
        let error = await failure { () async throws(AccessError) in try await host.ensemble.look("zk1", call) }
        #expect(error?.code == .commandFailed)
        // As many lines as are allowed are no trouble.
        #expect(ScriptReply(Array(repeating: UInt8(ascii: "\n"), count: 200_000)) != nil)
        #expect(ScriptReply(Array(repeating: UInt8(ascii: "\n"), count: 200_001)) == nil)
    }

    @Test(arguments: TestShell.two) func aLongComplaintIsCut(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        let call = ScriptCall(
            name: "evil", script: #"head -c 3000000 /dev/zero | tr '\0' 'x' >&2; echo the end >&2; exit 81"#,
            arguments: [])
        let error = await failure { () async throws(AccessError) in try await host.ensemble.look("zk1", call) }
        #expect((error?.message.utf8.count ?? 0) < 5000)
        #expect(error?.message.contains("the end") == true)
    }

    /// Sizes that can't be, and names that lead elsewhere.
    @Test(arguments: [
        "file data -1 /d/version-2/snapshot.1", "file data 9223372036854775807 /d/version-2/snapshot.1",
        "file data 99999999999999999999 /d/version-2/snapshot.1", "file data 1 /d/version-2/../../etc/passwd",
        "file data 1 /d/version-2/snapshot.1/..", "file data 1 /d/version-2/snapshot.x;touch", "file data 1",
        "file data",
        "file other 1 /d/version-2/snapshot.1",
        "file data 1 /d/version-2/" + "snapshot." + String(repeating: "1", count: 100),
        "file data 4503599627370496 /a/log.1\nfile data 4503599627370496 /a/log.2",
    ])
    func aListOfFilesThatMakesNoSense(_ lines: String) throws {
        let reply = try #require(ScriptReply(Array("live no\n\(lines)\n".utf8)))
        #expect(CopyManifest(reply) == nil)
    }

    /// Numbers that would overflow, or are none, in every place where a host tells one.
    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "nan", "inf", "1e400", "0x7fffffffffffffff", ""])
    func numbersThatCanNotBe(_ number: String) throws {
        var text = "boot b\nprocess \(number) \(number) R\nclock \(number)\ndata /d\nlogs /l\n"
        for key in ["room-data", "room-logs", "config-mtime", "began"] { text += "\(key) \(number)\n" }
        for name in ["snapshot.1", "snapshot.ffffffffffffffff", "log.1", "log.2", "other"] {
            text += "file-data \(number) \(number) /d/version-2/\(name)\n"
            text += "file-logs \(number) \(number) /l/version-2/\(name)\n"
        }
        let look = ServerLook(try #require(ScriptReply(Array(text.utf8))), extraCount: 0)
        #expect(look.summary.bytes == 0)
        #expect((look.dataBytes ?? 0) + (look.logBytes ?? 0) == 0)
        #expect(look.dataRoom == nil)
        let mntr = try #require(
            MntrReply(
                "zk_synced_followers\t\(number)\nzk_synced_non_voting_followers\t\(number)\nzk_ephemerals_count\t\(number)\n"
            ))
        #expect((mntr.syncedVotingFollowers.flatMap { Int(told: $0) } ?? 0) == 0)
        #expect(mntr.ephemerals.flatMap { Int(told: $0) } == nil)
    }

    @Test func filesOfAReplyAreCountedToo() {
        let blobs = (0..<300_000).map { "blob a\($0) 0\n\n" }.joined()
        #expect(ScriptReply(Array(blobs.utf8)) == nil)
    }

    /// What a host tells of its own lock is shown, never obeyed: it can't name another run as ours.
    @Test(arguments: TestShell.two) func aLockThatNamesTwoRunsIsNotOurs(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try host.fillData(host.data, host.logs)
        try host.write("run run-2\nrun run-1\nsince x\n", to: host.home + "/.zkops/lock/owner")
        let error = await failure { () async throws(AccessError) in
            try await host.ensemble.clearData(host.server, under: host.run)
        }
        #expect(error?.code == .lockLost)
        #expect(host.exists(host.data + "/version-2"))
    }

    /// Modes of everything that is kept on a host: nobody but its owner reads it.
    @Test(arguments: TestShell.two) func whatIsKeptOnHostsIsPrivate(_ shell: TestShell) async throws {
        let host = try FakeHost(shell)
        try await host.lock([host.server, host.other])
        try host.fillData(host.data, host.logs)
        try host.write("secret\n", to: host.home + "/conf/java.env", mode: 0o644)
        let place = FilePlace.installation(host.server, path: "conf/java.env")
        let old = try #require(try await host.ensemble.readFile(place))
        _ = try await host.ensemble.replaceFile(
            place, with: [1], mode: nil, expected: old.sha256, under: host.run)
        _ = try await host.ensemble.clearData(host.server, under: host.run)
        _ = try await host.ensemble.start(host.server, under: Mutation(run: "run-1", action: "5.1"))
        var seen = 0
        for root in [host.home, host.data, host.logs].map({ $0 + "/.zkops" }) {
            #expect(host.mode(root) == 0o700)
            for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
                let path = root + "/" + name
                // Data and logs that were moved aside keep their modes, inside a directory that lets nobody in.
                guard !name.contains("version-2"), !name.hasSuffix(".out"), !name.hasSuffix(".pid") else { continue }
                var isDirectory: ObjCBool = false
                _ = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
                let isFolder = isDirectory.boolValue
                #expect(host.mode(path) & 0o077 == 0, "\(path) has the mode \(String(host.mode(path), radix: 8))")
                #expect(host.mode(path) == (isFolder ? 0o700 : 0o600), "\(path)")
                seen += 1
            }
        }
        #expect(seen > 8)
    }
}
