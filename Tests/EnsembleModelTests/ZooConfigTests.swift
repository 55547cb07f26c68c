import EnsembleModel
import Testing

@Suite struct ZooConfigTests {
    private let seed = ZooConfig(
        """
        # production
        tickTime=2000
        initLimit=10
        syncLimit = 5
        dataDir=/data/zk \n\
        dataLogDir=/log/zk
        clientPort=2181
        maxClientCnxns=0
        server.1=zk1:2888:3888
        server.2=zk2:2888:3888
        server.10=zk10:2888:3888:observer
        """)

    @Test func readsWhatZooKeeperReads() {
        #expect(seed.tickTime == 2000 && seed.initLimit == 10 && seed.syncLimit == 5 && seed.maxClientCnxns == 0)
        #expect(seed.dataDir == "/data/zk" && seed.dataLogDir == "/log/zk" && seed.transactionLogDir == "/log/zk")
        #expect(seed.clientPort == 2181 && seed.secureClientPort == nil && seed.clientPortAddress == nil)
        #expect(seed.joinLimit == .seconds(80))
        #expect(seed.members.count == 3 && seed.members[ServerID(10)]?.role == .observer)
        #expect(
            seed.quorumRule == .majority(voters: [ServerID(1), ServerID(2)], observers: [ServerID(10)]))
        #expect(seed.problems().map(\.code) == [.evenVoters])
    }

    @Test func defaultsAreZooKeepers() {
        let empty = ZooConfig("")
        #expect(
            empty.tickTime == 3000 && empty.initLimit == nil && empty.syncLimit == nil && empty.maxClientCnxns == 60)
        #expect(empty.dataDir == nil && empty.transactionLogDir == nil && empty.dynamicConfigFile == nil)
        #expect(
            empty.peerType == .participant && !empty.reconfigEnabled && empty.standaloneEnabled && empty.leaderServes)
        #expect(empty.adminServer == AdminServerSettings() && empty.adminServer.isOnAllAddresses)
        #expect(empty.adminServer.url("srvr", host: "fe80::1") == "http://[fe80::1]:8080/commands/srvr")
        #expect(empty.joinLimit == .seconds(60) && empty.allowedFourLetterWords == nil)
        #expect(empty.quorumRule == .majority(voters: []) && !empty.quorumRule.containsQuorum([]))
        #expect(ZooConfig("dataDir=/d").transactionLogDir == "/d")
    }

    @Test func settingsThatChangeBehaviour() {
        let config = ZooConfig(
            """
            peerType=observer
            reconfigEnabled=true
            standaloneEnabled=FALSE
            leaderServes=no
            secureClientPort=2281
            clientPortAddress=10.0.0.1
            dynamicConfigFile=/etc/zoo.cfg.dynamic
            admin.enableServer=false
            admin.serverAddress=127.0.0.1
            admin.serverPort=9090
            admin.commandURL=/c
            4lw.commands.whitelist=mntr, ruok
            server.3=zk3:2888:3888;2182
            """)
        #expect(config.peerType == .observer && config.reconfigEnabled && !config.standaloneEnabled)
        #expect(!config.leaderServes && config.secureClientPort == 2281 && config.clientPortAddress == "10.0.0.1")
        #expect(config.dynamicConfigFile == "/etc/zoo.cfg.dynamic")
        #expect(!config.adminServer.isEnabled && config.adminServer.url("x", host: "h") == "http://127.0.0.1:9090/c/x")
        #expect(config.allowedFourLetterWords == ["mntr", "ruok"])
        #expect(config.clientPort(of: ServerID(3)) == 2182 && config.clientPort(of: ServerID(4)) == nil)
        #expect(config.clientPort(of: nil) == nil)
    }

    @Test(arguments: [
        ("", "mntr", "3.4.9", true), ("", "wchc", "3.4.9", true), ("", "mntr", "3.4.14", true),
        ("", "wchc", "3.4.14", false),
        ("", "mntr", "3.5.2", true), ("", "mntr", "3.5.3", false), ("", "ruok", "3.8.0", false),
        ("", "srvr", "3.8.0", true),
        ("4lw.commands.whitelist=mntr", "mntr", "3.8.0", true),
        ("4lw.commands.whitelist=mntr", "ruok", "3.4.14", false),
        ("4lw.commands.whitelist=mntr", "ruok", "3.4.6", true), ("4lw.commands.whitelist=*", "wchc", "3.9.3", true),
        ("readonlymode.enabled=true", "isro", "3.9.3", true), ("", "isro", "3.9.3", false),
    ])
    func allowedWords(config: String, word: String, version: String, allowed: Bool) throws {
        #expect(ZooConfig(config).isAllowed(word, version: try #require(Version(version))) == allowed)
    }

    @Test func weights() {
        let config = ZooConfig(
            """
            server.1=a:1:2
            server.2=b:1:2
            server.3=c:1:2
            server.4=d:1:2:observer
            group.1=1:2:4
            group.2=3
            group.x=9
            weight.3=2
            weight.2=-1
            """)
        #expect(
            config.quorumRule
                == .weighted(
                    groups: [1: [ServerID(1), ServerID(2)], 2: [ServerID(3)]], weights: [ServerID(3): 2],
                    observers: [ServerID(4)]))
    }

    @Test func blanksAtTheEndMakeNoDifference() {
        var config = seed
        config.set("dataDir", "/data/zk")
        #expect(config.text == seed.text)
        config.set("dataDir", "/data/zk2")
        #expect(config.dataDir == "/data/zk2")
    }

    @Test(arguments: [
        ("dataDir=/d", ConfigProblem.Code.missingClientPort, nil as Int?, ConfigProblem.Severity.error),
        ("clientPort=2181", .missingDataDir, nil, .error),
        ("dataDir=/d\nclientPort=x", .badNumber, 2, .error),
        ("dataDir=/d\nclientPort=2181\ntickTime=99999999999", .badNumber, 3, .error),
        ("dataDir=/d\nclientPort=99999", .badNumber, 2, .error),
        ("dataDir=/d\nclientPort=2181\ninitLimit=0", .badNumber, 3, .error),
        ("dataDir=/d\nclientPort=2181\nsslQuorum=yes", .badFlag, 3, .error),
        ("dataDir=/d\ndataDir=/e\nclientPort=2181", .duplicateKey, 2, .warning),
        ("dataDir=\\u12\nclientPort=2181", .malformedEscape, 1, .error),
        ("dataDir=/d # here\nclientPort=2181", .commentInValue, 1, .warning),
        ("dataDir=/d\nclientPort=2181\njute.maxbuffer=1", .withoutEffect, 3, .warning),
        ("dataDir=/d\nclientPort=2181\nzookeeper.snapCount=1", .withoutEffect, 3, .warning),
        ("dataDir=/d\nclientPort=2181\nserver.1=a:1:2", .runsStandalone, nil, .note),
    ])
    func findsProblems(text: String, code: ConfigProblem.Code, line: Int?, severity: ConfigProblem.Severity) {
        let problems = ZooConfig(text).problems()
        #expect(problems.map(\.code) == [code])
        #expect(problems.first?.line == line && problems.first?.severity == severity)
    }

    @Test(arguments: [
        ("server.1=a:1:2\nserver.01=b:1:2", ConfigProblem.Code.sameServerTwice, 6),
        ("server.1=a:1:2\nserver.2=a:1:2", .samePlaceTwice, 6),
        ("server.1=a:1:2\nserver.x=b:1:2", .badServerLine, 6),
        ("server.1=a:1:2\nserver.2=b:1", .badServerLine, 6),
        ("server.1=a:1:2\nserver.2=b:3:3", .equalPorts, 6),
        ("server.1=a:1:2\nserver.256=b:1:2", .unusualServerID, 6),
        ("server.1=a:1:2\nserver.2=b:1:2;2181", .unsupportedAddress, 6),
        ("server.1=a:1:2\nserver.2=[::1]:1:2", .unsupportedAddress, 6),
        ("server.1=a:1:2\nserver.2=b:1:2|c:1:2", .unsupportedAddress, 6),
        ("server.1=a:1:2\ndynamicConfigFile=/d", .staticAndDynamic, 5),
        ("server.1=a:1:2\nreconfigEnabled=true", .rewritesItself, 6),
    ])
    func findsProblemsOfServerLines(text: String, code: ConfigProblem.Code, line: Int) {
        let config = ZooConfig("dataDir=/d\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n" + text)
        let problems = config.problems(version: Version(3, 4, 6))
        #expect(problems.contains { $0.code == code && $0.line == line }, "\(problems)")
    }

    @Test func problemsOfTheWholeEnsemble() {
        func codes(_ text: String, version: Version? = nil) -> [ConfigProblem.Code] {
            ZooConfig("dataDir=/d\nclientPort=1\n" + text).problems(version: version).map(\.code)
        }
        #expect(codes("server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2") == [.missingLimit, .missingLimit])
        let limits = "initLimit=1\nsyncLimit=1\n"
        #expect(codes(limits + "server.1=a:1:2:observer\nserver.2=b:1:2:observer") == [.onlyObservers])
        #expect(codes(limits + "server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2\ngroup.2=2") == [.badGroups])
        let addresses = limits + "server.1=a:1:2|b:1:2\nserver.2=c:1:2;3\nserver.3=[::1]:1:2\n"
        #expect(codes(addresses, version: Version(3, 8, 0)) == [.unsupportedAddress])
        #expect(codes(addresses + "multiAddress.enabled=true", version: Version(3, 8, 0)) == [])
        #expect(codes(addresses, version: Version(3, 5, 0)) == [.unsupportedAddress])
    }

    @Test func problemsNameTheLines() throws {
        let problem = try #require(ZooConfig("a=1\na=2\nb=\na=3").problems().first { $0.code == .duplicateKey })
        #expect(problem.description == "line 4: a is set in lines 1, 2 and 4; line 4 is the one in effect.")
    }
}
