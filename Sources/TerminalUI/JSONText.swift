import EnsembleModel

/// A JSON document whose members keep the order in which the documentation lists them (RFC 8259).
package indirect enum JSONText: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Written with at most three digits after the point.
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([Member])

    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: JSONText
    }

    package static func object(_ members: KeyValuePairs<String, JSONText>) -> JSONText {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    /// null where there is no value.
    package static func optional<Value>(_ value: Value?, _ make: (Value) -> JSONText) -> JSONText {
        value.map(make) ?? .null
    }

    /// A string, or null.
    package static func described(_ value: (some CustomStringConvertible)?) -> JSONText {
        value.map { .string($0.description) } ?? .null
    }

    /// On one line, without spaces.
    package var line: String {
        switch self {
        case .array(let elements): "[" + elements.map(\.line).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.name)):\($0.value.line)" }.joined(separator: ",") + "}"
        default: scalar
        }
    }

    /// On many lines, indented by two spaces a level.
    package var document: String { indented(by: "") + "\n" }

    private func indented(by margin: String) -> String {
        let inner = margin + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + $0.indented(by: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(margin)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { "\(inner)\(Self.quoted($0.name)): \($0.value.indented(by: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(margin)}"
        default: return line
        }
    }

    private var scalar: String {
        switch self {
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .number(let value): Self.digits(value)
        case .string(let value): Self.quoted(value)
        default: "null"
        }
    }

    private static func digits(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        guard abs(value) < 1e15 else { return String(value) }
        var text = Amounts.decimal(value, places: 3)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            // Most of these are valid JSON, but a terminal may show this text.
            case _ where scalar.steers:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
