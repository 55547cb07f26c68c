import EnsembleModel
import Testing

@Suite struct PropertiesTextTests {
    /// What `java.util.Properties.load` of JDK 17 makes of each text.
    @Test(arguments: [
        ("a=1\nb=2\n", ["a": "1", "b": "2"]),
        ("a = 1", ["a": "1"]),
        ("  a\t:\t1  \n", ["a": "1  "]),
        ("a 1", ["a": "1"]),
        ("a  =  = 1", ["a": "= 1"]),
        ("a\n", ["a": ""]),
        ("a=\n", ["a": ""]),
        ("=x\n", ["": "x"]),
        ("# a=1\n! b=2\n  # c=3\nd=4", ["d": "4"]),
        ("a=1 # no comment", ["a": "1 # no comment"]),
        ("a=one \\\n   two\\\n\tthree\nb=2", ["a": "one twothree", "b": "2"]),
        ("a=1\\\n\nb=2", ["a": "1", "b": "2"]),
        ("a=1\\\\\nb=2", ["a": "1\\", "b": "2"]),
        ("a=1\\", ["a": "1"]),
        ("a=1\\\n", ["a": "1"]),
        ("a=1\\\n#b\nc=3", ["a": "1#b", "c": "3"]),
        ("a\\\nb=1", ["ab": "1"]),
        ("\\\na=1", ["a": "1"]),
        ("\\\n#a=1\nb=2", ["b": "2"]),
        ("\\", ["": ""]), ("\\\n", ["": ""]), ("\\\r\n", [:]), ("\\\n ", [:]), ("\\\n\n", [:]),
        ("#comment \\\na=1", ["a": "1"]),
        ("a\\=b=1\na\\:c\\ d : 2\n\\#e=3", ["a=b": "1", "a:c d": "2", "#e": "3"]),
        ("a=\\t\\n\\r\\f\\\\\\q\\u0041\\uD83D\\uDE00", ["a": "\t\n\r\u{c}\\qA😀"]),
        ("a=C:\\zoo\\data", ["a": "C:zoodata"]),
        ("a=1\rb=2\r\nc=3", ["a": "1", "b": "2", "c": "3"]),
        ("a=1\\\r\n  2\r\nb=3", ["a": "12", "b": "3"]),
        ("a=1\na=2", ["a": "2"]),
        (
            "server.1=zk1:2888:3888\nserver.01:zk2:2888:3888",
            ["server.1": "zk1:2888:3888", "server.01": "zk2:2888:3888"]
        ),
        ("a=é", ["a": "é"]),
        ("\u{c}a\u{c}1", ["a": "1"]),
        ("", [:]), ("\n\r\n \t\n", [:]),
    ])
    func readsAsJavaDoes(text: String, expected: [String: String]) {
        let properties = PropertiesText(text)
        let read = Dictionary(uniqueKeysWithValues: properties.keys.map { ($0, properties[$0] ?? "missing") })
        #expect(read == expected)
        #expect(properties.text.isSame(as: text))
    }

    @Test func knowsWhereThingsStand() {
        let properties = PropertiesText("# head\r\n\r\na=1\\\r\n  2\r\nb=3\r\na=4\r\nc=5")
        #expect(properties.keys == ["b", "a", "c"])
        #expect(properties.line(of: "a") == 6 && properties.line(of: "b") == 5 && properties.line(of: "c") == 7)
        #expect(properties.line(of: "d") == nil && properties["d"] == nil)
        #expect(properties.duplicates.map(\.key) == ["a"] && properties.duplicates.map(\.lines) == [[3, 6]])
        #expect(properties.assignments.map(\.line) == [3, 5, 6, 7])
        #expect(properties.assignments.map(\.value) == ["12", "3", "4", "5"])
    }

    @Test(arguments: ["a=\\u12", "a=\\u12g4", "a=\\u", "\\uzzzz=1", "a=\\u١٢٣٤"])
    func malformedEscapesAreTold(text: String) {
        let properties = PropertiesText("ok=\\u0041\n" + text + "\n")
        #expect(properties.malformedLines == [2])
        #expect(properties.text.isSame(as: "ok=\\u0041\n" + text + "\n"))
    }

    @Test(arguments: [
        ("a=1\nb=2\n", "a", "3", "a=3\nb=2\n"),
        ("  a \t:  1\r\nb=2\r\n", "a", "3", "  a \t:  3\r\nb=2\r\n"),
        ("a 1\n", "a", "=2", "a \\=2\n"),
        ("a 1\n", "a", ":2", "a \\:2\n"),
        ("a=1\n", "a", "=2", "a==2\n"),
        ("a\n", "a", "1", "a=1\n"),
        ("a", "a", "1", "a=1"),
        ("a \n", "a", "1", "a 1\n"),
        ("a=\n", "a", "1", "a=1\n"),
        ("a=1\n", "a", "", "a=\n"),
        ("a=1\na=2\n", "a", "3", "a=1\na=3\n"),
        ("a=1\\\n  2\nb=3\n", "a", "4", "a=4\nb=3\n"),
        ("a=\\\n  2\nb=3\n", "a", "4", "a=\\\n  4\nb=3\n"),
        ("a=1\\", "a", "4", "a=4"),
        ("a=1\\\n", "a", "4", "a=4\n"),
        ("a=1\\\n\nb=2\n", "a", "4", "a=4\nb=2\n"),
        ("a=1\n", "a", "  x ", "a=\\  x \n"),
        ("a=1\n", "a", "\\\t\n\r\u{c}", "a=\\\\\\t\\n\\r\\f\n"),
        ("a=1\n", "a", "é😀\u{0}", "a=\\u00e9\\ud83d\\ude00\\u0000\n"),
        ("a=é", "a", "é", "a=é"),
        ("a=e\u{301}", "a", "é", "a=\\u00e9"),
        ("a\\ b=1", "a b", "2", "a\\ b=2"),
    ])
    func changesInPlace(text: String, key: String, value: String, expected: String) {
        expectSet(key, value, in: text, gives: expected)
    }

    @Test(arguments: [
        ("a=1\n", "a=1\nn=v\n"), ("a=1", "a=1\nn=v"), ("a=1\r\n", "a=1\r\nn=v\r\n"), ("a=1\rb=2", "a=1\rb=2\rn=v"),
        ("a=1\r\nb=2\nc=3\r\n", "a=1\r\nb=2\nc=3\r\nn=v\r\n"), ("", "n=v\n"), ("\n", "\nn=v\n"), ("# c", "# c\nn=v"),
        ("  ", "  \nn=v"), ("a=1\\", "a=1\\\n\nn=v"), ("a=1\\\n", "a=1\\\n\nn=v\n"), ("a=1\\\n ", "a=1\\\n \nn=v"),
        ("\\", "\\\n\nn=v"), ("#n=w\nb=2\n", "#n=w\nn=v\nb=2\n"), ("  # n = w\nb=2\n", "  # n = w\nn=v\nb=2\n"),
        ("#n=1\n#n=2\nb=2\n", "#n=1\n#n=2\nn=v\nb=2\n"), ("b=2\n#n=w", "b=2\n#n=w\nn=v"),
        ("# n is a name\nb=2\n", "# n is a name\nb=2\nn=v\n"), ("#n=v\nb=2\n", "n=v\nb=2\n"),
        ("#n=1\n  #n : v\n#n=2\nb=2\n", "#n=1\n  n : v\n#n=2\nb=2\n"), ("# n v\nb=2\n", "n v\nb=2\n"),
        ("## n=v\n", "n=v\n"), ("#n=\\\n#  v\nb=2\n", "n=\\\n  v\nb=2\n"),
        ("#n=w\\\n#  x\nb=2\n", "#n=w\\\n#  x\nn=v\nb=2\n"),
        ("#n=w\\\nb=2\n", "#n=w\\\nb=2\nn=v\n"), ("b=2\n#n=v\\", "b=2\nn=v\\"),
    ])
    func putsNewLinesWhereTheyBelong(text: String, expected: String) { expectSet("n", "v", in: text, gives: expected) }

    private func expectSet(_ key: String, _ value: String, in text: String, gives expected: String) {
        var properties = PropertiesText(text)
        properties.set(key, value)
        #expect(properties.text.isSame(as: expected), "\(properties.text.debugDescription)")
        #expect(properties[key].map { $0.isSame(as: value) } == true)
        #expect(properties == PropertiesText(expected))
        properties.set(key, value)
        #expect(properties.text.isSame(as: expected))
    }

    @Test func keysAreEscaped() {
        var properties = PropertiesText("")
        for key in ["#a", "!b", "c d", "e=f", "g:h", "i\\j", "k#!l"] { properties.set(key, "1") }
        #expect(properties.text == "\\#a=1\n\\!b=1\nc\\ d=1\ne\\=f=1\ng\\:h=1\ni\\\\j=1\nk#!l=1\n")
        #expect(properties.keys == ["#a", "!b", "c d", "e=f", "g:h", "i\\j", "k#!l"])
    }

    @Test(arguments: [
        ("a=1\nb=2\na=3\n", "a", "b=2\n", "#a=1\nb=2\n#a=3\n"),
        ("  a=1\\\n   2\\\n\n\tb=2", "*", "", "  #a=1\\\n   #2\\\n#\n\t#b=2"),
        ("server.1=x\nserver.10=y\nserverx=z\n", "server.*", "serverx=z\n", "#server.1=x\n#server.10=y\nserverx=z\n"),
        ("# a=1\nb=2", "a", "# a=1\nb=2", "# a=1\nb=2"),
        ("a=1\r\nb=2", "b", "a=1\r\n", "a=1\r\n#b=2"),
        ("a=1\\", "a", "", "#a=1\\"),
        (
            "ssl.quorum.keyStore.path=k\nssl.path=p\n", "ssl.*.*.path", "ssl.path=p\n",
            "#ssl.quorum.keyStore.path=k\nssl.path=p\n"
        ),
    ])
    func removesAndComments(text: String, pattern: String, removed: String, commented: String) {
        var properties = PropertiesText(text)
        properties.remove(pattern)
        #expect(properties.text.isSame(as: removed), "\(properties.text.debugDescription)")
        properties = PropertiesText(text)
        properties.comment(pattern)
        #expect(properties.text.isSame(as: commented), "\(properties.text.debugDescription)")
        #expect(properties == PropertiesText(commented))
        properties.comment(pattern)
        #expect(properties.text.isSame(as: commented))
    }

    @Test(arguments: [
        ("server.1", "server.*", true), ("server", "server.*", false), ("a.b.c", "a*c", true), ("abc", "*", true),
        ("abc", "a*b*c", true), ("acb", "a*b*c", false), ("ab", "ab*b", false), ("aXbYbZ", "a*b*Z", true),
        ("", "*", true),
        ("abc", "abc", true), ("abc", "ab", false), ("aa", "a*a*a", false), ("x", "**", true),
    ])
    func patterns(key: String, pattern: String, matches: Bool) {
        #expect(keyMatches(key, pattern) == matches)
    }

    @Test func aLongChainOfCommentsIsNoTrouble() {
        var properties = PropertiesText(String(repeating: "#a=1\\\n", count: 2_000))
        properties.set("a", "2")
        #expect(properties["a"] == "2")
    }
}

extension String {
    func isSame(as other: String) -> Bool { Array(utf8) == Array(other.utf8) }
}
