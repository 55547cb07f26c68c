import Testing

@testable import PlanLanguage

@Suite struct RenderingTests {
    private func rendered(_ text: String, line: Int, column: Int, length: Int = 1) -> String {
        let range = SourceRange(file: "f", line: line, column: column, length: length)
        return Diagnostic(.error, at: range, "m").rendered(source: SourceText(name: "f", text: text))
    }

    @Test func theLineTheCaretAndTheHint() {
        let range = SourceRange(file: "p.yaml", line: 2, column: 4, length: 3)
        let diagnostic = Diagnostic(.warning, at: range, "too bad", hint: "do better")
        let source = SourceText(name: "p.yaml", text: "a: 1\nb: two # x\n")
        #expect(
            diagnostic.rendered(source: source)
                == "p.yaml:2:4: warning: too bad\n    b: two # x\n       ^~~\n  hint: do better")
        #expect(diagnostic.rendered(source: nil) == "p.yaml:2:4: warning: too bad\n  hint: do better")
        #expect(Diagnostic(.error, at: nil, "m").rendered(source: source) == "error: m")
    }

    @Test func tabsKeepTheCaretBelow() {
        #expect(rendered("a:\t\tx\n", line: 1, column: 5) == "f:1:5: error: m\n    a:\t\tx\n      \t\t^")
    }

    @Test func ofALongLineTheSurroundingsAreShown() {
        let line = String(repeating: "a", count: 300) + "X" + String(repeating: "b", count: 300)
        let lines = rendered(line, line: 1, column: 301).split(separator: "\n")
        #expect(lines[1].hasPrefix("    …aaa") && lines[1].hasSuffix("bbb…"))
        let caret = lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) }
        let place = lines[1].firstIndex(of: "X").map { lines[1].distance(from: lines[1].startIndex, to: $0) }
        #expect(caret == place)
    }

    @Test func noEscapeSequenceReachesTheTerminal() {
        #expect(!rendered("a\u{1B}[31m", line: 1, column: 1).contains("\u{1B}"))
    }

    @Test(arguments: [(0, 0), (1, 99), (9, 1), (3, 1)]) func placesOutsideOfTheTextDoNoHarm(_ line: Int, _ column: Int)
    {
        #expect(rendered("a\nb\n", line: line, column: column, length: 50).hasPrefix("f:\(line):\(column): error: m"))
    }
}
