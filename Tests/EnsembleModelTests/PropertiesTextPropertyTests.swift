import EnsembleModel
import TestSupport
import Testing

/// What holds for every text: tried on texts put together at random from what hurts.
@Suite struct PropertiesTextPropertyTests {
    private static let seeds: [UInt64] = Array(1...8)
    private static let pieces = [
        "a", "b", "key", "server.1", "=", ":", " ", "\t", "\u{c}", "\\", "\\\\", "\n", "\n", "\r\n", "\r", "#", "!",
        "# a=1",
        "value", "\\u0041", "\\u00", "é", "e\u{301}", "😀", "\\n", "\\ ", "a=1", "#server.1=x", "\\\n", "\\\r\n  ", "*",
    ]

    private static func texts(_ seed: UInt64, count: Int = 250) -> [(text: String, key: String, value: String)] {
        var random = SeededGenerator(seed: seed)
        func text(_ most: Int) -> String {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
        }
        return (0..<count).map { _ in (text(30), text(3), text(4)) }
    }

    @Test(arguments: seeds) func untouchedTextStaysAsItIs(seed: UInt64) {
        for (text, _, _) in Self.texts(seed) { #expect(PropertiesText(text).text.isSame(as: text)) }
    }

    @Test(arguments: seeds) func whatIsSetIsRead(seed: UInt64) {
        for (text, key, value) in Self.texts(seed) {
            var properties = PropertiesText(text)
            let before = properties
            properties.set(key, value)
            let reread = PropertiesText(properties.text)
            #expect(reread == properties, "\(text.debugDescription) \(key.debugDescription)")
            #expect(
                reread[key].map { $0.isSame(as: value) } == true, "\(text.debugDescription) \(key.debugDescription)")
            // A backslash alone at the end is a property without a key, and no longer one when a line follows it.
            for other in before.keys where other != key && other != "" { #expect(reread[other] == before[other]) }
            #expect(Set(reread.keys).symmetricDifference(before.keys + [key]).isSubset(of: [""]))
            if before[key].map({ $0.isSame(as: value) }) == true { #expect(properties.text.isSame(as: text)) }
            let once = properties.text
            properties.set(key, value)
            #expect(properties.text.isSame(as: once))
        }
    }

    @Test(arguments: seeds) func removingAndCommentingTakeOneKeyOnly(seed: UInt64) {
        for (text, _, _) in Self.texts(seed) {
            let before = PropertiesText(text)
            guard let key = before.keys.first(where: { !$0.contains("*") }) else { continue }
            let value = before[key] ?? ""
            for removes in [true, false] {
                var properties = before
                if removes { properties.remove(key) } else { properties.comment(key) }
                let reread = PropertiesText(properties.text)
                #expect(reread == properties, "\(text.debugDescription) \(key.debugDescription)")
                #expect(reread[key] == nil)
                for other in before.keys where other != key { #expect(reread[other] == before[other]) }
                properties.set(key, value)
                #expect(PropertiesText(properties.text)[key].map { $0.isSame(as: value) } == true)
            }
        }
    }

    /// Commenting a line and setting the same value again gives the text as it was.
    @Test(arguments: ["  a : 1\n", "a=1\\\n   2\\\n \t3\r\nb=1", "x=1\na\t\n", "a=1"])
    func settingACommentedLineBackRestoresIt(text: String) {
        var properties = PropertiesText(text)
        let value = properties["a"] ?? ""
        properties.comment("a")
        #expect(properties["a"] == nil)
        properties.set("a", value)
        #expect(properties.text.isSame(as: text), "\(properties.text.debugDescription)")
    }
}
