import EnsembleModel
import Testing

@testable import EnsembleAccess

@Suite struct EnsembleStatusTests {
    private func status(_ modes: [Int: Mode], synced: Int? = nil, voters: ClosedRange<Int> = 1...5) -> EnsembleStatus {
        let config = voters.map { "server.\($0)=h\($0):2888:3888\n" }.joined()
        let servers = modes.sorted { $0.key < $1.key }.map { id, mode in
            ServerStatus(
                server: ServerName(host: "h\(id)", installation: "a"), address: "h\(id)",
                facts: ServerFacts(running: mode != .stopped, mode: mode, myid: ServerID(id), config: config),
                pulse: ServerPulse(mode: mode, syncedFollowers: mode == .leader ? synced : nil))
        }
        return EnsembleStatus(ensemble: "e", servers: servers)
    }

    @Test func aMajorityInSyncIsAQuorum() {
        let three = status([1: .follower, 2: .follower, 3: .leader, 4: .looking, 5: .stopped], synced: 2)
        #expect(three.quorum)
        #expect(three.leader?.host == "h3")
        let two = status([1: .follower, 2: .follower, 3: .leader], synced: 1)
        #expect(!two.quorum, "a follower that is not in sync does not count")
    }

    @Test func withoutTheLeadersCountFollowersAreCounted() {
        #expect(status([1: .follower, 2: .follower, 3: .leader]).quorum)
        #expect(!status([1: .follower, 3: .leader]).quorum)
        #expect(!status([1: .observer, 2: .observer, 3: .leader]).quorum)
    }

    @Test func nobodyLeads() {
        let looking = status([1: .looking, 2: .looking])
        #expect(!looking.quorum)
        #expect(looking.leader == nil)
    }

    @Test func standaloneServes() {
        let alone = status([1: .standalone])
        #expect(alone.quorum)
        #expect(alone.leader?.host == "h1")
    }

    @Test func aServerThatDoesNotRunHasNoPorts() {
        let place = ServerPlace(
            name: ServerName(host: "h1", installation: "b"), address: "h1", quorumAddress: "h1", home: "/b",
            configPath: "/b/zoo.cfg")
        // The other installation of its host has them open.
        let ports: Result<[PortKind: PortState], AccessError> = .success([.client: .open, .election: .open])
        let stopped = ServerStatus(
            place: place, facts: .success(ServerFacts()), pulse: .success(ServerPulse()), ports: ports)
        #expect(stopped.ports.isEmpty)
        let process = ProcessIdentity(pid: 1, startTime: 1, bootID: "b")
        let running = ServerStatus(
            place: place, facts: .success(ServerFacts(running: true)), pulse: .success(ServerPulse(process: process)),
            ports: ports)
        #expect(running.ports.count == 2)
    }

    @Test func lagIsCountedWithinAnEpoch() {
        var three = status([1: .follower, 2: .follower, 3: .leader], synced: 2)
        let zxids = [Zxid(0x2_0000_0005), Zxid(0x1_0000_0009), Zxid(0x2_0000_0007)]
        for (index, zxid) in zxids.enumerated() { three.servers[index].pulse?.zxid = zxid }
        #expect(three.servers.map { three.lag(of: $0) } == [2, nil, 0])
    }

    @Test func resultsKeepTheirOrderWhateverEndsFirst() async {
        let values = await SideBySide.map(Array(0..<50), atMost: 4) { number in
            for _ in 0..<(50 - number) { await Task.yield() }
            return number * 2
        }
        #expect(values == (0..<50).map { $0 * 2 })
    }

    @Test func onlyHostsNeedThePorts() {
        let leader = ServerName(host: "h3", installation: "a")
        let here = PortSurvey.Row(
            server: leader, mode: .leader, from: nil, ports: [.client: .filtered, .quorum: .closed, .election: .closed])
        #expect(PortSurvey(ensemble: "e", rows: [here]).findings.isEmpty)
        var there = here
        there.from = "h1"
        #expect(PortSurvey(ensemble: "e", rows: [there]).findings.map(\.port) == [.client, .quorum, .election])
        there.mode = .follower
        #expect(PortSurvey(ensemble: "e", rows: [there]).findings.map(\.port) == [.client, .election])
        var stuck = here
        stuck.ports[.election] = .stuck
        #expect(PortSurvey(ensemble: "e", rows: [stuck]).findings.map(\.port) == [.election])
    }
}
