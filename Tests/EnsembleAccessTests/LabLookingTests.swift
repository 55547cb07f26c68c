import EnsembleModel
import Foundation
import Lab
import TestSupport
import Testing

@testable import EnsembleAccess

/// Looking at real servers over SSH.
@Suite(.fewLabs) struct LabLookingTests {
    @Test(arguments: [Version(3, 4, 6), Version(3, 9, 3)]) func anEnsembleAsItIs(_ version: Version) async throws {
        try await AccessLab.with(AccessLab.topology(version)) { made in
            try await made.lab.createZnodes(30)
            let leader = made.server("zk4")
            var zxids: Set<Zxid> = []
            for member in made.members {
                let facts = try await made.ensemble.observe(member, files: ["conf/zoo.cfg"])
                #expect(facts.running)
                #expect(facts.mode == (member == leader ? .leader : .follower))
                #expect(facts.version == version)
                #expect(facts.myid?.description == String(member.host.dropFirst(2)))
                #expect(facts.epochs == .init(accepted: Epoch(1), current: Epoch(1)))
                #expect(facts.config == facts.files["conf/zoo.cfg"])
                #expect(facts.loadedConfig == nil && facts.loadedMyid == nil)
                #expect(facts.electionListener == .alive)
                #expect((facts.logSize ?? 0) > 0 && (facts.logRoom ?? 0) > 0)
                zxids.insert(try #require(facts.zxid))

                let pulse = try await made.ensemble.pulse(member)
                #expect(pulse.source == .srvr && pulse.version == version)
                #expect(pulse.syncedFollowers == (member == leader ? 2 : nil))
                #expect((pulse.znodes ?? 0) > 30)
                #expect(try await made.ensemble.dataSummary(member).logs > 0)
            }
            #expect(zxids.count == 1)
            let spare = try await made.ensemble.observe(made.server("zk1"), files: [])
            #expect(!spare.running && spare.mode == .stopped && spare.version == version)
            try await ports(made, leader)
            if version == Version(3, 4, 6) { try await unlisted(made) }
            try await paused(made)
        }
    }

    private func ports(_ made: AccessLab, _ leader: ServerName) async throws {
        let all = PortKind.allCases
        for from in ["zk1", nil] {
            let open = try await made.ensemble.ports(of: leader, from: from, kinds: all)
            #expect(open == [.client: .open, .quorum: .open, .election: .open])
            // Only a leader listens for followers.
            let follower = try await made.ensemble.ports(of: made.server("zk2"), from: from, kinds: all)
            #expect(follower == [.client: .open, .quorum: .closed, .election: .open])
        }
        let spare = try await made.ensemble.ports(of: made.server("zk1"), from: "zk2", kinds: [.client])
        #expect(spare == [.client: .closed])
    }

    private func paused(_ made: AccessLab) async throws {
        let server = try made.lab.server("zk2")
        _ = try await made.lab.carryOut(.pause, on: [server])
        let pulse = try await made.ensemble.pulse(server.name)
        #expect(pulse.mode == .looking && pulse.process != nil)
        #expect(pulse.remark?.contains("paused") == true)
        let ports = try await made.ensemble.ports(of: server.name, from: "zk3", kinds: [.client, .election])
        #expect(ports == [.client: .stuck, .election: .stuck])
        try made.lab.resume(server)
    }

    /// ZOOKEEPER-2186: the kernel accepts, the thread is gone.
    @Test func aDeafElectionListener() async throws {
        try await AccessLab.with(AccessLab.topology(Version(3, 4, 6))) { made in
            try await made.lab.killListener(made.lab.server("zk3"))
            for member in made.members {
                let isDeaf = member.host == "zk3"
                let facts = try await made.ensemble.observe(member, files: [])
                #expect(facts.electionListener == (isDeaf ? .dead : .alive))
                #expect(facts.mode != .looking)
                let ports = try await made.ensemble.ports(of: member, from: "zk1", kinds: [.election])
                #expect(ports == [.election: isDeaf ? .stuck : .open])
            }
        }
    }

    /// A 3.4 leader counts a follower that is in none of its server lines; we don't.
    private func unlisted(_ made: AccessLab) async throws {
        let (spare, leader) = (made.server("zk1"), made.server("zk4"))
        #expect(try await made.ensemble.pulse(leader).syncedFollowers == 2)
        try await made.lock(spare)
        let member = try made.lab.server("zk1")
        try await made.edit(spare, action: "2.1") { config in
            config.set("server.5", "\(member.host.address):2888:3888")
        }
        let myid = try await made.ensemble.replaceFile(
            .myid(spare), with: Array("5\n".utf8), mode: nil, expected: nil, under: made.run)
        #expect(myid == .changed)
        #expect(try await made.ensemble.start(spare, under: made.run) == .changed)
        _ = try await made.pulse(spare) { $0.mode == .follower }
        #expect(try await made.ensemble.pulse(leader).syncedFollowers == 2)
    }

    /// 3.5.3 and later answer srvr alone by default: the count comes from the AdminServer, or from the followers themselves.
    @Test(arguments: [true, false]) func withoutFourLetterWords(_ hasAdminServer: Bool) async throws {
        // Of the lab's versions, this one brings what an AdminServer needs.
        var topology = AccessLab.topology(Version(3, 8, 0))
        topology.allowsFourLetterWords = false
        topology.hasAdminServer = hasAdminServer
        try await AccessLab.with(topology) { made in
            let leader = made.server("zk4")
            #expect(try await made.ensemble.pulse(leader).syncedFollowers == 2)
            try await made.lab.stop(made.lab.server("zk2"))
            let pulse = try await made.pulse(leader) { $0.syncedFollowers == 1 }
            #expect(pulse.mode == .leader)
            // A quorum is lost: the process runs, and serves nobody.
            try await made.lab.stop(made.lab.server("zk3"))
            let alone = try await made.pulse(leader) { $0.remark?.contains("looking") == true }
            #expect(alone.mode == .looking)
            #expect(try await made.ensemble.observe(leader, files: []).mode == .looking)
        }
    }

    /// A server whose connections are used up is not down.
    @Test func atItsLimitOfConnections() async throws {
        var topology = AccessLab.topology(Version(3, 8, 0))
        topology.settings = [.init("maxClientCnxns", "1")]
        topology.hasAdminServer = true
        try await AccessLab.with(topology) { made in
            let server = made.server("zk3")
            let address = try made.lab.server("zk3").clientAddress
            let client = try await ZooKeeperClient.connect(hosts: address)
            let pulse = try await made.pulse(server) { $0.source == .adminServer }
            #expect(pulse.mode == .follower)
            await client.close()
        }
    }
}
