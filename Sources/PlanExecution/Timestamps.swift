import Foundation

/// Times as text, in UTC.
package enum Timestamps {
    /// RFC 3339, to the second.
    static func rfc3339(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded(.down)).ISO8601Format()
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
