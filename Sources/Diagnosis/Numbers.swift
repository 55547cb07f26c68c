/// Amounts in sentences.
enum Numbers {
    static func bytes(_ count: Int) -> String {
        var amount = Double(count)
        for unit in ["bytes", "kB", "MB", "GB"] {
            if amount < 1000 { return unit == "bytes" ? "\(count) bytes" : "\(decimal(amount)) \(unit)" }
            amount /= 1000
        }
        return "\(decimal(amount)) TB"
    }

    static func seconds(_ seconds: Double) -> String { "\(decimal(seconds)) s" }

    static func percent(_ part: Int, of whole: Int) -> String {
        whole > 0 ? "\(decimal((Double(part) * 100 / Double(whole)).rounded())) %" : "-"
    }

    /// One digit after the point, none from 100 on.
    static func decimal(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return String(value) }
        if abs(value) >= 100 { return String(Int(value.rounded())) }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    static func list(_ names: some Sequence<some CustomStringConvertible>) -> String {
        names.map(\.description).joined(separator: ", ")
    }
}
