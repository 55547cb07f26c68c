import Testing

@testable import PlanLanguage

@Suite struct YAMLTests {
    private func compose(_ text: String) -> (YAMLValue?, [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        let value = YAMLComposer.compose(SourceText(name: "f", text: text), diagnostics: &diagnostics)
        return (value, diagnostics)
    }

    private func place(_ value: YAMLValue?) -> [Int] {
        value.map { [$0.range.line, $0.range.column, $0.range.length] } ?? []
    }

    @Test func scalarsStayText() {
        let (value, problems) = compose("a: 3.10\nb: on\nc: 0x1f\nd: ~\ne: 'it''s'\nf: \"a\\tb\"\ng:\nh: 012")
        #expect(problems == [])
        let texts = ["a", "b", "c", "d", "e", "f", "g", "h"].map { value?.value(of: $0)?.text }
        #expect(texts == ["3.10", "on", "0x1f", "~", "it's", "a\tb", "", "012"])
        #expect(value?.value(of: "g")?.isNothing == true)
    }

    @Test func everyValueHasItsPlace() {
        let (value, _) = compose("# x\na:\n  - one\n  - {k: 'two', l: |\n    x}\nb: \"ü\" # y\nc: {d: e}\n")
        #expect(value == nil)
        let (other, _) = compose("# x\na:\n  - one\n  - {k: 'two'}\nb: \"ü\" # y\nc: |\n  text\n  more\n")
        #expect(place(other) == [2, 1, 1])
        guard case .list(let items)? = other?.value(of: "a")?.content else {
            Issue.record("no list")
            return
        }
        #expect(place(items[0]) == [3, 5, 3])
        #expect(place(items[1]) == [4, 5, 1])
        #expect(place(items[1].value(of: "k")) == [4, 9, 5])
        #expect(place(other?.value(of: "b")) == [5, 4, 3])
        #expect(place(other?.value(of: "c")) == [6, 4, 1])
        #expect(other?.value(of: "c")?.text == "text\nmore\n")
    }

    @Test func linesAreCountedAsEditorsDo() {
        let (value, _) = compose("a: 1\r\nb: 2\r\n\r\nc: 3\r\n")
        #expect(place(value?.value(of: "c")) == [4, 4, 1])
    }

    @Test func jsonIsAccepted() {
        let (value, problems) = compose(
            "{\"a\":1,\"b\":[true,null,\"x\\u00e9\\/\"],\n\t\"c\":{\"d\":\"e\"},\"f\":{},\"g\":[]}")
        #expect(problems == [])
        #expect(value?.value(of: "a")?.text == "1")
        #expect(value?.value(of: "c")?.value(of: "d")?.text == "e")
        guard case .list(let items)? = value?.value(of: "b")?.content else {
            Issue.record("no list")
            return
        }
        #expect(items.map(\.text) == ["true", "null", "xé/"])
    }

    @Test func anchorsAliasesAndMerges() {
        let (value, problems) = compose(
            "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\ncopy: *b\nmerged: {<<: *b, x: 5}\nboth:\n  <<: [*b, *m]\n")
        #expect(problems == [])
        #expect(value?.value(of: "copy")?.value(of: "y")?.text == "2")
        #expect(value?.value(of: "merged")?.value(of: "x")?.text == "5")
        #expect(value?.value(of: "merged")?.value(of: "y")?.text == "2")
        #expect(value?.value(of: "both")?.value(of: "y")?.text == "2")
        #expect(value?.value(of: "both")?.value(of: "z")?.text == "4")
    }

    @Test func everyDuplicateIsReportedAtItsKey() {
        let (_, problems) = compose("a: 1\nb: {c: 1, c: 2}\na: 2\n\"a\": 3\n")
        #expect(problems.map { [$0.range?.line, $0.range?.column] } == [[2, 11], [3, 1], [4, 1]])
    }

    @Test func aliasBombsAreStopped() {
        var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (name, before) in zip("bcdefghij", "abcdefghi") {
            text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 10).joined(separator: ", ") + "]\n"
        }
        let (value, problems) = compose(text)
        #expect(value == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.range?.line == 6)
    }

    @Test func selfContainingAliasesAreUnknown() {
        let (value, problems) = compose("a: &a [*a]\n")
        #expect(value == nil)
        #expect(problems.first?.range?.column == 8)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "]) func depthIsBounded(_ opening: String) {
        let (value, problems) = compose(String(repeating: opening, count: 100_000))
        #expect(value == nil)
        #expect(problems.count == 1)
        #expect(problems.first?.range != nil)
    }

    @Test func bytesThatAreNoTextAreReportedWithTheirPlace() {
        func failure(_ bytes: [UInt8]) -> [String] {
            do throws(InvalidInput) {
                _ = try SourceText(name: "f", bytes: bytes)
                return []
            } catch {
                return error.diagnostics.map { "\($0.range?.line ?? 0):\($0.range?.column ?? 0) \($0.message)" }
            }
        }
        #expect(failure(Array("a: b".utf8)) == [])
        #expect(failure([0xFF, 0xFE, 0x61, 0]) == ["1:1 the file is UTF-16 or UTF-32 text"])
        #expect(failure([0x61, 0, 0x3A, 0]) == ["1:1 the file is UTF-16 text"])
        #expect(failure(Array("a: ü\nbc".utf8) + [0xC3, 0x28]) == ["2:3 the file is not UTF-8 from here on"])
        #expect(failure(Array("a\n\u{1B}[31m".utf8)) == ["2:1 the control character U+001B stands here"])
        #expect(failure(Array("a\u{FEFF}b".utf8)) == ["1:2 the control character U+FEFF stands here"])
        #expect(failure(Array(repeating: 0x61, count: SourceText.sizeLimit + 1)).count == 1)
    }

    @Test func aByteOrderMarkIsNoPartOfTheText() throws {
        #expect(try SourceText(name: "f", bytes: [0xEF, 0xBB, 0xBF, 0x61]).text == "a")
    }

    @Test(arguments: [
        ("restrat", "restart"), ("stpo", "stop"), ("Restart", "restart"), ("start", "start"), ("x", nil),
        ("stopp", "stop"),
    ]) func nearestSpelling(_ word: String, _ expected: String?) {
        #expect(nearest(word, among: ["restart", "start", "stop", "rolling"]) == expected)
    }
}
