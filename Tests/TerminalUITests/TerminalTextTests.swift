import EnsembleModel
import Testing

@testable import TerminalUI

@Suite struct TerminalTextTests {
    @Test func whatSteersATerminalIsMadeVisible() {
        #expect(safeForTerminal("plain text") == "plain text")
        #expect(safeForTerminal("\u{1b}[2Jgone\u{7}") == "\\x1b[2Jgone\\x07")
        #expect(safeForTerminal("a\u{9b}31mb\u{7f}") == "a\\x9b31mb\\x7f")
        #expect(safeForTerminal("user\u{202e}txt.exe") == "user\\u{202e}txt.exe")
        #expect(safeForTerminal("one\r\n\ttwo") == "one\\x0d  two")
        #expect(safeForTerminal("one\n\ttwo\u{8}", keepingLines: true) == "one\n\ttwo\\x08")
        #expect(safeForTerminal("é 服务器") == "é 服务器")
    }

    @Test func widthsCountColumns() {
        #expect(displayWidth("zk1") == 3)
        #expect(displayWidth("服务器") == 6)
        #expect(shortened("follower", to: 8) == "follower")
        #expect(shortened("follower", to: 5) == "foll…")
        #expect(shortened("服务器", to: 4) == "服…")
        #expect(shortened("x", to: 0) == "")
        #expect(padded("服", to: 4) == "服  ")
        #expect(wrapped("one two three", to: 7) == ["one two", "three"])
    }

    @Test func linesAreCutWithoutCountingColours() {
        var line = StyledLine("leader", .good)
        line.add(" of the ensemble")
        line.addAtRight("0:12", .faint, width: 20)
        #expect(line.rendered(Palette(colour: false), width: 20) == "leader of the … 0:12")
        #expect(
            line.rendered(Palette(colour: true), width: 20)
                == "\u{1b}[32mleader\u{1b}[0m of the … \u{1b}[2m0:12\u{1b}[0m")
    }

    @Test func timesAndAmounts() {
        #expect(Amounts.timestamp(0) == "1970-01-01T00:00:00Z")
        #expect(Amounts.timestamp(1_768_154_531.25, milliseconds: true) == "2026-01-11T18:02:11.250Z")
        #expect(Amounts.timestamp(1_709_208_000) == "2024-02-29T12:00:00Z")
        #expect(Amounts.timestamp(.infinity) == "9999-12-31T23:59:59Z")
        #expect(Amounts.timestamp(-1e300).hasPrefix("1-01-01T") && Amounts.timestamp(.nan).hasPrefix("1970-"))
        #expect(Amounts.timeOfDay(86_399) == "23:59:59Z")
        #expect(Amounts.elapsed(59.9) == "0:59")
        #expect(Amounts.elapsed(3723) == "1:02:03")
        #expect(Amounts.took(0.44) == "0.4 s")
        #expect(Amounts.bytes(1023) == "1023 B")
        #expect(Amounts.bytes(88_290_099) == "84.2 MiB")
        #expect(Amounts.decimal(-0.04, places: 1) == "0.0")
        #expect(Amounts.decimal(2.05, places: 2) == "2.05")
    }

    @Test func jsonKeepsItsOrderAndEscapesControls() {
        let text = JSONText.object([
            "version": .integer(1), "b": .array([.null, .bool(true), .number(1.5), .number(2)]),
            "a": .string("\"\n\u{1b}\u{9b}é"),
        ])
        #expect(text.line == #"{"version":1,"b":[null,true,1.5,2],"a":"\"\n\u001b\u009bé"}"#)
        #expect(
            JSONText.object(["x": .array([]), "y": .array([.integer(1)])]).document
                == "{\n  \"x\": [],\n  \"y\": [\n    1\n  ]\n}\n")
    }
}
