/// A key that a mapping may hold. The readers check by these rules, and the reference and the JSON Schemas are made from them, so that
/// the three can't disagree.
package struct KeyRule: Sendable {
    package var name: String
    package var shape: ValueShape
    package var required: Bool
    package var meaning: String

    package init(_ name: String, _ shape: ValueShape, required: Bool = false, _ meaning: String) {
        self.name = name
        self.shape = shape
        self.required = required
        self.meaning = meaning
    }
}

/// What a value looks like in the file.
package indirect enum ValueShape: Sendable {
    case text
    /// Nothing is an empty text.
    case textOrNothing
    /// Relative to the file that holds it.
    case path
    case integer(ClosedRange<Int>)
    case boolean
    /// `500ms`, `10s`, `5m`.
    case duration
    case version
    /// Hexadecimal with `0x`; with `orNone`, `none` too.
    case zxid(orNone: Bool)
    /// `4` or `">= 2"`.
    case numberTest
    case timeOfDay
    case timestamp
    case sha256
    /// An octal file mode.
    case fileMode
    case regularExpression
    /// `host@installation`.
    case server
    case host
    case words([String])
    case conditions
    case steps
    case list(ValueShape)
    /// One, or a list of them.
    case oneOrMore(ValueShape)
    /// A mapping whose keys are names of the author's or the inventory's choice.
    case named(by: ValueShape, ValueShape)
    /// A mapping with these keys and no others.
    case keys([KeyRule])
    case either([ValueShape])

    /// A few words for references and messages.
    package var description: String {
        switch self {
        case .text: "text"
        case .textOrNothing: "text, or nothing"
        case .path: "path"
        case .integer(let range) where range.upperBound == .max: "whole number from \(range.lowerBound)"
        case .integer(let range): "whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .duration: "duration such as 10s"
        case .version: "version such as 3.4.14"
        case .zxid(let orNone): orNone ? "zxid such as 0x100004e2a, or none" : "zxid such as 0x100004e2a"
        case .numberTest: "number, or a comparison such as \">= 2\""
        case .timeOfDay: "time such as \"02:00\""
        case .timestamp: "time such as 2026-01-11T18:02:11Z"
        case .sha256: "SHA-256 sum, 64 hexadecimal digits"
        case .fileMode: "octal file mode such as 0644"
        case .regularExpression: "regular expression"
        case .server: "server, host@installation"
        case .host: "host"
        case .words(let words): words.joined(separator: " | ")
        case .conditions: "list of conditions"
        case .steps: "list of steps"
        case .list(let shape): "list (\(shape.description))"
        case .oneOrMore(let shape): "\(shape.description), or a list of them"
        case .named(let key, let value): "mapping (\(key.description): \(value.description))"
        case .keys(let rules): "{" + rules.map(\.name).joined(separator: ", ") + "}"
        case .either(let shapes): shapes.map(\.description).joined(separator: "; or ")
        }
    }
}
