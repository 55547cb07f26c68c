import EnsembleModel
import TestSupport
import Testing

@Suite struct ZooConfigMembersTests {
    private func members(_ lines: [Int: String]) throws -> [ServerID: MemberAddress] {
        try Dictionary(
            uniqueKeysWithValues: lines.map { (ServerID($0), try #require(MemberAddress($1))) })
    }

    private func expect(
        _ text: String, _ lines: [Int: String], _ dropped: ZooConfig.DroppedLines = .remove, gives expected: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var config = ZooConfig(text)
        config.setMembers(try members(lines), dropped: dropped)
        #expect(config.text.isSame(as: expected), "\(config.text.debugDescription)", sourceLocation: sourceLocation)
        #expect(Set(config.members.keys.map(\.rawValue)) == Set(lines.keys), sourceLocation: sourceLocation)
        #expect(config.properties == PropertiesText(expected), sourceLocation: sourceLocation)
        config.setMembers(try members(lines), dropped: dropped)
        #expect(config.text.isSame(as: expected), sourceLocation: sourceLocation)
    }

    /// The recovery that this tool was made for: 7, 9 and 10 commented out, a trio of new ids in their place.
    @Test func aTrioReplacesTheOldFive() throws {
        let old = """
            # codis
            tickTime=2000
            server.6=zk6:2888:3888
            server.7=zk7:2888:3888
            server.8=zk8:2888:3888
            server.9=zk9:2888:3888
            server.10=zk10:2888:3888
            # end

            """
        let trio = [1: "zk1:2888:3888", 2: "zk6:2888:3888", 3: "zk8:2888:3888"]
        try expect(
            old, trio, .comment,
            gives: """
                # codis
                tickTime=2000
                #server.6=zk6:2888:3888
                #server.7=zk7:2888:3888
                #server.8=zk8:2888:3888
                #server.9=zk9:2888:3888
                #server.10=zk10:2888:3888
                server.1=zk1:2888:3888
                server.2=zk6:2888:3888
                server.3=zk8:2888:3888
                # end

                """)
        try expect(
            old, trio,
            gives: """
                # codis
                tickTime=2000
                server.1=zk1:2888:3888
                server.2=zk6:2888:3888
                server.3=zk8:2888:3888
                # end

                """)
    }

    @Test func linesAlreadyRightStayAsTheyAre() throws {
        let odd = "  server.1 : zk1:2888:3888:participant  \r\nserver.2\tzk2:2888:\\\r\n   3888;2181\r\n"
        try expect(odd, [1: "zk1:2888:3888", 2: "zk2:2888:3888"], gives: odd)
    }

    @Test func changesKeepTheLinesForm() throws {
        try expect(
            "  server.1 : zk1:2888:3888\r\n", [1: "zk9:2888:3888"], gives: "  server.1 : zk9:2888:3888\r\n")
        try expect("server.1=nonsense\n", [1: "zk1:2888:3888"], gives: "server.1=zk1:2888:3888\n")
    }

    @Test func clientPortsAreKeptWhereTheAddressIsTheSame() throws {
        let text = "server.1=zk1:2888:3888:observer;0.0.0.0:2181\nserver.2=zk2:2888:3888;2181;2281\n"
        try expect(text, [1: "zk1:2888:3888:observer", 2: "zk2:2888:3888"], gives: text)
        try expect(
            text, [1: "zk1:2888:3889", 2: "zk2:2888:3888:observer;2182"],
            gives: "server.1=zk1:2888:3889\nserver.2=zk2:2888:3888:observer;2182;2281\n")
    }

    @Test func rolesAreAsGiven() throws {
        try expect(
            "server.1=a:1:2:observer;2181\nserver.2=b:1:2\n", [1: "a:1:2", 2: "b:1:2:observer"],
            gives: "server.1=a:1:2;2181\nserver.2=b:1:2:observer\n")
        // Each of several addresses names the role, so that a change of role has to give them all.
        try expect(
            "server.1=a:1:2|b:1:2\n", [1: "a:1:2"], gives: "server.1=a:1:2|b:1:2\n")
        try expect("server.1=a:1:2|b:1:2\n", [1: "a:1:2:observer"], gives: "server.1=a:1:2:observer\n")
    }

    @Test func newLinesComeAfterTheLastServerLine() throws {
        try expect(
            "server.3=c:1:2\nserver.1=a:1:2\n#server.7=old:1:2\nx=1",
            [1: "a:1:2", 3: "c:1:2", 10: "j:1:2", 9: "i:1:2"],
            gives: "server.3=c:1:2\nserver.1=a:1:2\nserver.9=i:1:2\nserver.10=j:1:2\n#server.7=old:1:2\nx=1")
        try expect("x=1", [2: "b:1:2", 1: "a:1:2"], gives: "x=1\nserver.1=a:1:2\nserver.2=b:1:2")
        try expect("", [1: "a:1:2"], gives: "server.1=a:1:2\n")
        try expect("#server.7=old:1:2\nx=1\n", [1: "a:1:2"], gives: "#server.7=old:1:2\nserver.1=a:1:2\nx=1\n")
    }

    @Test func aCommentedLineOfTheSameValueComesBack() throws {
        try expect(
            "server.1=a:1:2\n#server.7=g:1:2:participant\n# server.8=h:1:2\n",
            [1: "a:1:2", 7: "g:1:2", 8: "x:1:2", 9: "i:1:2"],
            gives: "server.1=a:1:2\nserver.8=x:1:2\nserver.9=i:1:2\nserver.7=g:1:2:participant\n# server.8=h:1:2\n")
        try expect(
            "#server.2=b:1:2\nserver.1=a:1:2", [1: "a:1:2", 2: "b:1:2", 3: "c:1:2"],
            gives: "server.2=b:1:2\nserver.1=a:1:2\nserver.3=c:1:2")
        try expect(
            "#server.2=\\\n# b:1:2\nserver.1=a:1:2", [1: "a:1:2", 2: "b:1:2", 3: "c:1:2"],
            gives: "server.2=\\\nb:1:2\nserver.1=a:1:2\nserver.3=c:1:2")
    }

    @Test func duplicatesAndTwoSpellings() throws {
        // The last line of a key is in effect already; the earlier one changes nothing.
        try expect("server.1=x:1:2\nserver.1=a:1:2\n", [1: "a:1:2"], gives: "server.1=x:1:2\nserver.1=a:1:2\n")
        try expect("server.1=x:1:2\nserver.1=a:1:2\n", [1: "b:1:2"], gives: "server.1=x:1:2\nserver.1=b:1:2\n")
        // Which of two spellings counts isn't defined, so that only one may stay.
        try expect("server.1=x:1:2\nserver.01=a:1:2\n", [1: "a:1:2"], gives: "server.01=a:1:2\n")
        try expect(
            "server.1=x:1:2\nserver.01=a:1:2\n", [1: "a:1:2"], .comment, gives: "#server.1=x:1:2\nserver.01=a:1:2\n")
        try expect("server.1=x:1:2\nserver.1=a:1:2\ny=2\n", [:], gives: "y=2\n")
    }

    @Test func continuedLinesAreDroppedWhole() throws {
        let text = "server.1=a:1:\\\n  2\nserver.2=b:1:2\\\n"
        try expect(text, [:], gives: "")
        try expect(
            text, [3: "c:1:2"], .comment, gives: "#server.1=a:1:\\\n  #2\n#server.2=b:1:2\\\nserver.3=c:1:2\n")
        try expect(text, [1: "a:1:2", 2: "b:1:2", 3: "c:1:2"], gives: text + "\nserver.3=c:1:2\n")
    }

    @Test(arguments: [UInt64](1...6)) func anySetCanBeMade(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var lines: [String] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let id = Int.random(in: 1...5, using: &random)
                let sign = ["", "", "#", "  ", "# "].randomElement(using: &random)!
                let key = ["server.\(id)", "server.0\(id)", "other.\(id)"].randomElement(using: &random)!
                let tail = ["", ":observer", ";2181", "\\\n", ":bad"].randomElement(using: &random)!
                lines.append("\(sign)\(key)=h\(id):1:2\(tail)")
            }
            let text = lines.joined(separator: ["\n", "\r\n"].randomElement(using: &random)!)
            let ids = (1...6).filter { _ in Bool.random(using: &random) }
            let wanted = try members(Dictionary(uniqueKeysWithValues: ids.map { ($0, "h\($0):1:2") }))
            for dropped in [ZooConfig.DroppedLines.remove, .comment] {
                var config = ZooConfig(text)
                config.setMembers(wanted, dropped: dropped)
                let reread = ZooConfig(config.text)
                #expect(reread == config, "\(text.debugDescription)")
                #expect(reread.members.keys.sorted() == wanted.keys.sorted(), "\(text.debugDescription)")
                for (id, member) in reread.members {
                    #expect(wanted[id].map(member.isSamePlace) == true, "\(text.debugDescription)")
                }
                let once = config.text
                config.setMembers(wanted, dropped: dropped)
                #expect(config.text.isSame(as: once), "\(text.debugDescription)")
            }
        }
    }
}
