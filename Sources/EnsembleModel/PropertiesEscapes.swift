/// The escapes of Java's `.properties` format.
enum PropertiesEscapes {
    /// As `Properties.loadConvert` reads: `\t \n \r \f \uXXXX`; a backslash before anything else is dropped.
    /// A `\u` without four hexadecimal digits, at which Java throws, is left as it stands and makes `isValid` false.
    static func unescape(_ scalars: ArraySlice<Unicode.Scalar>) -> (text: String, isValid: Bool) {
        var units: [UInt16] = []
        var isValid = true
        var rest = scalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escaped = rest.popFirst() else {
                units.append(contentsOf: UTF16.encode(scalar)!)
                continue
            }
            switch escaped {
            case "t": units.append(9)
            case "n": units.append(10)
            case "r": units.append(13)
            case "f": units.append(12)
            case "u":
                if let unit = codeUnit(rest.prefix(4)) {
                    units.append(unit)
                    rest = rest.dropFirst(4)
                } else {
                    units.append(contentsOf: "\\u".utf16)
                    isValid = false
                }
            default: units.append(contentsOf: UTF16.encode(escaped)!)
            }
        }
        return (String(decoding: units, as: UTF16.self), isValid)
    }

    static func escape(key: String) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in key.unicodeScalars {
            switch scalar {
            case " ", "=", ":": result += ["\\", scalar]
            case "#" where result.isEmpty, "!" where result.isEmpty: result += ["\\", scalar]
            default: result += escape(scalar)
            }
        }
        return result
    }

    /// - Parameter separator: what stands before the value; after blanks alone a leading `=` or `:` would be read as
    ///   the separator.
    static func escape(value: String, after separator: PropertiesLine.Separator) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in value.unicodeScalars {
            switch scalar {
            case " " where result.isEmpty: result += ["\\", scalar]
            case "=" where result.isEmpty && separator == .blanks: result += ["\\", scalar]
            case ":" where result.isEmpty && separator == .blanks: result += ["\\", scalar]
            default: result += escape(scalar)
            }
        }
        return result
    }

    /// Java reads the file as ISO-8859-1, so everything beyond ASCII is written as `\uXXXX`.
    private static func escape(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar {
        case "\\": ["\\", "\\"]
        case "\t": ["\\", "t"]
        case "\n": ["\\", "n"]
        case "\r": ["\\", "r"]
        case "\u{c}": ["\\", "f"]
        case " "..."~": [scalar]
        default: UTF16.encode(scalar)!.flatMap { unit in Array("\\u\(hexadecimal(unit))".unicodeScalars) }
        }
    }

    private static func hexadecimal(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    private static func codeUnit(_ digits: ArraySlice<Unicode.Scalar>) -> UInt16? {
        guard digits.count == 4, digits.allSatisfy({ $0.isASCII && $0.properties.isASCIIHexDigit }) else { return nil }
        return UInt16(String(String.UnicodeScalarView(digits)), radix: 16)
    }
}
