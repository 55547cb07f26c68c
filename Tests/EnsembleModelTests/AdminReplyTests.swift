import EnsembleModel
import Testing

@Suite struct AdminReplyTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func srvr() throws {
        let reply = try AdminReply.srvr(
            bytes(
                """
                {"version":"3.8.0-${mvngit.commit.id}, built on 2022-09-26 20:54 UTC","read_only":false,"server_stats":{
                "packets_sent":4,"packets_received":5,"fsync_threshold_exceed_count":0,"client_response_stats":
                {"last_buffer_size":-1,"min_buffer_size":-1,"max_buffer_size":-1},"uptime":5000,"provider_null":false,
                "server_state":"leader","outstanding_requests":0,"min_latency":0,"avg_latency":0.25,"max_latency":3,
                "num_alive_client_connections":2,"last_processed_zxid":4294967298},"node_count":5,"command":"srvr","error":null}
                """))
        #expect(reply.version == Version(3, 8, 0) && reply.mode == .leader && reply.zxid == Zxid(0x1_0000_0002))
        #expect(
            reply.connections == 2 && reply.outstanding == 0 && reply.nodeCount == 5 && reply.averageLatency == 0.25)
    }

    @Test func zabState() throws {
        let reply = try AdminReply.zabState(
            bytes(
                """
                {"myid":2,"is_leader":false,"quorum_address":"/127.0.1.202:2888","peer_type":"PARTICIPANT","voting":true,
                "last_zxid":"0x100000002","zab_epoch":1,"zab_counter":2,"zabstate":"broadcast","command":"zabstate","error":null}
                """))
        #expect(reply.myid == ServerID(2) && reply.isLeader == false && reply.voting && reply.state == "broadcast")
        #expect(reply.lastZxid == Zxid(0x1_0000_0002))
        let looking = try AdminReply.zabState(
            bytes(#"{"voting":false,"zabstate":"","command":"zabstate","error":null}"#))
        #expect(looking.myid == nil && looking.isLeader == nil && !looking.voting && looking.state.isEmpty)
    }

    @Test func leader() throws {
        let reply = try AdminReply.leader(
            bytes(#"{"is_leader":true,"leader_id":3,"leader_ip":"127.0.1.203","command":"leader","error":null}"#))
        #expect(reply.isLeader && reply.leaderID == ServerID(3) && reply.leaderAddress == "127.0.1.203")
    }

    @Test func monitor() throws {
        let reply = try AdminReply.monitor(
            bytes(
                """
                {"version":"3.6.3--6401e4a, built on 04/08/2021 16:35 GMT","server_state":"leader","synced_followers":2,
                "synced_non_voting_followers":0,"avg_latency":0.5,"big":1e300,"peer_state":"leading - broadcast","flag":true,
                "list":[1],"nothing":null,"command":"monitor","error":null}
                """))
        #expect(reply.version == Version(3, 6, 3) && reply.state == .leader && reply.syncedVotingFollowers == 2)
        #expect(reply.averageLatency == 0.5 && reply["zk_big"] == 1e300 && reply.raw["zk_flag"] == "true")
        #expect(reply.raw["zk_list"] == nil && reply.raw["zk_nothing"] == nil && reply.raw["zk_command"] == nil)
    }

    @Test func anErrorIsToldWhateverTheStatus() {
        let text = bytes(
            #"{"command":"srvr","error":"This ZooKeeper instance is not currently serving requests"}"#)
        let error = AdminReplyError.serverSaid("This ZooKeeper instance is not currently serving requests")
        #expect(error.isNotServing && !AdminReplyError.serverSaid("Unknown command: x").isNotServing)
        #expect(throws: error) { try AdminReply.srvr(text) }
        #expect(throws: error) { try AdminReply.zabState(text) }
        #expect(throws: error) { try AdminReply.leader(text) }
        #expect(throws: error) { try AdminReply.monitor(text) }
        #expect(error.description.hasSuffix("serving requests."))
    }

    @Test(arguments: [
        "", "null", "[]", "{", "<html>HTTP ERROR 500</html>", #"{"server_stats":5}"#,
        #"{"server_stats":{"node_count":"x"}"#,
        #"{"is_leader":"perhaps"}"#, "{\"is_leader\":1e999}", String(repeating: "[", count: 100_000),
        String(repeating: #"{"a":"#, count: 50_000),
    ])
    func whatIsNoAnswerIsAnError(text: String) {
        #expect(throws: AdminReplyError.unreadable(command: "srvr")) { try AdminReply.srvr(bytes(text)) }
        #expect(throws: AdminReplyError.unreadable(command: "leader")) { try AdminReply.leader(bytes(text)) }
        #expect(throws: AdminReplyError.unreadable(command: "zabstate")) { try AdminReply.zabState(bytes(text)) }
        #expect(AdminReplyError.unreadable(command: "srvr").description.contains("srvr"))
        #expect(!AdminReplyError.unreadable(command: "srvr").isNotServing)
    }
}
