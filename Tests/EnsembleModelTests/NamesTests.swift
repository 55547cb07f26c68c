import EnsembleModel
import FoundationEssentials
import Testing

@Suite struct NamesTests {
    @Test func zxidReadsAndWritesHexadecimal() throws {
        let zxid = try #require(Zxid(hexadecimal: "0x100004e2a"))
        #expect(zxid.epoch == Epoch(1) && zxid.counter == 0x4e2a)
        #expect(zxid.description == "0x100004e2a")
        #expect(Zxid(hexadecimal: "100004e2a") == zxid)
        #expect(Zxid(hexadecimal: "0x") == nil && Zxid(hexadecimal: "zz") == nil)
    }

    @Test(arguments: [
        ("3.4.6-1569965", Version(3, 4, 6)), ("3.6.3--6401e4a", Version(3, 6, 3)),
        ("3.8.0-${mvngit.commit.id}", Version(3, 8, 0)), ("3.10", Version(3, 10, 0)), ("3.4.14.jar", Version(3, 4, 14)),
    ])
    func versionReadsWhatServersPrint(text: String, version: Version) {
        #expect(Version(text) == version)
    }

    @Test func versionsCompareByNumber() {
        #expect(Version(3, 4, 14) > Version(3, 4, 6) && Version(3, 10, 0) > Version(3, 9, 3))
        #expect(Version("3") == nil && Version("3.x") == nil && Version("") == nil)
    }

    @Test func serversSortByTheNumbersInTheirNames() {
        let names = ["zk10@v3.4.6", "zk7@v3.4.14", "zk7@v3.4.6", "zk1@v3.4.14"].compactMap { ServerName($0) }
        #expect(names.sorted().map(\.description) == ["zk1@v3.4.14", "zk7@v3.4.6", "zk7@v3.4.14", "zk10@v3.4.6"])
        #expect(ServerName("zk7") == nil && ServerName("@v1") == nil && ServerName("a@b@c") == nil)
    }

    @Test(arguments: [
        ("zk7", "zk10", true), ("zk10", "zk7", false), ("zk7", "zk7", false), ("zk", "zk1", true),
        ("a1b2", "a1b10", true),
        ("zk07", "zk7", true), ("7", "zk", true),
    ])
    func digitsCompareAsNumbers(left: String, right: String, precedes: Bool) {
        #expect(naturallyPrecedes(left, right) == precedes)
    }

    @Test func numbersHaveAnOrderAndAText() {
        #expect(Zxid(epoch: Epoch(2), counter: 0) > Zxid(epoch: Epoch(1), counter: .max))
        #expect(Epoch(2) < Epoch(10) && Epoch(7).description == "7")
        #expect(ServerID(2) < ServerID(10) && ServerID(7).description == "7")
    }

    @Test func onlyRolesServe() {
        let serving = Mode.allCases.filter(\.serves)
        #expect(serving == [.leader, .follower, .observer, .standalone])
    }

    @Test func factsComeBackFromJSON() throws {
        let server = try #require(ServerName("zk6@v3.4.14"))
        var facts = ServerFacts(running: true, mode: .readOnly, myid: ServerID(6), snapshot: .at(Zxid(0x1_0000_0000)))
        facts.epochs = .init(accepted: Epoch(2), current: Epoch(1))
        let ensemble = EnsembleFacts(capturedAt: "2026-01-11T18:02:11Z", servers: [server: facts])
        let data = try JSONEncoder().encode(ensemble)
        #expect(try JSONDecoder().decode(EnsembleFacts.self, from: data) == ensemble)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([ServerName].self, from: Data("[\"zk6\"]".utf8))
        }
        #expect(String(decoding: try JSONEncoder().encode([server]), as: UTF8.self) == "[\"zk6@v3.4.14\"]")
    }
}
