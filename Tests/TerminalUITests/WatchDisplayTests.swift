import EnsembleAccess
import EnsembleModel
import PlanExecution
import Synchronization
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct WatchDisplayTests {
    private static let zk9 = ServerName(host: "zk9", installation: "v3.4.6")
    private static let zk10 = ServerName(host: "zk10", installation: "v3.4.6")

    private static let events: [WatchEvent] = {
        let kinds: [WatchEvent.Kind] = [
            .mode(zk10, from: nil, to: .leader, remark: nil), .elected(zk10, epoch: Epoch(1), leaderless: nil),
            .mode(zk10, from: .leader, to: .stopped, remark: nil), .leaderless,
            .waiting("wanted 4 synced followers, and not exactly one server leads"),
            .mode(zk9, from: .follower, to: .looking, remark: "it is looking for a leader"),
            .elected(zk9, epoch: Epoch(2), leaderless: 1.25), .restarted(zk9),
            .unreachable(zk10, why: "the connection was lost\u{1b}[2J"),
        ]
        return kinds.enumerated().map { WatchEvent(at: SampleRun.start + Double($0.offset) / 4, kind: $0.element) }
    }()

    private func shown(_ form: WatchDisplay.Form, _ show: (WatchDisplay) -> Void) -> String {
        let written = Mutex("")
        let display = WatchDisplay(
            form: form, palette: Palette(colour: false), size: { TerminalSize(columns: 100, rows: 40) },
            write: { text in
                written.withLock { $0 += text }
                return true
            })
        show(display)
        return written.withLock { $0 }
    }

    @Test func asLines() throws {
        let text = shown(.lines) { display in
            display.show(Self.events, SampleStatus.broken)
            display.show([], SampleStatus.broken)
            display.end(.timedOut("wanted 4 synced followers"), at: SampleRun.start + 60)
        }
        try expectGolden(text, "TerminalUI/watch-lines.txt")
    }

    @Test func asJSON() throws {
        let text = shown(.json) { display in
            display.show(Self.events, SampleStatus.broken)
            display.end(.held, at: SampleRun.start + 60)
        }
        try expectGolden(text, "TerminalUI/watch-events.jsonl")
    }

    @Test func onATerminalTheTableStandsBelowWhatHappened() {
        var screen = Screen(columns: 100)
        let text = shown(.live) { display in
            display.show(Array(Self.events.prefix(2)), SampleStatus.broken)
            display.show(Array(Self.events.dropFirst(2)), SampleStatus.broken)
            display.end(.held, at: SampleRun.start + 60)
        }
        screen.show(text)
        let lines = screen.text
        #expect(lines[1].hasSuffix("zk10@v3.4.6 leads epoch 1"))
        #expect(lines[3].hasSuffix("nobody leads"))
        #expect(lines.count { $0.hasPrefix("codis: a quorum serves") } == 1, "the table was repainted in place")
        #expect(lines.contains { $0.hasPrefix("waiting: wanted 4 synced followers") })
        #expect(lines.last?.hasSuffix("what was waited for is there") == true)
        #expect(lines.allSatisfy { displayWidth($0) <= 100 })
    }

    @Test func whoNoLongerReadsIsToldNothing() {
        let writes = Mutex(0)
        let display = WatchDisplay(
            form: .lines, palette: Palette(colour: false), size: { TerminalSize(columns: 100, rows: 40) },
            write: { _ in
                writes.withLock { $0 += 1 }
                return false
            })
        #expect(!display.show(Self.events, SampleStatus.broken))
        #expect(!display.show(Self.events, SampleStatus.broken))
        display.end(.cancelled, at: 0)
        #expect(writes.withLock { $0 } == 1)
    }
}
