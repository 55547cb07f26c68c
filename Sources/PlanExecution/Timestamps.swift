import Foundation

/// Times as text, in UTC.
enum Timestamps {
    /// RFC 3339, to the second.
    static func rfc3339(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded(.down)).ISO8601Format()
    }

    /// `20260111-180211`
    static func compact(_ seconds: Double) -> String {
        let text = rfc3339(seconds).filter { $0 != "-" && $0 != ":" && $0 != "Z" }
        return text.replacing("T", with: "-")
    }
}
