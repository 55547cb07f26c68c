/// How a file's bytes are made text and back without losing any: UTF-8 where they are valid UTF-8, else ISO-8859-1, in which
/// every byte is a character, as Java reads a properties file.
package enum TextEncoding: String, Sendable, Codable {
    case utf8, latin1

    package static func decode(_ bytes: [UInt8]) -> (text: String, encoding: TextEncoding) {
        if let text = String(validating: bytes, as: UTF8.self) { return (text, .utf8) }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
        return (String(scalars), .latin1)
    }

    /// nil where a character can't be written in ISO-8859-1. Values that ``PropertiesText`` writes are plain ASCII.
    package func encode(_ text: String) -> [UInt8]? {
        switch self {
        case .utf8: return Array(text.utf8)
        case .latin1:
            let bytes = text.unicodeScalars.map { UInt8(exactly: $0.value) }
            return bytes.contains(nil) ? nil : bytes.compactMap(\.self)
        }
    }
}
