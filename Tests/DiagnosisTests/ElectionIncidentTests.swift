import EnsembleAccess
import EnsembleModel
import Testing

@testable import Diagnosis

@Suite struct ElectionIncidentTests {
    // MARK: Dead listeners

    private func deaf(_ count: Int, _ ids: [Int]) -> EnsembleEvidence {
        var evidence = Sample.healthy(count, version: "3.4.6")
        for id in ids { evidence.servers[id - 1].facts?.electionListener = .dead }
        return evidence
    }

    private func finding(_ code: String, in evidence: EnsembleEvidence) throws -> Finding {
        try #require(evidence.diagnosed.findings.first { $0.code == code })
    }

    @Test func oneDeafFollowerOfThreeIsRestarted() throws {
        let finding = try finding("dead-election-listener", in: deaf(3, [2]))
        #expect(finding.servers == [Sample.name(2, "3.4.6")])
        #expect(finding.plan == .restartDeaf)
        #expect(finding.command?.text(inventory: "i") == planNew("rolling-restart --servers zk2@v3.4.6"))
        #expect(finding.severity == .critical)
    }

    @Test func theOrderOfRestartsIsSaid() throws {
        let finding = try finding("dead-election-listener", in: deaf(5, [1, 2]))
        #expect(finding.plan == .restartDeaf)
        #expect(finding.remedy.contains("zk1@v3.4.6, zk2@v3.4.6"))
    }

    @Test(arguments: [[1, 2], [1, 2, 3]]) func twoOfThreeNeedAnOutage(ids: [Int]) throws {
        #expect(try finding("dead-election-listener", in: deaf(3, ids)).plan == .restartAll)
    }

    @Test func theStoryIsRecoveredInStages() throws {
        var evidence = deaf(5, [2, 4, 5])
        for id in [1, 3] { evidence.servers[id - 1].pulse?.mode = .looking }
        for id in 1...6 { evidence.servers.append(Sample.server(id, .stopped, version: "3.4.14")) }
        let finding = try finding("dead-election-listener", in: evidence)
        #expect(finding.plan == .stagedRecovery)
        #expect(finding.command?.text(inventory: "i") == planNew("staged-recovery --to v3.4.14 --spare zk6"))
        #expect(finding.servers.count == 3)
        // Those that can't come back are explained by it.
        #expect(!evidence.codes.contains("not-serving"))
    }

    @Test func withoutAnotherVersionTheDeafAreRestartedTogether() throws {
        var evidence = deaf(5, [2, 4, 5])
        for id in [1, 3] { evidence.servers[id - 1].pulse?.mode = .looking }
        let finding = try finding("dead-election-listener", in: evidence)
        #expect(finding.plan == .restartAll)
        #expect(finding.remedy.contains("zk2@v3.4.6, zk4@v3.4.6, zk5@v3.4.6"))
    }

    @Test func aThreadDumpShowsItToo() throws {
        let evidence = Sample.healthy(version: "3.4.6").changingAll { server in
            server.host?.threadNames = [
                "main", "QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181", "/\(server.place.address):3888",
            ]
        }.changing(1) { $0.host?.threadNames.removeLast() }
        #expect(try finding("dead-election-listener", in: evidence).servers == [Sample.name(1, "3.4.6")])
    }

    // MARK: Slow snapshots

    private func looping(_ took: [String]) -> EnsembleEvidence {
        Sample.healthy().changingAll { $0.pulse?.mode = .looking }.changing(1) { server in
            for begun in took {
                server.log(.elected, logLine(begun, "FOLLOWING - LEADER ELECTION TOOK - 222"))
                let parts = begun.split(separator: ":")
                let ended = "\(parts[0]):\(parts[1]):\((Int(parts[2]) ?? 0) + 20)"
                server.log(
                    .followerFailed,
                    logLine(
                        ended, "Exception when following the leader | java.net.SocketTimeoutException: Read timed out",
                        "WARN "))
            }
        }
    }

    @Test func followersThatGiveUpAfterInitLimitAgainAndAgain() throws {
        let finding = try finding("slow-snapshot", in: looping(["11:58:00", "11:58:30", "11:59:00"]))
        #expect(finding.plan == .raiseLimitsInOutage)
        #expect(finding.evidence.contains { $0.contains("20 s after the election (initLimit 20 s)") })
    }

    @Test func onceIsNoLoop() {
        #expect(!looping(["11:59:00"]).codes.contains("slow-snapshot"))
        // Long ago.
        #expect(!looping(["08:58:00", "08:59:00"]).codes.contains("slow-snapshot"))
    }

    @Test func aLargeSnapshotOnASlowDiskIsAWarning() throws {
        let evidence = Sample.healthy().changing(2) { server in
            server.host?.dataFiles = [.init(name: "snapshot.1", changedAt: 1, bytesOnDisk: 2 << 30, size: 2 << 30)]
            server.host?.readSpeed = .init(bytes: 64 << 20, seconds: 0.5)
        }
        let finding = try finding("slow-snapshot", in: evidence)
        #expect(finding.severity == .warning)
        #expect(finding.servers == [Sample.name(2)])
        #expect(finding.evidence.first?.contains("10 x 2000 ms = 20 s") == true)
    }

    /// A host may tell anything; no number of it ends the program.
    @Test func sizesAndSpeedsThatCanNotBe() {
        let size = Int.largestTold
        for speed in [(0, 100.0), (1, 1e300), (size, 0.0), (size, 1e-300)] {
            for reading in [0, size] {
                let evidence = Sample.healthy().changing(2) { server in
                    server.host?.dataFiles = (0..<3000).flatMap { number in
                        ["snapshot", "log"].map {
                            .init(name: "\($0).\(number)", changedAt: 1, bytesOnDisk: size, size: size)
                        }
                    }
                    server.host?.readSpeed = .init(bytes: speed.0, seconds: speed.1)
                    server.log(
                        .readingSnapshot, logLine("00:00:00", "Reading snapshot /data/version-2/snapshot.\(reading)"))
                    server.log(.looking, logLine("23:59:59", "LOOKING"))
                }
                #expect(evidence.codes.contains("no-autopurge"))
            }
        }
    }

    @Test func whatTheLastStartTookCounts() throws {
        let evidence = Sample.healthy().changing(3) { server in
            server.log(.readingSnapshot, logLine("10:00:00", "Reading snapshot /data/version-2/snapshot.1"))
            server.log(.looking, logLine("10:00:12", "LOOKING"), logLine("11:00:12", "LOOKING"))
        }
        #expect(try finding("slow-snapshot", in: evidence).evidence.first?.contains("in 12 s") == true)
    }

    // MARK: Ways between servers

    private func surveyed(_ rows: [PortSurvey.Row], _ evidence: EnsembleEvidence = Sample.healthy()) -> EnsembleEvidence
    {
        var evidence = evidence
        evidence.survey = PortSurvey(ensemble: "sample", rows: rows)
        return evidence
    }

    @Test(arguments: [(PortKind.election, PortState.filtered), (.election, .closed), (.quorum, .filtered)])
    func aWayThatIsClosedBesideAHealthyEnsemble(_ kind: PortKind, _ state: PortState) throws {
        let open: [PortKind: PortState] = [.quorum: .closed, .election: .open]
        let evidence = surveyed([
            .init(server: Sample.name(1), mode: .follower, from: "zk2", ports: open),
            .init(server: Sample.name(1), mode: .follower, from: "zk3", ports: open.merging([kind: state]) { $1 }),
        ])
        #expect(evidence.codes == ["blocked-port"])
        let finding = try finding("blocked-port", in: evidence)
        #expect(finding.servers == [Sample.name(1)])
        #expect(
            finding.evidence == ["zk1@v3.8.0 (follower): its \(kind.rawValue) port is \(state.rawValue) from zk3"])
    }

    /// From a host that is no member's, of itself, at a port where nobody listens, and what could not be tried.
    @Test func waysThatNobodyNeedsAreNoFinding() {
        let evidence = surveyed([
            .init(server: Sample.name(1), mode: .follower, from: "zk9", ports: [.election: .filtered]),
            .init(server: Sample.name(1), mode: .follower, from: "zk1", ports: [.election: .filtered]),
            .init(server: Sample.name(1), mode: .follower, from: nil, ports: [.election: .filtered]),
            .init(server: Sample.name(2), mode: .follower, from: "zk3", ports: [.quorum: .closed, .election: .open]),
            .init(
                server: Sample.name(2), mode: .follower, from: "zk1", ports: [:],
                failure: AccessError(.hostUnreachable, host: "zk1", "no answer")),
        ])
        #expect(evidence.codes == [])
        let note = evidence.diagnosed.notes.first { $0.code == "blocked-port" }
        #expect(note?.summary == "Some ways between the servers could not be tried.")
        #expect(note?.servers == [Sample.name(2)])
    }

    // MARK: Votes and connections

    @Test func contradictoryVotesForOneLeader() throws {
        let evidence = Sample.healthy(version: "3.4.14").changing(1) { server in
            server.pulse?.mode = .looking
            server.log(
                .notification,
                logLine(
                    "11:59:00",
                    "Notification: 1 (message format version), 3 (n.leader), 0x1100000000 (n.zxid), 0x33f (n.round), LEADING (n.state), 3 (n.sid), 0x11 (n.peerEpoch) LOOKING (my state)"
                ),
                logLine(
                    "11:59:00",
                    "Notification: 1 (message format version), 3 (n.leader), 0x1200000000 (n.zxid), 0x340 (n.round), FOLLOWING (n.state), 2 (n.sid), 0x12 (n.peerEpoch) LOOKING (my state)"
                ))
            server.log(.backoff, logLine("11:59:40", "Notification time out: 60000"))
        }
        // A restart begins with calls that greater myids answer by calling back.
        let calling = evidence.changing(1) { server in
            for _ in 1...2 {
                let text = "Have smaller server identifier, so dropping the connection: (3, 1)"
                server.log(.smallerIdentifier, logLine("11:58:59", text))
            }
        }
        #expect(calling.codes == ["stale-election-round"])
        let finding = try finding("stale-election-round", in: evidence)
        #expect(finding.servers == [Sample.name(1, "3.4.14")])
        #expect(finding.plan == .restartLeader)
        // The same votes are none.
        let agreeing = evidence.changing(1) { $0.host?.log.lines[.notification]?.removeLast() }
        #expect(agreeing.codes == ["not-serving"])
    }

    @Test(arguments: [
        "Have smaller server identifier, so dropping the connection: (3, 1)",
        "Have smaller server identifier, so dropping the connection: (myId:1 --> sid:3)",
    ]) func aServerThatIsNotCalledBack(text: String) throws {
        #expect(SmallerIdentifier.peer(text) == ServerID(3))
        var evidence = Sample.healthy().changing(1) { server in
            server.pulse?.mode = .looking
            server.log(.smallerIdentifier, logLine("11:59:00", text), logLine("11:59:10", text))
            server.log(.backoff, logLine("11:59:40", "Notification time out: 12800"))
        }
        evidence.survey = PortSurvey(
            ensemble: "sample",
            rows: [.init(server: Sample.name(1), mode: .looking, from: "zk3", ports: [.election: .filtered])])
        let finding = try finding("smaller-identifier", in: evidence)
        #expect(finding.servers == [Sample.name(1)])
        #expect(finding.evidence.contains { $0.contains("no connection request came back from 3") })
        #expect(finding.evidence.contains { $0.contains("from zk3 its election port is filtered") })
    }
}
