import EnsembleModel
import Foundation
import Lab
import Synchronization
import TestSupport
import Testing

@testable import EnsembleAccess

/// Changing real servers over SSH.
@Suite(.fewLabs) struct LabChangingTests {
    @Test(arguments: [Version(3, 4, 6), Version(3, 9, 3)]) func everyAction(_ version: Version) async throws {
        try await AccessLab.with(AccessLab.topology(version)) { made in
            try await made.lab.createZnodes(200)
            try await made.lock(made.server("zk1"), made.server("zk2"), made.server("zk3"), made.server("zk4"))
            try await restart(made)
            try await probe(made)
            try await persist(made)
            try await copyAndServe(made)
        }
    }

    private func restart(_ made: AccessLab) async throws {
        let (server, leader) = (made.server("zk2"), made.server("zk4"))
        let before = try #require(try await made.ensemble.pulse(server).process)
        let stopped = try await made.ensemble.stop(server, process: before, limit: .seconds(20), under: made.run)
        #expect(stopped == .changed)
        #expect(try await made.ensemble.pulse(server).mode == .stopped)
        _ = try await made.pulse(leader) { $0.syncedFollowers == 1 }
        #expect(try await made.ensemble.start(server, under: made.run) == .changed)
        #expect(try await made.ensemble.start(server, under: made.run) == .already)
        let pulse = try await made.pulse(server) { $0.mode == .follower }
        #expect(pulse.process != before)
        _ = try await made.pulse(leader) { $0.syncedFollowers == 2 }
        // The log of the time before the restart was put aside.
        let backup = try made.lab.server("zk2").home + "/.zkops/backups/run-1/1.1"
        let kept = try FileManager.default.contentsOfDirectory(atPath: backup).filter { $0.hasSuffix(".out") }
        #expect(kept.count == 1)
        let log = try String(contentsOfFile: backup + "/" + kept[0], encoding: .utf8)
        #expect(log.contains("LEADER ELECTION TOOK"))
    }

    private func probe(_ made: AccessLab) async throws {
        let first = try await made.ensemble.probeWrite(
            through: made.server("zk2"), readThrough: made.server("zk3"), under: made.run)
        let second = try await made.ensemble.probeWrite(
            through: made.server("zk4"), readThrough: made.server("zk4"), under: made.run)
        #expect(first < second)
        let apps = try #require(try await made.ensemble.znode("/apps", through: made.server("zk3")))
        #expect(apps.children > 0 && !apps.ephemeral)
        #expect(try await made.ensemble.znode("/none", through: made.server("zk3")) == nil)
        let spare = await failure { () async throws(AccessError) in
            try await made.ensemble.probeWrite(
                through: made.server("zk1"), readThrough: made.server("zk2"), under: made.run)
        }
        #expect(spare?.code == .notServing)
    }

    private func persist(_ made: AccessLab) async throws {
        let client = try await made.lab.connect()
        try await client.create("/jodis")
        try await client.create("/jodis/demo")
        try await client.create("/jodis/demo/proxy-2", data: [2])
        try await client.create("/jodis/demo/proxy-1", data: [1], ephemeral: true)
        try await client.create("/jodis/demo/other", data: [3], ephemeral: true)
        let (through, glob) = (made.server("zk3"), "/jodis/*/proxy-[0-9]")
        let copies = try await made.ensemble.persistZnodes(
            from: glob, to: "/kept/here", through: through, under: made.run)
        #expect(copies == ["/kept", "/kept/here", "/kept/here/proxy-1"])
        #expect(
            try await made.ensemble.persistZnodes(
                from: glob, to: "/kept/here", through: through, under: made.run) == [])
        #expect(try await client.get("/kept/here/proxy-1").data == [1])

        // What was there before is someone's: it is neither overwritten nor, on the way back, deleted.
        try await client.create("/theirs")
        try await client.create("/theirs/proxy-1", data: [9])
        for call in [true, false] {
            let refused = await failure { () async throws(AccessError) in
                if call {
                    _ = try await made.ensemble.znodesToPersist(from: glob, to: "/theirs", through: through)
                } else {
                    _ = try await made.ensemble.persistZnodes(
                        from: glob, to: "/theirs", through: through, under: made.run)
                }
            }
            #expect(refused?.code == .hostChanged)
            #expect(refused?.message.contains("/theirs/proxy-1 is there already and holds other data") == true)
        }
        #expect(try await client.get("/theirs/proxy-1").data == [9])
        try await client.create("/jodis/else")
        try await client.create("/jodis/else/proxy-1", data: [7], ephemeral: true)
        let two = await failure { () async throws(AccessError) in
            try await made.ensemble.znodesToPersist(from: glob, to: "/none", through: through)
        }
        #expect(two?.message.contains("and the copy of both would be /none/proxy-1") == true)
        try await client.delete("/jodis/else/proxy-1")

        #expect(
            try await made.ensemble.persistZnodes(from: glob, to: nil, through: through, under: made.run) == [
                "/jodis/demo/proxy-1"
            ])
        #expect(try await made.ensemble.persistZnodes(from: glob, to: nil, through: through, under: made.run) == [])
        await client.close()
        let proxy = try #require(try await made.ensemble.znode("/jodis/demo/proxy-1", through: through))
        #expect(!proxy.ephemeral)
        #expect(try await made.ensemble.znode("/jodis/demo/other", through: through) == nil)

        try await made.ensemble.deleteZnodes(copies, through: through, under: made.run)
        try await made.ensemble.deleteZnodes(copies, through: through, under: made.run)
        #expect(try await made.ensemble.znode("/kept", through: through) == nil)
    }

    /// A copy of a running leader serves on its own with everything that was written before the copy began.
    private func copyAndServe(_ made: AccessLab) async throws {
        let (source, spare) = (made.server("zk4"), made.server("zk1"))
        let znodes = try #require(try await made.ensemble.pulse(source).znodes)
        let seen = Mutex(0)
        // Writes go on while it is copied.
        let writing = Task { try? await made.lab.createZnodes(600) }
        let copied = try await made.ensemble.copyData(from: source, to: spare, under: made.run) { done, all in
            seen.withLock { $0 = max($0, done) }
            #expect(done <= all)
        }
        #expect(copied == .changed)
        _ = await writing.value
        #expect(seen.withLock { $0 } > 0)
        #expect(
            try await made.ensemble.copyData(from: source, to: spare, under: made.run) { _, _ in } == .already)
        let facts = try await made.ensemble.observe(spare, files: [])
        #expect(facts.log != ServerFacts.Newest.none && facts.epochs?.current == Epoch(1))

        let old = facts.config
        try await made.edit(spare, action: "4.1") { $0.setMembers([:]) }
        #expect(try await made.ensemble.start(spare, under: made.run) == .changed)
        let pulse = try await made.pulse(spare) { $0.mode == .standalone }
        #expect((pulse.znodes ?? 0) >= znodes)
        let refused = await failure { () async throws(AccessError) in
            try await made.ensemble.clearData(spare, under: made.run)
        }
        #expect(refused?.code == .serverRunning)
        let stopped = try await made.ensemble.stop(
            spare, process: pulse.process, limit: .seconds(20), under: made.run)
        #expect(stopped == .changed)
        #expect(try await made.ensemble.removeCopiedData(spare, under: made.run) == .changed)
        #expect(try await made.ensemble.dataSummary(spare).isEmpty)
        let restored = try await made.ensemble.restoreFile(.config(spare), under: Mutation(run: "run-1", action: "4.1"))
        #expect(restored == .changed)
        #expect(try await made.ensemble.observe(spare, files: []).config == old)
    }

    /// Emptied with its data moved aside, a server gets everything again; the old data can come back in its place.
    @Test func emptyingAndRestoring() async throws {
        try await AccessLab.with(AccessLab.topology(Version(3, 8, 0))) { made in
            try await made.lab.createZnodes(100)
            let server = made.server("zk3")
            try await made.lock(server)
            let before = try await made.ensemble.pulse(server)
            _ = try await made.ensemble.stop(server, process: before.process, limit: .seconds(20), under: made.run)
            let summary = try await made.ensemble.dataSummary(server)
            #expect(try await made.ensemble.clearData(server, under: made.run) == .changed)
            #expect(try await made.ensemble.dataSummary(server).isEmpty)
            _ = try await made.ensemble.start(server, under: made.run)
            let after = try await made.pulse(server) { $0.mode == .follower }
            #expect(after.znodes == before.znodes)
            _ = try await made.ensemble.stop(server, process: after.process, limit: .seconds(20), under: made.run)
            #expect(try await made.ensemble.restoreData(server, under: made.run) == .changed)
            #expect(try await made.ensemble.dataSummary(server) == summary)
            _ = try await made.ensemble.start(server, under: made.run)
            _ = try await made.pulse(server) { $0.mode == .follower }
        }
    }

    /// A server that dies at once: the start command says that all is well.
    @Test func aServerThatCannotStart() async throws {
        try await AccessLab.with(AccessLab.topology(Version(3, 8, 0))) { made in
            let spare = made.server("zk1")
            try await made.lock(spare)
            try await made.edit(spare, action: "1.1") { $0.set("tickTime", "soon") }
            let started = await failure { () async throws(AccessError) in
                try await made.ensemble.start(spare, under: made.run)
            }
            // A JVM takes a moment to find out; either the start has seen that, or the next look does.
            if let started {
                #expect(started.code == .startFailed)
            } else {
                _ = try await made.pulse(spare) { $0.mode == .stopped }
            }
        }
    }

    @Test func reconfiguration() async throws {
        var topology = AccessLab.topology(Version(3, 9, 3))
        topology.settings = [.init("reconfigEnabled", "true"), .init("skipACL", "yes")]
        try await AccessLab.with(topology) { made in
            let leader = made.server("zk4")
            let member = try made.lab.server("zk2")
            try await made.lock(leader)
            #expect(
                try await made.ensemble.reconfig(
                    add: [], remove: [ServerID(2)], through: leader, under: made.run) == .changed)
            #expect(
                try await made.ensemble.reconfig(
                    add: [], remove: [ServerID(2)], through: leader, under: made.run) == .already)
            // It goes on as a follower that has no vote.
            #expect(try await made.pulse(leader) { $0.syncedFollowers == 1 }.mode == .leader)
            let line = "server.2=\(member.host.address):2888:3888:participant;\(member.host.address):2181"
            #expect(
                try await made.ensemble.reconfig(add: [line], remove: [], through: leader, under: made.run) == .changed)
            #expect(try await made.pulse(leader) { $0.syncedFollowers == 2 }.mode == .leader)
            // The server itself has rewritten its configuration: the members stand in another file now.
            let facts = try await made.ensemble.observe(leader, files: [])
            #expect(facts.config.map { ZooConfig($0).members.isEmpty } == true)
            #expect(facts.loadedConfig.map { ZooConfig($0).members.count } == 3)
        }
    }
}
