import Checksums
import Testing

@Suite struct ChecksumsTests {
    /// FIPS 180-2, appendix B.1.
    @Test func sha256OfTheStandardsExample() {
        #expect(
            SHA256.hexDigest(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
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
