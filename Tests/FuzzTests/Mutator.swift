import TestSupport

/// Makes a new input out of good ones: cuts, repeats, splices, and puts in what readers stumble over. The same numbers give the same
/// input.
struct Mutator {
    var random: SeededGenerator
    /// No input is larger, so that a bound in time can hold for each.
    var largest = 64 << 10
    var seeds: [[UInt8]]
    /// Words that mean something to the reader at hand.
    var words: [String]

    private static let general = [
        "", " ", "  ", "\t", "\n", "\r\n", "\r", "\0", "\u{1b}[2J", "\u{9b}", "\u{feff}", "\u{202e}", "é", "😀",
        "\u{301}", "\"", "'",
        "\\", "=", ":", ": ", "#", "!", ",", ";", "/", "..", "-", "--", "*", "?", "%", "$(x)", "`x`", "${x}", "{", "}",
        "[", "]", "|", ">",
        "&a ", "*a", "<<: ", "---\n", "%YAML 9.9\n", "null", "true", "~", "0x", "blob x 9\n",
    ]

    private static let numbers = [
        "-1", "0", "1", "255", "256", "65535", "65536", "2147483647", "-2147483648", "4294967296", "4503599627370497",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
        "99999999999999999999", "1e400", "-1e400", "1.5", "nan", "inf", "0x7fffffffffffffff", "ffffffffffffffff", "٣",
    ]

    mutating func input() -> [UInt8] {
        var bytes = seeds.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes) }
        return Array(bytes.prefix(largest))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 0...40, using: &random))
        switch Int.random(in: 0..<12, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: Array(word().utf8), at: place)
        case 2: bytes.replaceSubrange(place..<end, with: Array(word().utf8))
        case 3: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 4: bytes.removeSubrange(place...)
        case 5: bytes = Array(bytes[..<place]) + (seeds.randomElement(using: &random) ?? []).suffix(200)
        case 6: repeatPart(&bytes, bytes[place..<end], at: place)
        case 7: swapLines(&bytes)
        case 8, 9: replaceNumber(&bytes, near: place)
        case 10: nest(&bytes, at: place)
        default: repeatLine(&bytes, near: place)
        }
    }

    private mutating func word() -> String {
        let list = Bool.random(using: &random) && !words.isEmpty ? words : Self.general
        return list.randomElement(using: &random) ?? ""
    }

    private mutating func repeatPart(_ bytes: inout [UInt8], _ part: ArraySlice<UInt8>, at place: Int) {
        let times = [2, 10, 100, 2000].randomElement(using: &random) ?? 2
        let room = max(0, largest - bytes.count)
        let many = (0..<times).lazy.flatMap { _ in part }.prefix(room)
        bytes.insert(contentsOf: Array(many), at: place)
    }

    private mutating func repeatLine(_ bytes: inout [UInt8], near place: Int) {
        let start = bytes[..<place].lastIndex(of: 10).map { $0 + 1 } ?? 0
        let end = bytes[place...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
        repeatPart(&bytes, bytes[start..<end], at: start)
    }

    private mutating func swapLines(_ bytes: inout [UInt8]) {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        let (one, other) = (
            Int.random(in: 0..<lines.count, using: &random), Int.random(in: 0..<lines.count, using: &random)
        )
        lines.swapAt(one, other)
        bytes = Array(lines.joined(separator: [10]))
    }

    /// A number that stands there becomes one at some edge.
    private mutating func replaceNumber(_ bytes: inout [UInt8], near place: Int) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Array((Self.numbers.randomElement(using: &random) ?? "").utf8))
    }

    private mutating func nest(_ bytes: inout [UInt8], at place: Int) {
        let open = ["[", "{a: ", "- ", "{\"a\":", "&a [*a, ", "(", "\"", "a*"].randomElement(using: &random) ?? "["
        let times = [3, 70, 3000].randomElement(using: &random) ?? 3
        bytes.insert(contentsOf: Array(repeating: Array(open.utf8), count: times).joined(), at: place)
    }
}
