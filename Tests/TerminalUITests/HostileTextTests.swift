import EnsembleAccess
import EnsembleModel
import PlanLanguage
import PlanVerification
import Testing

@testable import Diagnosis
@testable import PlanExecution
@testable import TerminalUI

/// Whatever hosts, servers and files say, no view gives a terminal anything but text: each is drawn from values that try to steer it.
@Suite struct HostileTextTests {
    /// Clears, retitles, reports, moves, recolours, hides and reorders; in C0, in C1, and as two bytes.
    private static let evil =
        "a\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}P$q\u{1b}\\b\u{9b}6n\u{9d}x\u{9c}\r\u{8}\u{7f}\u{0}\u{202e}c\u{2066}\u{200f}\u{200b}d\u{e}\u{85}e\u{b}\u{c}"

    /// What may be in a text for a terminal: lines, and what is seen.
    private func faults(_ text: String) -> Set<String> {
        Set(
            text.unicodeScalars.filter { scalar in
                switch scalar.value {
                case 0x0a, 0x20...0x7e: false
                case 0x00...0x1f, 0x7f...0x9f, 0x061c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x2069: true
                default: false
                }
            }.map { String($0.value, radix: 16) })
    }

    private func expectSafe(
        _ text: String, saying word: String = "owned", _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(faults(text).isEmpty, sourceLocation: location)
        // What was said is shown all the same: a view that left it out would pass for nothing.
        #expect(text.contains(word), sourceLocation: location)
    }

    private let plain = Palette(colour: false)

    /// Marks that are no Characters by themselves, as a sign before or after them takes them in, are marks for who reads the page.
    @Test func marksOfMarkdown() {
        for mark in ["\u{600}<", "<\u{301}", "\u{600}|", "`\u{301}", "&\u{200d}", "[\u{fe0f}"] {
            let scalars = Array(Markdown.escaped("a\(mark)b").unicodeScalars)
            let at = scalars.firstIndex { "<|`&[".unicodeScalars.contains($0) }
            #expect(at.map { scalars[$0 - 1] } == "\\", "\(mark.unicodeScalars.map { String($0.value, radix: 16) })")
        }
        #expect(Markdown.code("a`\u{301}b").unicodeScalars.first == "a")
        #expect(Markdown.fenced("```\u{301}", "").first == "````")
    }

    @Test func status() {
        var server = SampleStatus.server(7, .follower, remark: Self.evil)
        server.facts?.config = "server.1=\(Self.evil):2888:3888\n"
        let lost = ServerStatus(
            server: ServerName(host: "zk8", installation: Self.evil), address: Self.evil, facts: nil, pulse: nil,
            failure: AccessError(.hostUnreachable, host: "zk8", Self.evil))
        let view = StatusView(EnsembleStatus(ensemble: Self.evil, servers: [server, lost]))
        expectSafe(view.text(plain, width: nil))
        expectSafe(view.markdown)
        expectSafe(view.json)
    }

    @Test func probes() {
        let server = ServerName(host: "zk1", installation: Self.evil)
        let failure = AccessError(.hostUnreachable, host: "zk9", Self.evil)
        let view = ProbeView(
            PortSurvey(
                ensemble: Self.evil,
                rows: [.init(server: server, mode: .leader, from: Self.evil, ports: [:], failure: failure)],
                stopped: [server], unreachable: [server: failure]))
        expectSafe(view.text(plain))
        expectSafe(view.markdown)
        expectSafe(view.json)
    }

    @Test func findings() {
        let finding = Finding(
            code: "clock-skew", severity: .critical, servers: [ServerName(host: "zk1", installation: Self.evil)],
            summary: Self.evil, evidence: [Self.evil, Self.evil], why: Self.evil, remedy: Self.evil, plan: .restartDeaf,
            command: PlanCommand(.configChange, [(.set, Self.evil)]))
        let view = DoctorView(
            Diagnosed(ensemble: Self.evil, findings: [finding], notes: [finding]), inventory: Self.evil)
        expectSafe(view.text(plain, width: 80))
        expectSafe(view.markdown)
        expectSafe(view.json)
    }

    private static let server = ServerName(host: "zk1", installation: evil)

    private static let events: [RunEvent.Kind] = [
        .runStarted(run: evil, ensemble: evil, plan: evil, steps: 3, attempt: .resume),
        .stageStarted(name: evil, number: 1), .stepStarted(step: "1.1", title: evil),
        .actionStarted(action: "1.1.1.1", summary: evil, step: "1.1"),
        .waiting(action: "1.1.1.1", servers: [server], forWhat: evil),
        .copying(action: "1.1.1.1", bytesDone: 1 << 52, bytesInAll: 0, bytesPerSecond: .infinity),
        .copying(action: "1.1.1.1", bytesDone: 1, bytesInAll: 2, bytesPerSecond: .nan),
        .pulse(
            server: server,
            pulse: ServerPulse(mode: .looking, version: nil, latencyMilliseconds: .infinity, remark: evil)),
        .note(evil), .warning(evil), .failure(step: "1.1", message: evil, remedy: evil + "\n" + evil),
    ]

    @Test func aRun() {
        let events = Self.events.map { SampleRun.event(1, $0) }
        var state = RunViewState(stages: [Self.evil], servers: [Self.server])
        var lines = RunLines(palette: plain)
        var (drawn, told, json) = ("", "", "")
        for event in events {
            state.apply(event)
            drawn += RunView(palette: plain).draw(state, width: 400, now: SampleRun.start + 5).joined(separator: "\n")
            told += lines.lines(event).joined(separator: "\n")
            json += RunEventJSON.line(event)
        }
        expectSafe(drawn)
        expectSafe(told)
        expectSafe(json)
    }

    @Test func pastRuns() {
        let summary = RunSummary(
            run: Self.evil, ensemble: Self.evil, plan: Self.evil, outcome: .failed, step: Self.evil,
            startedAt: SampleRun.start, endedAt: nil)
        let list = RunListView([summary])
        expectSafe(list.text(plain))
        expectSafe(list.json)
        let report = RunReport(
            summary, digest: Self.evil, events: Self.events.map { SampleRun.event(1, $0) })
        let show = RunShowView(report, folder: Self.evil)
        expectSafe(show.text(plain))
        expectSafe(show.json)
        let command = LoggedCommand(host: Self.evil, at: "2026-01-11T18:02:11Z", text: Self.evil, output: [Self.evil])
        expectSafe(RunReportHTML(report, commands: [command], preview: Self.evil).page)
        expectSafe(RunReportText(report).markdown)
        expectSafe(RunReportText(report).json)
    }

    /// A YAML text holds such characters only as escapes, which is how they come into facts too.
    private static func quoted(oneLine: Bool = false) -> String {
        "\""
            + evil.unicodeScalars.filter { !oneLine || !Character($0).isNewline }.map {
                $0.value == 0x5c
                    ? "\\\\"
                    : $0.value < 0x7f && $0.value >= 0x20
                        ? String($0) : "\\u" + String(String(0x10000 + Int($0.value), radix: 16).dropFirst())
            }.joined()
            + "\""
    }

    @Test func aPreview() throws {
        var world = SampleWorld()
        world.plan = world.plan
            .replacing("summary: A fourth", with: "summary: \(Self.quoted())\n# ")
            .replacing("confirm: Is the change announced?", with: "confirm: \(Self.quoted())")
            .replacing("name: every server knows the four", with: "name: \(Self.quoted(oneLine: true))")
            .replacing("because: a leftover", with: "because: \(Self.quoted(oneLine: true))")
            .replacing("set: {initLimit: 50}", with: "set: {initLimit: 50, x: \(Self.quoted(oneLine: true))}")
            .replacing("content: \"export", with: "content: \"\\e[2Jowned\\u009b\\nexport")
            .replacing("undo: logger shrunk", with: "undo: \(Self.quoted())")
        let view = try world.preview()
        expectSafe(view.text())
        expectSafe(view.markdown())
        expectSafe(view.json())
        let plan = try world.load()
        let check = CheckView(.checked(plan, try #require(Verifier.findings(of: plan))))
        expectSafe(check.text(), saying: "safe")
        expectSafe(check.json, saying: "safe")
    }

    @Test func whatIsWrongWithAFile() throws {
        var world = SampleWorld()
        world.plan = world.plan.replacing("leader: zk2@a", with: "leader: \(Self.quoted())")
            .replacing("- confirm:", with: "- \(Self.quoted()):")
        let error = #expect(throws: InvalidInput.self) { try world.load() }
        let input = try #require(error)
        expectSafe(DiagnosticsView(input).text())
        expectSafe(CheckView(.invalid(input)).text())
        expectSafe(CheckView(.invalid(input)).json)
    }

    /// `ensemble facts` writes what hosts hold to the terminal where no file is named.
    @Test func factsAsYAML() {
        var facts = ServerFacts(running: true, mode: .follower)
        facts.config = "a=\(Self.evil)\nb\n"
        facts.loadedConfig = Self.evil
        facts.files = ["conf/\(Self.evil)": Self.evil + "\n" + Self.evil]
        expectSafe(EnsembleFacts(capturedAt: Self.evil, servers: [Self.server: facts]).yaml(ensemble: Self.evil))
    }
}
