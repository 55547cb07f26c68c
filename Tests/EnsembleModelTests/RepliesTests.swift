import EnsembleModel
import TestSupport
import Testing

@Suite struct RepliesTests {
    @Test(arguments: [
        ("imok", "ruok", FourLetterReply.text("imok")), ("", "ruok", .empty), ("\n", "xxxx", .empty),
        ("This ZooKeeper instance is not currently serving requests\n", "srvr", .notServing),
        ("null", "isro", .notServing), ("null", "srvr", .text("null")), ("rw", "isro", .text("rw")),
        (
            "mntr is not executed because it is not in the whitelist.\n", "mntr",
            .notAllowed("mntr is not executed because it is not in the whitelist.")
        ),
        ("mntr is not executed because", "mntr", .text("mntr is not executed because")),
    ])
    func fourLetterWords(text: String, word: String, reply: FourLetterReply) {
        #expect(FourLetterReply(text, word: word) == reply)
        #expect(FourLetterReply(Array(text.utf8), word: word) == reply)
    }

    static let srvr346 = """
        Zookeeper version: 3.4.6-1569965, built on 02/20/2014 09:09 GMT
        Latency min/avg/max: 0/1/42
        Received: 1045
        Sent: 1044
        Connections: 3
        Outstanding: 0
        Zxid: 0x100004e2a
        Mode: leader
        Node count: 20034

        """
    static let srvr363 = """
        Zookeeper version: 3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT
        Latency min/avg/max: 0/0.5833/3
        Received: 12
        Sent: 11
        Connections: 1
        Outstanding: 0
        Zxid: 0x400000000
        Mode: follower
        Node count: 5

        """

    @Test func srvrOf346() throws {
        let reply = try #require(SrvrReply(Self.srvr346))
        #expect(reply.version == Version(3, 4, 6) && reply.mode == .leader && reply.zxid == Zxid(0x1_0000_4e2a))
        #expect(reply.received == 1045 && reply.sent == 1044 && reply.connections == 3 && reply.outstanding == 0)
        #expect(reply.nodeCount == 20034 && reply.latency?.min == 0)
        #expect(reply.latency?.avg == 1 && reply.latency?.max == 42)
    }

    @Test func srvrOf363() throws {
        let reply = try #require(SrvrReply(Self.srvr363))
        #expect(reply.version == Version(3, 6, 3) && reply.mode == .follower && reply.latency?.avg == 0.5833)
    }

    /// Debian's build doesn't replace the name of its own commit; a leader adds a line.
    @Test func srvrOf380() throws {
        let text = """
            Zookeeper version: 3.8.0-${mvngit.commit.id}, built on 2022-09-26 20:54 UTC
            Latency min/avg/max: 0/0.0/0
            Zxid: 0x100000000
            Mode: leader
            Node count: 5
            Proposal sizes last/min/max: -1/-1/-1
            """
        let reply = try #require(SrvrReply(text))
        #expect(reply.version == Version(3, 8, 0) && reply.mode == .leader && reply.received == nil)
    }

    @Test func statHasTheSameLinesAfterItsClients() throws {
        let text = """
            Zookeeper version: 3.4.14-4c25d480e66aadd371de8bd2fd8da255ac140bcf, built on 03/06/2019 16:18 GMT
            Clients:
             /127.0.1.201:51482[0](queued=0,recved=1,sent=0)
             /0:0:0:0:0:0:0:1:51484[1](queued=0,recved=12,sent=12)

            Latency min/avg/max: 0/0/0
            Received: 3
            Mode: standalone
            Node count: 4
            """
        let reply = try #require(SrvrReply(text))
        #expect(reply.version == Version(3, 4, 14) && reply.mode == .standalone && reply.received == 3)
    }

    @Test(arguments: [
        "", "Mode: ", "Mode: king", "Mode leader", "Zxid: 0x1",
        "This ZooKeeper instance is not currently serving requests\n",
    ])
    func srvrWithoutAMode(text: String) { #expect(SrvrReply(text) == nil) }

    @Test func srvrWithNonsenseValues() throws {
        let text =
            "Mode: read-only\r\nZxid: 0xzz\r\nLatency min/avg/max: 1/2\r\nReceived: 99999999999999999999\r\nZookeeper version: x"
        let reply = try #require(SrvrReply(text))
        #expect(reply.mode == .readOnly && reply.zxid == nil && reply.latency == nil && reply.received == nil)
        #expect(reply.version == nil)
    }

    @Test func mntrOf346() throws {
        let text = """
            zk_version\t3.4.6-1569965, built on 02/20/2014 09:09 GMT
            zk_avg_latency\t0
            zk_max_latency\t42
            zk_num_alive_connections\t3
            zk_outstanding_requests\t1
            zk_server_state\tleader
            zk_znode_count\t20034
            zk_watch_count\t7
            zk_ephemerals_count\t12
            zk_approximate_data_size\t1048576
            zk_open_file_descriptor_count\t40
            zk_max_file_descriptor_count\t4096
            zk_followers\t3
            zk_synced_followers\t2
            zk_pending_syncs\t0

            """
        let reply = try #require(MntrReply(text))
        #expect(reply.version == Version(3, 4, 6) && reply.state == .leader && reply.followers == 3)
        #expect(reply.syncedFollowers == 2 && reply.syncedVotingFollowers == 2 && reply.pendingSyncs == 0)
        #expect(reply.syncedNonVotingFollowers == nil && reply.peerState == nil && reply.votingMembers == nil)
        #expect(reply.znodeCount == 20034 && reply.ephemerals == 12 && reply.watches == 7 && reply.outstanding == 1)
        #expect(reply.connections == 3 && reply.maxLatency == 42 && reply.averageLatency == 0)
        #expect(reply.openFiles == 40 && reply.maxOpenFiles == 4096 && reply.approximateDataSize == 1_048_576)
        #expect(reply.fsyncThresholdExceeded == nil && reply.lookingCount == nil && reply.syncedObservers == nil)
    }

    /// With the Prometheus provider every value is a double; the names are those of 3.6.
    @Test func mntrOf363() throws {
        let text = """
            zk_version\t3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT
            zk_server_state\tleader
            zk_peer_state\tleading - broadcast
            zk_learners\t5.0
            zk_synced_followers\t4.0
            zk_synced_non_voting_followers\t1.0
            zk_synced_observers\t1.0
            zk_quorum_size\t5.0
            zk_looking_count\t2
            zk_max_latency\tNaN
            """
        let reply = try #require(MntrReply(text))
        #expect(reply.followers == 5 && reply.syncedFollowers == 4 && reply.syncedVotingFollowers == 3)
        #expect(reply.syncedObservers == 1 && reply.votingMembers == 5 && reply.lookingCount == 2)
        #expect(reply.peerState == "leading - broadcast" && reply.raw["zk_quorum_size"] == "5.0")
        #expect(reply["zk_server_state"] == nil && reply["zk_nothing"] == nil)
        #expect(MntrReply("imok") == nil && MntrReply("") == nil && MntrReply("zk_version 3") == nil)
    }

    @Test func confOf346() throws {
        let text = """
            clientPort=2181
            dataDir=/data/zk/version-2
            dataLogDir=/log/zk/version-2
            tickTime=2000
            maxClientCnxns=60
            minSessionTimeout=4000
            maxSessionTimeout=40000
            serverId=10
            initLimit=10
            syncLimit=5
            electionAlg=3
            electionPort=3888
            quorumPort=2888
            peerType=0

            """
        let reply = try #require(ConfReply(text))
        #expect(reply.clientPort == 2181 && reply.dataDir == "/data/zk" && reply.dataLogDir == "/log/zk")
        #expect(reply.serverID == ServerID(10) && reply.tickTime == 2000 && reply.initLimit == 10)
        #expect(reply.syncLimit == 5 && reply.quorumPort == 2888 && reply.electionPort == 3888)
        #expect(reply.maxClientCnxns == 60 && reply.role == .participant && reply.membership == nil)
    }

    @Test func confOf380() throws {
        let text = """
            clientPort=2181
            secureClientPort=-1
            dataDir=/var/zk/version-2
            dataDirSize=637
            dataLogDir=/var/zk
            peerType=1
            membership: 
            server.1=127.0.1.201:2888:3888:participant
            server.2=127.0.1.202:2888:3888:observer;0.0.0.0:2181
            version=100000003
            """
        let reply = try #require(ConfReply(text))
        #expect(reply.secureClientPort == nil && reply.role == .observer && reply.dataLogDir == "/var/zk")
        let membership = try #require(reply.membership)
        #expect(membership.version == Zxid(0x1_0000_0003) && membership.members.count == 2)
        #expect(
            membership.members[ServerID(2)]?.role == .observer && membership.members[ServerID(2)]?.clientPort == 2181)
        #expect(ConfReply("imok") == nil && ConfReply("") == nil && ConfReply("server.1=a:1:2") == nil)
        #expect(ConfReply("secureClientPort=2281")?.secureClientPort == 2281)
    }

    @Test(arguments: [UInt64](1...4)) func noInputBreaksAReader(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "Mode: ", "leader", "\n", "\r\n", ":", "=", "\t", "zk_", "0x", "99999999999999999999", "-", "/", "server.",
            "{", "}",
            "[", "\"", "null", "version", ",", "\u{0}", "é", "\u{301}", "Zxid: ", "Latency min/avg/max: ",
            "membership: ",
        ]
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0...25, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes.append(UInt8.random(in: 0...255, using: &random))
            }
            if case .text(let same) = FourLetterReply(bytes, word: "srvr") {
                if let reply = SrvrReply(same) { #expect(Mode.allCases.contains(reply.mode)) }
                if let reply = MntrReply(same) { #expect(!reply.raw.isEmpty) }
                _ = ConfReply(same)
            }
            #expect(throws: AdminReplyError.self) { try AdminReply.srvr(bytes) }
        }
    }
}
