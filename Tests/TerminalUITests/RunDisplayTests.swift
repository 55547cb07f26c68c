import EnsembleModel
import PlanExecution
import Synchronization
import TestSupport
import Testing

@testable import TerminalUI

@Suite struct RunDisplayTests {
    @Test func eventsAsJSON() throws {
        try expectGolden(
            (SampleRun.copying + SampleRun.failed.dropFirst(SampleRun.beginning.count)).map {
                RunEventJSON.line($0) + "\n"
            }.joined(), "TerminalUI/run-events.jsonl")
    }

    @Test func theLastLineIsAsDocumented() {
        let line = RunEventJSON.line(SampleRun.succeeded.last!)
        #expect(
            line == #"{"event":"run-finished","run":"codis-20260111-180211-4f2a","outcome":"succeeded","#
                + #""duration_s":182,"unavailable_s":1.25}"#)
    }

    @Test func eventsAsLines() throws {
        var lines = RunLines(palette: Palette(colour: false, unicode: false))
        let events = SampleRun.copying + SampleRun.failed.dropFirst(SampleRun.beginning.count)
        try expectGolden(events.flatMap { lines.lines($0) }.map { $0 + "\n" }.joined(), "TerminalUI/run-lines.txt")
    }

    @Test func aBlockIsRepaintedInPlace() {
        var screen = Screen(columns: 20)
        var repainter = Repainter()
        screen.show(repainter.repaint(["one", "two", "three"], width: 20))
        #expect(screen.text == ["one", "two", "three"])
        let change = repainter.repaint(["one", "2", "three"], width: 20)
        #expect(!change.contains("one"))
        screen.show(change)
        #expect(screen.text == ["one", "2", "three"])
        #expect(repainter.repaint(["one", "2", "three"], width: 20) == "")
        screen.show(repainter.repaint(["x"], width: 20))
        #expect(screen.text == ["x"])
        screen.show(repainter.repaint(["x", String(repeating: "y", count: 20)], above: ["said once"], width: 20))
        #expect(screen.text == ["said once", "x", String(repeating: "y", count: 20)])
        screen.show(repainter.clear(width: 20))
        #expect(screen.text == ["said once"])
    }

    @Test func aNarrowerTerminalWrapsWhatWasShown() {
        var repainter = Repainter()
        _ = repainter.repaint([String(repeating: "a", count: 20), "\u{1b}[32mbb\u{1b}[0m"], width: 20)
        // 20 columns are two rows of ten, and the second line is one.
        #expect(repainter.repaint(["c"], width: 10).hasPrefix("\u{1b}[3A\r"))
    }

    @Test func aQuestionHasTheTerminalToItself() async {
        let written = Mutex("")
        let display = RunDisplay(
            form: .live, palette: Palette(colour: false), state: RunViewState(),
            size: { TerminalSize(columns: 60, rows: 20) }, now: { SampleRun.start },
            write: { text in written.withLock { $0 += text } })
        display.receive(SampleRun.beginning[0])
        display.tick()
        let answer = await display.paused {
            let before = written.withLock { $0 }
            #expect(before.hasSuffix("\u{1b}[J"))
            display.receive(SampleRun.beginning[1])
            display.tick()
            #expect(written.withLock { $0 } == before)
            return 42
        }
        #expect(answer == 42)
        display.tick()
        #expect(written.withLock { $0 }.contains("Check the world"))
    }
}

/// As much of a terminal as the repainter uses: cursor up, erase to the end of the line and of the screen.
struct Screen {
    var rows: [[Character]] = [[]]
    var row = 0
    var column = 0
    var columns: Int

    init(columns: Int) { self.columns = columns }

    var text: [String] { rows.map { String($0) }.reversed().drop { $0.isEmpty }.reversed() }

    mutating func show(_ text: String) {
        var rest = Substring(text)
        while let scalar = rest.unicodeScalars.first {
            if rest.hasPrefix("\u{1b}[") {
                let body = rest.dropFirst(2)
                let end = body.firstIndex { $0.isLetter }!
                control(body[end], Int(body[..<end]) ?? 0)
                rest = body[body.index(after: end)...]
                continue
            }
            switch scalar {
            case "\r": column = 0
            case "\n":
                row += 1
                if row == rows.count { rows.append([]) }
            default: put(Character(scalar))
            }
            rest.unicodeScalars.removeFirst()
        }
    }

    private mutating func put(_ character: Character) {
        while rows[row].count <= column { rows[row].append(" ") }
        rows[row][column] = character
        column += 1
        precondition(column <= columns, "the block is wider than the terminal")
    }

    private mutating func control(_ letter: Character, _ number: Int) {
        switch letter {
        case "A": row = max(0, row - number)
        case "K": rows[row].removeLast(max(0, rows[row].count - column))
        case "J":
            rows[row].removeLast(max(0, rows[row].count - column))
            rows.removeLast(rows.count - row - 1)
        default: break
        }
    }
}
