import EnsembleModel

/// Writes texts as YAML scalars that read back as the same text.
package enum YAMLText {
    /// Plain where that is safe in every place, else in double quotes.
    package static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "/._@+:-".unicodeScalars.contains(scalar))
            }
        guard isPlain, let first = text.first, !"@:-".contains(first), !text.hasSuffix(":") else { return quoted(text) }
        return text
    }

    /// The lines of `key: text`: a block scalar for text of several lines, where YAML can hold it so.
    package static func entry(_ key: String, _ text: String) -> [String] {
        guard text.contains("\n"), canBeBlock(text) else { return ["\(scalar(key)): \(scalar(text))"] }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let chomping: String
        if lines.last == "" {
            lines.removeLast()
            chomping = lines.last == "" ? "+" : ""
        } else {
            chomping = "-"
        }
        // Without the number, a first line that begins with a blank would be taken for deeper indentation.
        let indentation = lines.first?.first == " " ? "2" : ""
        return ["\(scalar(key)): |\(indentation)\(chomping)"] + lines.map { $0.isEmpty ? "" : "  " + $0 }
    }

    /// Not where only blanks stand in the first line, where breaks other than LF would be folded, or where characters need escapes.
    private static func canBeBlock(_ text: String) -> Bool {
        guard text.first != "\n", !text.hasPrefix("\t") else { return false }
        if let first = text.split(separator: "\n").first, first.allSatisfy({ $0 == " " }) { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0A: true
            case 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: !scalar.steers
            default: false
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let width = scalar.value <= 0xFFFF ? 4 : 8
                result += (width == 4 ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return result + "\""
    }
}
