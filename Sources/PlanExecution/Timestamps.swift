import Foundation

/// Times as text, in UTC.
package enum Timestamps {
    /// RFC 3339, to the second or the millisecond that has begun.
    static func rfc3339(_ seconds: Double, milliseconds: Bool = false) -> String {
        let text = Date(timeIntervalSince1970: seconds.rounded(.down)).ISO8601Format()
        guard milliseconds else { return text }
        let fraction = Int((seconds * 1000).rounded(.down)) - Int(seconds.rounded(.down)) * 1000
        return text.dropLast() + ".\(String(1000 + fraction).dropFirst())Z"
    }

    /// Seconds since 1970 of what ``rfc3339(_:)`` wrote.
    static func seconds(_ text: String) -> Double? {
        (try? Date(text, strategy: .iso8601)).map(\.timeIntervalSince1970)
    }

    /// `20260111-180211`
    package static func compact(_ seconds: Double) -> String {
        let text = rfc3339(seconds).filter { $0 != "-" && $0 != ":" && $0 != "Z" }
        return text.replacing("T", with: "-")
    }
}
