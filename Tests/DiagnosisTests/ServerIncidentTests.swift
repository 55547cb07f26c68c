import EnsembleAccess
import EnsembleModel
import Testing

@testable import Diagnosis

/// Incidents of single servers: configuration, data, connections, the host.
@Suite struct ServerIncidentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var code: String
        var what: String
        var plan: ReadyPlan?
        /// What follows `zkops plan new`, but for the inventory and the output.
        var command: String?
        var change: @Sendable (inout ServerEvidence) -> Void

        var testDescription: String { what }
    }

    static let recent = "11:59:30"

    /// Each is done to server 1 of three, and must be found there and nothing else.
    static let cases: [Case] = [
        Case(code: "unreachable-host", what: "no answer") {
            $0.failure = AccessError(.hostUnreachable, host: "zk1", "connecting took longer than 10 s")
        },
        Case(code: "myid-mismatch", what: "the file says another number", plan: .setMyid) {
            $0.facts?.myid = ServerID(7)
        },
        Case(code: "myid-mismatch", what: "no file", plan: .setMyid) { $0.facts?.myid = nil },
        Case(code: "myid-mismatch", what: "runs as another", plan: .setMyid) { $0.facts?.loadedMyid = ServerID(3) },
        Case(
            code: "configuration-drift", what: "another limit", plan: .sameConfig,
            command: "config-change --set initLimit=10 --servers zk1@v3.8.0"
        ) {
            $0.facts?.config = Sample.config().replacing("initLimit=10", with: "initLimit=40")
        },
        Case(code: "configuration-drift", what: "another member", plan: .sameConfig) {
            $0.facts?.config = Sample.config(4)
        },
        Case(
            code: "configuration-drift", what: "changed and not restarted", plan: .rollingRestart,
            command: "rolling-restart --servers zk1@v3.8.0"
        ) {
            $0.facts?.loadedConfig = Sample.config()
            $0.facts?.config = Sample.config().replacing("syncLimit=5", with: "syncLimit=50")
        },
        Case(
            code: "not-observable", what: "mntr is refused", plan: .allowWords,
            command: "config-change --set '4lw.commands.whitelist=ruok, srvr, mntr, conf, cons, stat, dirs, isro'"
        ) {
            $0.facts?.config = Sample.config().replacing("4lw.commands.whitelist=*", with: "admin.enableServer=false")
        },
        Case(code: "not-observable", what: "the AdminServer's port is taken") {
            $0.log(.adminServer, logLine(recent, "Problem starting AdminServer", "WARN "))
        },
        Case(
            code: "no-autopurge", what: "many snapshots", plan: .enableAutopurge,
            command: "config-change --set autopurge.snapRetainCount=3 --set autopurge.purgeInterval=1"
        ) { server in
            server.host?.dataFiles = (1...14).map {
                .init(name: "snapshot.\($0)", changedAt: 1_790_000_000 - 86_400 * $0, bytesOnDisk: 4096, size: 100)
            }
            server.host?.dataDisk = .init(total: 100 << 30, free: 50 << 30, mount: "/data")
        },
        Case(
            code: "no-autopurge", what: "full in weeks", plan: .enableAutopurge,
            command: "config-change --set autopurge.snapRetainCount=3 --set autopurge.purgeInterval=1"
        ) { server in
            server.host?.dataFiles = [
                .init(name: "snapshot.1", changedAt: 1_790_000_000 - 10 * 86_400, bytesOnDisk: 10 << 30, size: 10 << 30)
            ]
            server.host?.dataDisk = .init(total: 100 << 30, free: 20 << 30, mount: "/data")
        },
        Case(
            code: "no-autopurge", what: "the disk is full", plan: .enableAutopurge,
            command: "config-change --set autopurge.snapRetainCount=3 --set autopurge.purgeInterval=1"
        ) {
            $0.host?.logDisk = .init(total: 100 << 30, free: 0, mount: "/log")
        },
        Case(
            code: "too-many-connections", what: "near the limit", plan: .raiseConnections,
            command: "config-change --set maxClientCnxns=600"
        ) {
            $0.host?.peers = [.init(address: "10.9.9.9", connections: 58)]
        },
        Case(
            code: "too-many-connections", what: "refused", plan: .raiseConnections,
            command: "config-change --set maxClientCnxns=600"
        ) {
            $0.log(.tooManyConnections, logLine(recent, "Too many connections from /10.9.9.9 - max is 60", "WARN "))
        },
        Case(code: "accept-backlog", what: "connections wait") { server in
            server.host?.queues = [1, 2].map { .init(look: $0, place: "00000000:0885", waiting: 51) }
        },
        Case(code: "accept-backlog", what: "the kernel allows less") {
            $0.facts?.config = Sample.config(3, "clientPortListenBacklog=8192")
        },
        Case(code: "log-growth", what: "a large file", plan: .rotateLogs) {
            $0.host?.log.bytesOnDisk = 20 << 30
            $0.host?.log.size = 20 << 30
        },
        Case(
            code: "log-growth", what: "a dangerous appender", plan: .rollingUpgrade,
            command: "rolling-upgrade --to INSTALLATION"
        ) {
            $0.host?.jars = ["log4j-1.2.17.jar"]
            $0.host?.loggingLines = ["log4j.appender.JMS=org.apache.log4j.net.JMSAppender"]
        },
        Case(code: "epoch-mismatch", what: "current after accepted", plan: .rebuildServer) {
            $0 = Sample.server(1, .stopped)
            $0.facts?.epochs = .init(accepted: Epoch(3), current: Epoch(9))
        },
        Case(code: "epoch-mismatch", what: "data later than current", plan: .rebuildServer) {
            $0 = Sample.server(1, .stopped)
            $0.facts?.epochs = .init(accepted: Epoch(0), current: Epoch(0))
        },
        Case(code: "epoch-mismatch", what: "ahead of the leader") {
            $0.pulse?.mode = .looking
            $0.log(.epochAhead, logLine(recent, "Leaders epoch, 1 is less than accepted epoch, 3", "FATAL"))
        },
        Case(code: "slow-fsync", what: "slow disk") { server in
            for second in 10...13 {
                server.log(
                    .slowSync, logLine("11:59:\(second)", "fsync-ing the write ahead log in SyncThread:1 took 2345ms"))
            }
        },
        Case(code: "heap", what: "out of memory", plan: .raiseHeap) {
            $0.log(.outOfMemory, "java.lang.OutOfMemoryError: Java heap space")
        },
        Case(code: "heap", what: "a long pause", plan: .raiseHeap) {
            $0.log(
                .pause, logLine(recent, "Detected pause in JVM or host machine (eg GC): pause of approximately 7316ms"))
        },
        Case(code: "jute-maxbuffer", what: "a long packet", plan: .setJavaFlags) {
            $0.log(.lengthError, logLine(recent, "Exception causing close | java.io.IOException: Len error 1234567"))
        },
        Case(code: "missing-snapshot", what: "no snapshot after an upgrade", plan: .rebuildServer) {
            $0 = Sample.server(1, .stopped)
            $0.facts?.snapshot = ServerFacts.Newest.none
            $0.log(
                .database, logLine(recent, "Unable to load database on disk | java.io.IOException: No snapshot found"))
        },
        Case(
            code: "unresolved-name", what: "no address", plan: .rollingRestart,
            command: "rolling-restart --servers zk1@v3.8.0"
        ) {
            $0.host?.resolved = ["zk2.example": []]
        },
        Case(code: "clock-skew", what: "a minute behind") {
            $0.clockAhead = .init(seconds: -60, uncertainty: 0.6)
        },
        Case(
            code: "too-many-open-files", what: "near the limit", plan: .rollingRestart,
            command: "rolling-restart --servers zk1@v3.8.0"
        ) {
            $0.host?.openFiles = 1000
            $0.host?.openFileLimit = 1024
        },
        Case(code: "session-storm", what: "a burst") { server in
            for number in 0..<10 {
                server.log(.expiredSession, logLine("11:59:00", "Expiring session 0x\(number), timeout of 4000ms"))
            }
        },
        Case(code: "session-storm", what: "clients ahead of the servers") {
            $0.log(
                .refusedSession,
                logLine(Self.recent, "Refusing session request for client /10.9.9.9:1 as it has seen zxid 0x7700000009")
            )
        },
        Case(code: "no-installation", what: "a home that is not there") {
            $0.facts = ServerFacts()
            $0.pulse = ServerPulse()
            $0.host = nil
        },
        Case(code: "emptied-data", what: "new disks", plan: .setMyid) {
            $0 = Sample.emptied(1)
            $0.facts?.myid = nil
        },
        Case(code: "emptied-data", what: "version-2 was cleared", plan: .rebuildServer) { $0 = Sample.emptied(1) },
        Case(code: "refused-configuration", what: "the log says so", plan: .sameConfig) {
            $0 = Sample.server(1, .stopped)
            $0.log(
                .configuration,
                logLine(
                    recent,
                    "Invalid config, exiting abnormally | org.apache.zookeeper.server.quorum."
                        + "QuorumPeerConfig$ConfigException: Error processing /opt/zk/conf/zoo.cfg", "ERROR"))
        },
        Case(code: "refused-configuration", what: "the file says so", plan: .sameConfig) {
            $0 = Sample.server(1, .stopped, config: Sample.config().replacing("initLimit=10", with: "initLimit=ten"))
        },
        Case(code: "refused-configuration", what: "edited under a running server") {
            $0.facts?.loadedConfig = Sample.config()
            $0.facts?.config = Sample.config().replacing("dataDir=/data", with: "#dataDir=/data")
        },
        Case(code: "not-serving", what: "stopped") { $0 = Sample.server(1, .stopped) },
        Case(code: "not-serving", what: "looking") { $0.pulse?.mode = .looking },
    ]

    /// A server that lags refuses a client for a moment, and a new epoch alone is no transaction.
    @Test(arguments: ["0x2", "0x7700000000"]) func aClientThatHasSeenNothingNewerIsNoFinding(_ zxid: String) {
        let healthy = Sample.healthy().changingAll { $0.clockAhead = .init(seconds: 0.1, uncertainty: 0.6) }
        let diagnosed = healthy.changing(1) {
            $0.log(
                .refusedSession,
                logLine(Self.recent, "Refusing session request for client /10.9.9.9:1 as it has seen zxid \(zxid)"))
        }
        #expect(diagnosed.diagnosed.findings.isEmpty)
    }

    @Test(arguments: cases) func isFoundAlone(_ test: Case) throws {
        let base = Sample.healthy().changingAll { $0.clockAhead = .init(seconds: 0.1, uncertainty: 0.6) }
        let diagnosed = base.changing(1, test.change).diagnosed
        #expect(diagnosed.findings.map(\.code) == [test.code])
        let finding = try #require(diagnosed.findings.first)
        #expect(finding.servers == [Sample.name(1)])
        #expect(finding.plan == test.plan)
        #expect(finding.command?.text(inventory: "i") == test.command.map(planNew))
        #expect(!finding.evidence.isEmpty && !finding.evidence.contains(""))
    }

    @Test func everyIncidentHasACase() {
        let tested = Set(Self.cases.map(\.code)).union([
            "dead-election-listener", "slow-snapshot", "stale-election-round", "smaller-identifier", "quorum-size",
            "known-defect", "blocked-port", "diverged-tree", "held-by-run",
        ])
        #expect(Set(IncidentCatalogue.all.map { $0.definition.code }) == tested)
    }

    @Test(arguments: [1, 2, 4]) func numbersOfVotersThatBearLess(count: Int) throws {
        let finding = try #require(Sample.healthy(count).diagnosed.findings.first)
        #expect(finding.code == "quorum-size")
        #expect(finding.servers.count == count)
    }

    /// Nobody runs; two of three have lost their data, which is a quorum of them.
    @Test func anEmptyTreeMustNotWin() throws {
        var evidence = Sample.healthy()
        evidence.servers[0] = Sample.emptied(1)
        evidence.servers[0].facts?.myid = nil
        evidence.servers[1] = Sample.emptied(2)
        evidence.servers[2] = Sample.server(3, .stopped)
        let finding = try #require(evidence.diagnosed.findings.first)
        #expect(finding.code == "emptied-data" && finding.severity == .critical && finding.plan == nil)
        #expect(finding.servers == [Sample.name(1), Sample.name(2)])
        #expect(finding.summary == "2 of 3 voters have lost all data. Together they could elect an empty tree.")
        #expect(finding.remedy.contains("Start zk3@v3.8.0 first, and at most 1 empty server beside"))
        #expect(finding.remedy.hasSuffix("Write 1 into the myid file of zk1@v3.8.0 before."))
        // One of them runs already and votes.
        evidence.servers[1].pulse = ServerPulse(process: .init(pid: 2, startTime: 1, bootID: "b"), mode: .looking)
        evidence.servers[1].facts?.running = true
        #expect(try #require(evidence.diagnosed.findings.first).remedy.hasPrefix("Stop zk2@v3.8.0 now."))
    }

    @Test func anEnsembleThatWasNeverStartedHasLostNothing() {
        var evidence = Sample.healthy()
        for id in 1...3 { evidence.servers[id - 1] = Sample.emptied(id) }
        #expect(evidence.codes == ["not-serving"])
    }

    /// A correction has been taken since.
    @Test func aRefusalOfBeforeTheLastStartIsNone() {
        let evidence = Sample.healthy().changing(1) {
            $0 = Sample.server(1, .stopped)
            $0.log(.configuration, logLine("11:00:00", "Invalid config, exiting abnormally", "ERROR"))
            $0.log(.looking, logLine("11:10:00", "LOOKING"))
        }
        #expect(evidence.codes == ["not-serving"])
    }

    @Test func whatIsNotInstalledBesideARunningServerIsANote() {
        var evidence = Sample.healthy()
        for id in [1, 4] {
            var next = Sample.server(id, .stopped, version: "3.9.3")
            next.facts = ServerFacts()
            evidence.servers.append(next)
        }
        #expect(evidence.codes == [])
        #expect(evidence.diagnosed.notes.map(\.code).contains("no-installation"))
        // Nobody's configuration tells who belongs to the ensemble.
        evidence.servers = evidence.servers.suffix(2)
        #expect(evidence.codes == ["no-installation"])
    }

    // MARK: Commands

    private func spare(_ id: Int, _ version: String = "3.8.0") -> ServerEvidence {
        var server = Sample.server(id, .stopped, version: version)
        server.facts?.myid = nil
        return server
    }

    private func command(_ evidence: EnsembleEvidence) throws -> String? {
        try #require(evidence.diagnosed.findings.first).command?.text(inventory: "i")
    }

    @Test func aSpareIsNamedAsTheFifthVoter() throws {
        var four = Sample.healthy(4)
        #expect(try command(four) == planNew("expand --add SERVER"))
        four.servers.append(spare(5))
        #expect(try command(four) == planNew("expand --add zk5@v3.8.0"))
        // `plan new` asks for more than a flag there.
        #expect(try command(Sample.healthy(2, version: "3.4.14")) == nil)
    }

    @Test func theNearestInstallationWithoutTheDefectIsNamed() throws {
        var deafOnes = Sample.healthy(version: "3.4.6")
        #expect(try command(deafOnes) == planNew("rolling-upgrade --to INSTALLATION"))
        deafOnes.servers +=
            (1...3).map { spare($0, "3.9.3") } + (1...3).map { spare($0, "3.4.14") } + [spare(1, "3.4.9")]
        #expect(try command(deafOnes) == planNew("rolling-upgrade --to v3.4.14"))
    }

    @Test func limitsGrowWithWhatLoadingTakes() throws {
        let evidence = Sample.healthy().changing(2) { server in
            server.host?.dataFiles = [.init(name: "snapshot.1", changedAt: 1, bytesOnDisk: 9 << 30, size: 9 << 30)]
            server.host?.readSpeed = .init(bytes: 64 << 20, seconds: 1)
        }
        // 144 s are 72 ticks of 2 s.
        #expect(try command(evidence) == planNew("config-change --set initLimit=288 --set syncLimit=144"))
    }

    @Test func noCommandIsNamedThatWouldBeRefused() throws {
        let evidence = Sample.healthy().changing(1) { $0.host?.peers = [.init(address: "10.9.9.9", connections: 58)] }
        #expect(try command(evidence) == planNew("config-change --set maxClientCnxns=600"))
        #expect(try command(evidence.changing(2) { $0.pulse?.mode = .looking }) == nil)
    }

    @Test func observersDoNotMakeANumberEven() {
        let config = Sample.config(4).replacing(
            "server.4=10.0.0.4:2888:3888", with: "server.4=10.0.0.4:2888:3888:observer")
        let evidence = Sample.healthy(4, config: config).changing(4) { $0.pulse?.mode = .observer }
            .changing(3) { $0.pulse?.mode = .leader }
        #expect(evidence.codes == [])
    }

    @Test func twoServersOfOneMyid() throws {
        let evidence = Sample.healthy().changing(1) { $0.facts?.myid = ServerID(2) }
        let finding = try #require(evidence.diagnosed.findings.first)
        #expect(finding.code == "myid-mismatch" && finding.servers == [Sample.name(1)])
    }

    @Test func theDayOfTheFullDiskIsSaid() throws {
        let found = try #require(Self.cases.first { $0.what == "full in weeks" })
        let evidence = Sample.healthy().changing(1, found.change)
        // 10 GiB in ten days, 20 GiB free: twenty days from 2026-09-21.
        #expect(evidence.diagnosed.findings.first?.evidence.contains { $0.contains("full on 2026-10-11") } == true)
    }

    @Test(arguments: [1_195_725_856, 369_295_617]) func lengthsThatAreTextAreNoPackets(length: Int) {
        let evidence = Sample.healthy().changing(1) {
            $0.log(.lengthError, logLine(Self.recent, "java.io.IOException: Len error \(length)"))
            $0.log(
                .lengthError,
                logLine(
                    Self.recent,
                    "Len error. A message from /10.9.9.9:53858 with advertised length of \(length) is either"))
        }
        #expect(evidence.codes == [])
    }

    @Test func defectsStrikeWhereTheirConditionsAreMet() {
        let purging = Sample.healthy(version: "3.4.9", config: Sample.config(3, "autopurge.purgeInterval=1"))
        #expect(purging.diagnosed.findings.map(\.summary).contains { $0.hasPrefix("ZOOKEEPER-2574") })
        #expect(Sample.healthy(version: "3.4.9").codes == [])
    }
}

@Suite struct LogTimeTests {
    @Test func timesAreRead() {
        #expect(LogTime.seconds("1970-01-02 00:00:01,500 - x") == 86_401.5)
        #expect(LogTime.seconds("2026-11-21T12:00:00,000 x") == 1_795_262_400)
        #expect(LogTime.seconds("java.io.IOException: x") == nil)
    }

    @Test(arguments: ["1970-01-01", "2000-02-29", "2026-11-21", "2100-03-01"]) func datesGoThereAndBack(date: String)
        throws
    {
        let seconds = try #require(LogTime.seconds(date + " 13:00:00"))
        #expect(LogTime.date(seconds) == date)
    }

    /// At one zxid and with no write between two looks, numbers of znodes must agree.
    @Test func treesThatDiffer() {
        func pulses(_ znodes: Int, _ second: (zxid: UInt64, znodes: Int)?) -> (inout ServerEvidence) -> Void {
            { server in
                server.pulse?.znodes = znodes
                server.secondPulse = server.pulse
                guard let second else {
                    server.secondPulse = nil
                    return
                }
                server.secondPulse?.zxid = Zxid(second.zxid)
                server.secondPulse?.znodes = second.znodes
            }
        }
        let zxid: UInt64 = 0x1_0000_4e2a
        let healthy = Sample.healthy().changing(2, pulses(518, (zxid, 518))).changing(3, pulses(518, (zxid, 518)))
        let found = healthy.changing(1, pulses(214, (zxid, 214))).diagnosed.findings
        #expect(found.map(\.code) == ["diverged-tree"])
        #expect(found.first?.servers == [Sample.name(1)])
        #expect(found.first?.severity == .critical)
        #expect(
            found.first?.evidence == [
                "zk1@v3.8.0 holds 214 znodes at 0x100004e2a, where zk2@v3.8.0 and zk3@v3.8.0 hold 518"
            ])
        #expect(found.first?.plan == .rebuildServer)
        // While clients write, a count may belong to a later zxid.
        #expect(healthy.changing(1, pulses(517, (zxid + 1, 517))).codes.isEmpty)
        #expect(healthy.changing(1, pulses(517, (zxid, 518))).codes.isEmpty)
        #expect(healthy.changing(1, pulses(517, nil)).codes.isEmpty)
        #expect(healthy.changing(1, pulses(518, (zxid, 518))).codes.isEmpty)
        // In the middle of an upgrade from 3.4, which has no /zookeeper/config.
        let upgraded = healthy.changing(1) { server in
            pulses(517, (zxid, 517))(&server)
            server.pulse?.version = Version(3, 4, 14)
        }
        #expect(!upgraded.codes.contains("diverged-tree"))
        // Of as many that hold the one and the other the leader is right; where none of them leads, the larger tree is taken to be.
        for znodes in [214, 999] {
            let one = Sample.healthy().changing(2, pulses(518, nil)).changing(3, pulses(518, (zxid, 518)))
                .changing(1, pulses(znodes, (zxid, znodes))).diagnosed.findings
            #expect(one.first?.servers == [Sample.name(1)])
            let two = healthy.changing(1, pulses(znodes, (zxid, znodes)))
                .changing(3) { $0.pulse?.version = Version(3, 4, 14) }
            let odd = two.diagnosed.findings.first { $0.code == "diverged-tree" }
            #expect(odd?.servers == [Sample.name(znodes == 214 ? 1 : 2)])
        }
        // Servers of another ensemble in the same inventory.
        let apart = healthy.changing(1) { server in
            pulses(214, (zxid, 214))(&server)
            server.facts?.config = Sample.config(1)
        }
        #expect(!apart.codes.contains("diverged-tree"))
    }

    @Test func digestsThatDoNotMatch() {
        let line = "2026-11-21 11:00:00,000 [myid:1] - ERROR [main:DataTree@1896] - First digest mismatch on txn: 1,2"
        let start =
            "2026-11-21 10:00:00,000 [myid:1] - INFO  [main:Environment@98] - Server environment:zookeeper.version=3.8.0"
        let found = Sample.healthy().changing(1) {
            $0.log(.started, start)
            $0.log(.digest, line)
        }.diagnosed.findings
        #expect(found.map(\.code) == ["diverged-tree"])
        #expect(found.first?.evidence == ["zk1@v3.8.0: \(line)"])
        // Before it was rebuilt.
        #expect(
            Sample.healthy().changing(1) {
                $0.log(.digest, line)
                $0.log(.started, start)
            }.codes.isEmpty)
        let leader = Sample.healthy().changing(3) { $0.log(.digest, line) }.diagnosed.findings
        #expect(leader.first?.plan == nil)
        #expect(leader.first?.remedy.hasPrefix("zk3@v3.8.0 leads: once it is known") == true)
    }

    /// The others' digests do not match what a leader with another tree sends them.
    @Test func aLeaderWithAnotherTreeIsNamedAlone() {
        let line = "2026-11-21 11:00:00,000 [myid:1] - ERROR [main:DataTree@1896] - First digest mismatch on txn: 1,2"
        let found = Sample.healthy().changingAll { server in
            let znodes = server.mode == .leader ? 9 : 2220
            server.pulse?.znodes = znodes
            server.secondPulse = server.pulse
            if server.mode == .follower { server.log(.digest, line) }
        }.diagnosed.findings
        #expect(found.map(\.servers) == [[Sample.name(3)]])
        #expect(
            found.first?.evidence.first
                == "zk3@v3.8.0 holds 9 znodes at 0x100004e2a, where zk1@v3.8.0 and zk2@v3.8.0 hold 2220")
    }

    /// Files that are right already have no use for an edit.
    @Test func aProcessThatRunsWithOtherLimitsThanItsFile() {
        let found = Sample.healthy().changing(1) {
            $0.facts?.loadedConfig = Sample.config().replacing("initLimit=10", with: "initLimit=20")
        }.diagnosed.findings
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.plan == .rollingRestart })
        #expect(
            found.allSatisfy { $0.command?.text(inventory: "i") == planNew("rolling-restart --servers zk1@v3.8.0") })
    }

    /// The leader alone is not the rest.
    @Test func aLeaderWithOtherLimitsThanTheOthers() throws {
        let found = Sample.healthy().changing(3) {
            $0.facts?.loadedConfig = Sample.config().replacing("initLimit=10", with: "initLimit=33")
        }.diagnosed.findings
        #expect(found.map(\.servers) == [[Sample.name(3)], [Sample.name(3)]])
        #expect(found.contains { $0.evidence == ["zk3@v3.8.0: initLimit=33, elsewhere initLimit=10"] })
        #expect(
            found.allSatisfy { $0.command?.text(inventory: "i") == planNew("rolling-restart --servers zk3@v3.8.0") })
    }

    /// Of a run that lives it is no finding.
    @Test func aRunThatHoldsTheEnsemble() throws {
        func held(_ age: Duration) -> Diagnosed {
            let owner = LockOwner(
                run: "codis-1", operatorName: "ann", machine: "desk", since: "2026-11-21T11:00:00Z")
            return Sample.healthy().changing(1) { $0.lock = HeldLock(owner: owner, age: age) }.diagnosed
        }
        let alive = held(.seconds(12))
        #expect(alive.findings.isEmpty)
        #expect(alive.notes.first?.code == "held-by-run")
        let dead = try #require(held(.seconds(100)).findings.first)
        #expect(dead.code == "held-by-run")
        #expect(
            dead.evidence == [
                "zk1@v3.8.0: run codis-1 of ann on desk has held the lock since 2026-11-21T11:00:00Z, and last renewed it 100s ago"
            ])
    }
}
