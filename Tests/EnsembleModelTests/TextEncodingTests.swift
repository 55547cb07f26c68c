import EnsembleModel
import Testing

@Suite struct TextEncodingTests {
    @Test(arguments: [
        (Array("a=é\u{feff}\r\n\u{0}".utf8), TextEncoding.utf8), ([], .utf8), ([0x61, 0xe9, 0x0a], .latin1),
        // "China" in GBK, as a comment may well be.
        ([0x23, 0xd6, 0xd0, 0xb9, 0xfa, 0x0a], .latin1), ([0xff, 0xfe, 0x00], .latin1), ([0xed, 0xa0, 0x80], .latin1),
    ])
    func everyByteComesBack(bytes: [UInt8], encoding: TextEncoding) {
        let decoded = TextEncoding.decode(bytes)
        #expect(decoded.encoding == encoding)
        #expect(decoded.encoding.encode(PropertiesText(decoded.text).text) == bytes)
    }

    @Test func editsOfOldEncodingsCanBeWritten() throws {
        let decoded = TextEncoding.decode([0x23, 0xd6, 0xd0, 0x0a, 0x61, 0x3d, 0xe9])
        var properties = PropertiesText(decoded.text)
        #expect(properties["a"] == "é")
        properties.set("a", "中")
        #expect(decoded.encoding.encode(properties.text) == [0x23, 0xd6, 0xd0, 0x0a] + Array("a=\\u4e2d".utf8))
        #expect(TextEncoding.latin1.encode("中") == nil)
    }
}
