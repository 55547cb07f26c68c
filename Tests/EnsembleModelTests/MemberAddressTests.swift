import EnsembleModel
import Testing

@Suite struct MemberAddressTests {
    @Test(arguments: [
        ("zk1:2888:3888", "zk1:2888:3888"), (" zk1 : 2888 : 3888 ", "zk1:2888:3888"),
        ("zk1:2888:3888:participant", "zk1:2888:3888"), ("zk1:2888:3888:OBSERVER", "zk1:2888:3888:observer"),
        ("zk1:2888:3888;2181", "zk1:2888:3888;2181"),
        ("zk1:2888:3888:observer;10.0.0.1:2181", "zk1:2888:3888:observer;10.0.0.1:2181"),
        ("[::1]:2888:3888;[fe80::1]:2181", "[::1]:2888:3888;[fe80::1]:2181"),
        ("zk1:2888:3888|zk1b:2889:3889", "zk1:2888:3888|zk1b:2889:3889"),
        ("zk1:2888:3888;2181;2281", "zk1:2888:3888;2181;2281"),
    ])
    func readsAndWrites(text: String, written: String) throws {
        let member = try #require(MemberAddress(text))
        #expect(member.text == written && member.description == written)
        #expect(MemberAddress(written) == member)
    }

    @Test(arguments: [
        "", "zk1", "zk1:2888", "zk1:2888:3888:leader", "zk1:2888:3888:observer:x", ":2888:3888", "zk1:x:3888",
        "zk1:2888:0",
        "zk1:2888:65536", "zk1:2888:-1", "[::1:2888:3888", "[::1]2888:3888", "::1:2888:3888", "zk1:2888:3888;",
        "zk1:2888:3888;a:b:c", "zk1:2888:3888;host:", ";", "|", "[]:1:2",
    ])
    func refusesWhatIsNoServerLine(text: String) { #expect(MemberAddress(text) == nil) }

    @Test func tellsItsParts() throws {
        let member = try #require(MemberAddress("[fe80::2]:2888:3888:observer;0.0.0.0:2181"))
        #expect(member.host == "fe80::2" && member.quorumPort == 2888 && member.electionPort == 3888)
        #expect(member.role == .observer && member.clientAddress == "0.0.0.0" && member.clientPort == 2181)
        #expect(member.isSamePlace(as: MemberAddress(host: "fe80::2", quorumPort: 2888, electionPort: 3888)))
        #expect(!member.isSamePlace(as: MemberAddress(host: "fe80::2", quorumPort: 2889, electionPort: 3888)))
    }
}
