import EnsembleModel
import TestSupport
import Testing

@testable import Diagnosis
@testable import TerminalUI

@Suite struct DoctorViewTests {
    static let diagnosed = Diagnosed(
        ensemble: "codis",
        findings: [
            Finding(
                code: "dead-election-listener", severity: .critical,
                servers: [7, 9].map { ServerName(host: "zk\($0)", installation: "v3.4.6") },
                summary: "2 servers of 5 have a dead election listener: nobody can join through them.",
                evidence: [
                    "zk7@v3.4.6: Thread Thread[/10.0.0.7:3888,5,main] died | java.lang.NegativeArraySizeException: -1",
                    "zk9@v3.4.6 follower: port 3888 is open\u{1b}[2J, and nothing in the process takes its connections",
                ],
                why: "No server can join through a deaf one.",
                remedy: "Restart the deaf, one after the other, each until it follows again: zk7@v3.4.6, zk9@v3.4.6.",
                plan: .restartDeaf,
                command: PlanCommand(.rollingRestart, [(.servers, "zk7@v3.4.6,zk9@v3.4.6")])),
            Finding(
                code: "not-observable", severity: .warning, servers: [ServerName(host: "zk8", installation: "v3.4.6")],
                summary: "mntr is not allowed.", evidence: [], why: "Nobody sees it.", remedy: "Allow it.",
                plan: .allowWords,
                command: PlanCommand(.configChange, [(.set, "4lw.commands.whitelist=ruok, srvr, it's")])),
            Finding(
                code: "clock-skew", severity: .warning, servers: [ServerName(host: "zk8", installation: "v3.4.6")],
                summary: "Clocks differ by seconds.", evidence: ["zk8@v3.4.6: 60 s ahead of the others"],
                why: "A jump looks like a pause.", remedy: "Let chrony keep the clocks.", plan: nil),
        ],
        notes: [
            Finding(
                code: "known-defect", severity: .note, servers: [ServerName(host: "zk7", installation: "v3.4.6")],
                summary: "ZOOKEEPER-2836: A socket timeout in accept ends the listener thread.", evidence: [],
                why: "", remedy: "Restart the deaf server when the others can take it back.", plan: nil)
        ])

    @Test func asText() throws {
        try expectGolden(
            DoctorView(Self.diagnosed, inventory: "our inventory.yaml").text(Palette(colour: false), width: 100),
            "TerminalUI/doctor.txt")
    }

    @Test func inColour() throws {
        try expectGolden(
            DoctorView(Self.diagnosed, inventory: "our inventory.yaml").text(Palette(colour: true), width: 100),
            "TerminalUI/doctor-colours.txt")
    }

    @Test func asMarkdown() throws {
        try expectGolden(DoctorView(Self.diagnosed, inventory: "our inventory.yaml").markdown, "TerminalUI/doctor.md")
    }

    @Test func asJSON() throws {
        try expectGolden(DoctorView(Self.diagnosed, inventory: "our inventory.yaml").json, "TerminalUI/doctor.json")
    }

    @Test func nothingWrongIsSaid() {
        let view = DoctorView(Diagnosed(ensemble: "e", findings: []), inventory: "inventory.yaml")
        #expect(view.text(Palette(colour: false), width: 80) == "✓ e: nothing is wrong\n")
        #expect(view.markdown.contains("Nothing is wrong."))
    }
}
