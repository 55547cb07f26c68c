/// Text as programs in C read it, by bytes or scalars. A Character is more than one of them where a combining mark follows, so that
/// comparing Characters would miss a quote or a slash that a shell and a kernel see.
extension String {
    /// What stands between slashes; empty parts are left out.
    package var pathParts: [String] {
        utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether one of these scalars, or white space where that is wanted too, stands in the text.
    package func holds(anyOf scalars: String, orSpace: Bool = false) -> Bool {
        unicodeScalars.contains { scalars.unicodeScalars.contains($0) || (orSpace && $0.properties.isWhitespace) }
    }

    package var beginsWithDash: Bool { unicodeScalars.first == "-" }
}
