import EnsembleAccess
import EnsembleModel
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct StatusViewTests {
    @Test func asText() throws {
        let text = StatusView(SampleStatus.broken).text(Palette(colour: false), width: nil)
        try expectGolden(text, "TerminalUI/status-wide.txt")
    }

    @Test(arguments: [80, 120]) func onATerminal(width: Int) throws {
        let text = StatusView(SampleStatus.broken).text(Palette(colour: false), width: width)
        try expectGolden(text, "TerminalUI/status-\(width).txt")
        let table = text.split(separator: "\n").prefix { !$0.hasPrefix("zk6@v3.4.6:") }
        #expect(table.allSatisfy { displayWidth($0) <= width }, "\(text)")
    }

    @Test func whatIsTheSameForAllIsToldOnce() throws {
        let healthy = EnsembleStatus(
            ensemble: "codis", servers: [6, 7, 9].map { SampleStatus.server($0, $0 == 9 ? .leader : .follower) })
        try expectGolden(StatusView(healthy).text(Palette(colour: false), width: 80), "TerminalUI/status-healthy.txt")
    }

    @Test func asMarkdown() throws {
        try expectGolden(StatusView(SampleStatus.broken).markdown, "TerminalUI/status.md")
    }

    @Test func asJSON() throws {
        try expectGolden(StatusView(SampleStatus.broken).json, "TerminalUI/status.json")
    }

    @Test func probesAsText() throws {
        try expectGolden(ProbeView(SampleStatus.survey).text(Palette(colour: false)), "TerminalUI/probe.txt")
    }

    @Test func probesAsJSON() throws {
        try expectGolden(ProbeView(SampleStatus.survey).json, "TerminalUI/probe.json")
    }

    @Test func aSurveyWithoutFindingsSaysSo() {
        let survey = PortSurvey(ensemble: "e", rows: [])
        #expect(ProbeView(survey).text(Palette(colour: false)) == "✓ nothing is wrong\n")
        #expect(ProbeView(survey).markdown.contains("Nothing is wrong."))
    }
}

enum SampleStatus {
    static let config = (6...10).map { "server.\($0)=10.0.0.\($0):2888:3888\n" }.joined()

    static func server(_ id: Int, _ mode: Mode, synced: Int? = nil, remark: String? = nil) -> ServerStatus {
        let process = mode == .stopped ? nil : ProcessIdentity(pid: 100 + id, startTime: 1, bootID: "b")
        let zxid = mode.serves ? Zxid(0x1_0000_4e2a) : nil
        return ServerStatus(
            server: ServerName(host: "zk\(id)", installation: "v3.4.6"), address: "10.0.0.\(id)",
            facts: ServerFacts(
                running: mode != .stopped, mode: mode, myid: ServerID(id), version: Version(3, 4, 6), zxid: zxid,
                epochs: .init(accepted: Epoch(1), current: Epoch(1)), electionListener: mode.serves ? .dead : .alive,
                config: config, loadedMyid: id == 9 ? ServerID(3) : nil, dataSize: 67_108_880, logSize: 134_217_760,
                snapshotSize: 3_412_992, snapshotAge: 90 + id * 3600, dataRoom: 84_154_073_088, logRoom: 84_154_073_088),
            pulse: ServerPulse(
                process: process, mode: mode, version: Version(3, 4, 6), zxid: zxid, syncedFollowers: synced,
                znodes: mode.serves ? 20_041 : nil, connections: mode.serves ? 12 : nil,
                outstanding: mode.serves ? 0 : nil, latencyMilliseconds: mode.serves ? 1.25 : nil,
                source: mode.serves ? .srvr : mode == .stopped ? .none : .log, remark: remark),
            ports: [
                .client: .open, .quorum: mode == .leader ? .open : .closed, .election: mode.serves ? .stuck : .open,
            ])
    }

    static let broken: EnsembleStatus = {
        let unreachable = AccessError(
            .hostUnreachable, host: "zk8", "connecting to 10.0.0.8 port 22 took longer than 10 s\u{1b}[2J")
        return EnsembleStatus(
            ensemble: "codis",
            servers: [
                server(6, .looking, remark: "runs and is electing: it answers no client"), server(7, .follower),
                ServerStatus(
                    server: ServerName(host: "zk8", installation: "v3.4.6"), address: "10.0.0.8", facts: nil,
                    pulse: nil,
                    failure: unreachable),
                server(9, .follower), server(10, .leader, synced: 2),
            ])
    }()

    static let survey: PortSurvey = {
        let zk10 = ServerName(host: "zk10", installation: "v3.4.6")
        let zk7 = ServerName(host: "zk7", installation: "v3.4.6")
        let zk8 = ServerName(host: "zk8", installation: "v3.4.6")
        let lost = AccessError(.hostUnreachable, host: "zk9", "the connection was lost")
        return PortSurvey(
            ensemble: "codis",
            rows: [
                .init(
                    server: zk10, mode: .leader, from: nil,
                    ports: [.client: .filtered, .quorum: .filtered, .election: .stuck]),
                .init(
                    server: zk10, mode: .leader, from: "zk7",
                    ports: [.client: .open, .quorum: .open, .election: .stuck]),
                .init(server: zk10, mode: .leader, from: "zk9", ports: [:], failure: lost),
                .init(
                    server: zk7, mode: .follower, from: "zk10",
                    ports: [.client: .open, .quorum: .closed, .election: .closed]),
            ], stopped: [ServerName(host: "zk1", installation: "v3.4.14")],
            unreachable: [zk8: AccessError(.hostUnreachable, host: "zk8", "connecting took longer than 10 s")])
    }()
}
