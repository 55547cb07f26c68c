import EnsembleModel
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
        ("3.8.0-${mvngit.commit.id}", Version(3, 8, 0)), ("3.10", Version(3, 10, 0)),
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
}
