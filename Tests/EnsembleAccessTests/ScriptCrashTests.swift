import Checksums
import EnsembleModel
import Foundation
import TestSupport
import Testing

@testable import EnsembleAccess

/// A script is killed before each of its calls that change something: done again, it ends where an undisturbed one ends; undone, all is
/// as it was. With PlanExecutionTests.CrashMatrixTests, which lets the operator die around whole scripts, this is every moment of a run.
@Suite(.fewScripts) struct ScriptCrashTests {
    enum Deed: String, CaseIterable, Sendable {
        case replaceFile, clearData, copyData, install
    }

    /// A host on which the deed can be done.
    private func host(_ deed: Deed, _ breaker: ScriptBreaker) async throws -> FakeHost {
        let host = try FakeHost(.dash)
        switch deed {
        case .replaceFile: break
        case .clearData: try host.fillData(host.data, host.logs)
        case .copyData:
            try host.fillData(host.otherData, host.otherData)
            try await host.lock([host.other])
        case .install:
            try host.write("new script", to: host.directory + "/dist/zookeeper-3.4.14/bin/zkServer.sh", mode: 0o755)
            try Command.output([
                "/bin/tar", "-czf", host.directory + "/new.tar.gz", "-C", host.directory + "/dist", "zookeeper-3.4.14",
            ])
        }
        try await host.lock()
        try breaker.kill(before: 0)
        host.connector.faults.breaker = breaker
        return host
    }

    private func carryOut(_ deed: Deed, _ host: FakeHost) async throws(AccessError) -> Change {
        let (server, run, ensemble) = (host.server, host.run, host.ensemble)
        switch deed {
        case .replaceFile:
            let file = try await ensemble.readFile(.config(server))
            let new = Array("dataDir=\(host.data)\nclientPort=2\n".utf8)
            return try await ensemble.replaceFile(
                .config(server), with: new, mode: nil, expected: file?.sha256, under: run)
        case .clearData: return try await ensemble.clearData(server, under: run)
        case .copyData: return try await ensemble.copyData(from: host.other, to: server, under: run) { _, _ in }
        case .install:
            let archive = host.directory + "/new.tar.gz"
            let bytes = FileManager.default.contents(atPath: archive).map { Array($0) } ?? []
            return try await ensemble.install(
                server, archive: archive, sha256: SHA256.hexDigest(of: bytes), under: run)
        }
    }

    /// - Parameter isCertain: whether the deed is known to have been done.
    private func undo(_ deed: Deed, _ host: FakeHost, isCertain: Bool = true) async throws(AccessError) -> Change {
        let (server, run, ensemble) = (host.server, host.run, host.ensemble)
        return switch deed {
        case .replaceFile: try await ensemble.restoreFile(.config(server), isCertain: isCertain, under: run)
        case .clearData: try await ensemble.restoreData(server, isCertain: isCertain, under: run)
        case .copyData: try await ensemble.removeCopiedData(server, under: run)
        case .install: try await ensemble.uninstall(server, isCertain: isCertain, under: run)
        }
    }

    /// What servers and operators see: all but what belongs to runs.
    private func seen(_ host: FakeHost) -> [String: String] {
        host.tree(host.directory).filter { path, _ in
            !path.contains(".zkops/") && !path.hasSuffix(".zkops") && !path.hasSuffix(".tar.gz")
        }.mapValues { $0.replacing(host.directory, with: "") }
    }

    /// What an undisturbed host looks like before and after, and how many calls there are on the way there and on the way back.
    private func undisturbed(_ deed: Deed, _ breaker: ScriptBreaker) async throws -> (
        before: [String: String], after: [String: String], calls: Int, callsBack: Int
    ) {
        let host = try await host(deed, breaker)
        let before = seen(host)
        try breaker.kill(before: 0)
        #expect(try await carryOut(deed, host) == .changed)
        let (after, calls) = (seen(host), breaker.calls)
        try #require(after != before)
        try breaker.kill(before: 0)
        #expect(try await undo(deed, host) == .changed)
        #expect(seen(host) == before)
        return (before, after, calls, breaker.calls)
    }

    @Test(arguments: Deed.allCases) func killedAndDoneAgain(_ deed: Deed) async throws {
        let breaker = try ScriptBreaker()
        let whole = try await undisturbed(deed, breaker)
        print("script crashes, \(deed): \(whole.calls) points")
        try #require(whole.calls > 1)
        for call in 1...whole.calls {
            let host = try await host(deed, breaker)
            try breaker.kill(before: call)
            let died = await failure { () async throws(AccessError) in try await carryOut(deed, host) }
            #expect(died != nil, "call \(call)")
            try breaker.kill(before: 0)
            _ = try await carryOut(deed, host)
            #expect(seen(host) == whole.after, "call \(call)")
            // And the way back still leads to the beginning.
            _ = try await undo(deed, host)
            #expect(seen(host) == whole.before, "call \(call)")
        }
    }

    @Test(arguments: Deed.allCases) func killedAndUndone(_ deed: Deed) async throws {
        let breaker = try ScriptBreaker()
        let whole = try await undisturbed(deed, breaker)
        try #require(whole.calls > 1)
        for call in 1...whole.calls {
            let host = try await host(deed, breaker)
            try breaker.kill(before: call)
            let died = await failure { () async throws(AccessError) in try await carryOut(deed, host) }
            #expect(died != nil, "call \(call)")
            try breaker.kill(before: 0)
            _ = try await undo(deed, host, isCertain: false)
            #expect(seen(host) == whole.before, "call \(call)")
        }
    }

    @Test(arguments: Deed.allCases) func anUndoingKilledAndDoneAgain(_ deed: Deed) async throws {
        let breaker = try ScriptBreaker()
        let whole = try await undisturbed(deed, breaker)
        print("script crashes, undoing \(deed): \(whole.callsBack) points")
        try #require(whole.callsBack > 0)
        for call in 1...whole.callsBack {
            let host = try await host(deed, breaker)
            _ = try await carryOut(deed, host)
            try breaker.kill(before: call)
            let died = await failure { () async throws(AccessError) in try await undo(deed, host) }
            #expect(died != nil, "call \(call)")
            try breaker.kill(before: 0)
            _ = try await undo(deed, host)
            #expect(seen(host) == whole.before, "call \(call)")
        }
    }
}
