import Checksums
import Testing

@Suite struct ChecksumsTests {
    /// FIPS 180-2, appendix B.1.
    @Test func sha256OfTheStandardsExample() {
        #expect(
            SHA256.hexDigest(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    /// RFC 4648, section 10.
    @Test(
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
    func base64OfTheStandardsExamples(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(text.utf8))
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.encode(Array(text.utf8), padded: false) == bare)
        #expect(Base64.decode(bare.utf8) == Array(text.utf8))
    }

    @Test func base64OfEveryByteComesBack() {
        let all = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(all).utf8) == all)
        for wrong in ["!", "Zg==x", "Z", "Zm9v\u{0}"] { #expect(Base64.decode(wrong.utf8) == nil) }
    }

    @Test func piecesAddUpToTheWhole() {
        let whole = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var sum = SHA256()
        for start in stride(from: 0, to: whole.count, by: 777) {
            sum.update(whole[start..<min(start + 777, whole.count)])
        }
        #expect(sum.hexDigest() == SHA256.hexDigest(of: whole))
    }

    /// RFC 2202, test case 2.
    @Test func hmacOfTheStandardsExample() {
        let code = HMACSHA1.code(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8))
        #expect(hexadecimal(code) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    }
}
