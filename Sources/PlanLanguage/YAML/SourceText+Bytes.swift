extension SourceText {
    /// Inputs are a few kilobytes; facts of a large ensemble a few hundred.
    static let sizeLimit = 16 << 20

    /// Reads the bytes of a file as UTF-8, with or without a byte order mark. What can't be in a YAML text is told with its place.
    init(name: String, bytes: [UInt8]) throws(InvalidInput) {
        func failure(_ message: String, line: Int = 1, column: Int = 1, hint: String? = nil) -> InvalidInput {
            let range = SourceRange(file: name, line: line, column: column)
            return InvalidInput([Diagnostic(.error, at: range, message, hint: hint)])
        }
        guard bytes.count <= Self.sizeLimit else {
            throw failure("the file has \(bytes.count) bytes; at most \(Self.sizeLimit) are read")
        }
        if let encoding = Self.otherEncoding(bytes) {
            throw failure("the file is \(encoding) text", hint: "save it as UTF-8")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? bytes[3...] : bytes[...]
        if let valid = String(validating: text, as: UTF8.self) {
            self.init(name: name, text: valid)
        } else {
            let good = Self.validPrefix(text)
            let (line, column) = Self.end(of: good)
            throw failure("the file is not UTF-8 from here on", line: line, column: column, hint: "save it as UTF-8")
        }
        if let bad = self.text.unicodeScalars.firstIndex(where: { !Self.isPrintable($0) }) {
            let (line, column) = Self.end(of: String(self.text[..<bad]))
            let number = String(self.text.unicodeScalars[bad].value, radix: 16, uppercase: true)
            throw failure(
                "the control character U+\(String(repeating: "0", count: max(0, 4 - number.count)))\(number) stands here",
                line: line, column: column, hint: "remove it, or write it with an escape such as \"\\x1B\"")
        }
    }

    private static func otherEncoding(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16 or UTF-32" }
        if bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        // Without a mark: the first character of any of our files is ASCII.
        if bytes.count >= 2, bytes[0] == 0, bytes[1] != 0 { return "UTF-16" }
        if bytes.count >= 2, bytes[0] != 0, bytes[1] == 0 { return "UTF-16" }
        return nil
    }

    /// The longest beginning that is UTF-8.
    private static func validPrefix(_ bytes: ArraySlice<UInt8>) -> String {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var text = String.UnicodeScalarView()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { text.append(scalar) }
        return String(text)
    }

    /// The line and column just after `text`, from 1.
    private static func end(of text: String) -> (line: Int, column: Int) {
        let lines = SourceLines(text)
        return (lines.count, (lines.line(lines.count)?.count ?? 0) + 1)
    }

    /// YAML 1.2, production [1] c-printable.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF:
            true
        default: false
        }
    }
}
