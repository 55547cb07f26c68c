package import PlanLanguage

/// The JSON Schema of a kind of file, for editors: draft 7, which the YAML language server knows best.
///
/// It is made from the definitions that the reader goes by and refuses nothing that the reader accepts. The reader looks closer: at names,
/// at what contradicts itself, at ranges behind variables. Scalars may be of any type whose text the reader understands, since YAML takes
/// `3.10` for a number and `0x10` for an integer where a version and a zxid are wanted.
package struct SchemaJSON: Sendable {
    private let format: FileFormat

    package init(_ format: FileFormat) { self.format = format }

    package var document: String {
        var members: [JSONText.Member] = [
            .init(name: "$schema", value: .string("http://json-schema.org/draft-07/schema#")),
            .init(name: "title", value: .string("zkops \(format.rawValue), version 1")),
        ]
        if case .object(let mapping) = self.mapping(format.rules) { members += mapping }
        let conditions: JSONText = .anyOf([condition, ["type": "array", "minItems": 1, "items": condition]])
        switch format {
        case .plan:
            members.append(
                .init(
                    name: "definitions",
                    value: [
                        "steps": ["type": "array", "minItems": 1, "items": step], "conditions": conditions,
                        "variable": ["type": "string", "pattern": .string(Self.variable)],
                    ]))
        case .drill: members.append(.init(name: "definitions", value: ["conditions": conditions]))
        case .inventory, .facts: break
        }
        return JSONText.object(members).document
    }

    /// A text with a variable in it can be anything, once filled in.
    private static let variable = #"\$\{"#

    private func mapping(_ rules: [KeyRule]) -> JSONText {
        var members: [JSONText.Member] = [
            .init(name: "type", value: "object"),
            .init(name: "additionalProperties", value: .bool(false)),
        ]
        let required = rules.filter(\.required).map { JSONText.string($0.name) }
        if !required.isEmpty { members.append(.init(name: "required", value: .array(required))) }
        members.append(.init(name: "properties", value: .object(rules.map(property))))
        return .object(members)
    }

    private func property(_ rule: KeyRule) -> JSONText.Member {
        .init(name: rule.name, value: described(rule.shape, "\(rule.meaning) (\(rule.shape.description))"))
    }

    private func described(_ shape: ValueShape, _ description: String) -> JSONText {
        guard case .object(let members) = schema(of: shape) else { return .null }
        return .object([.init(name: "description", value: .string(description))] + members)
    }

    /// Exactly one verb, and what may stand beside it.
    private var step: JSONText {
        let verbs = StepKinds.all.map { kind in
            JSONText.Member(
                name: kind.verb,
                value: described(
                    kind.documentation.value,
                    "\(kind.documentation.summary). Example:\n\(kind.documentation.example)"))
        }
        return [
            "type": "object",
            "additionalProperties": .bool(false),
            "properties": .object(verbs + FileFormat.stepRules.map(property)),
            "oneOf": .array(StepKinds.verbs.map { ["required": .array([.string($0)])] }),
        ]
    }

    private var condition: JSONText {
        .anyOf(
            ConditionKind.all.map { kind in
                guard case .object(let members) = mapping(kind.rules) else { return .null }
                let description = "\(kind.meaning). Example: \(kind.example)"
                return .object([.init(name: "description", value: .string(description))] + members)
            })
    }

    private func schema(of shape: ValueShape) -> JSONText {
        switch shape {
        case .text, .path, .regularExpression: ["type": ["string", "number", "boolean"]]
        case .textOrNothing: ["type": ["string", "number", "boolean", "null"]]
        case .host: ["type": ["string", "number"]]
        case .server: text(#"^[^@]+@[^@]+$"#, rolling: true)
        case .integer(let range): integer(range)
        case .boolean: text("^([Tt]rue|TRUE|[Ff]alse|FALSE)$", or: "boolean")
        case .duration: text(#"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$"#)
        case .version: text(#"^[0-9]+\.[0-9]+"#, or: "number")
        case .zxid(let orNone): text(orNone ? "^(0x[0-9a-fA-F]+|none)$" : "^0x[0-9a-fA-F]+$", or: "integer")
        case .numberTest: text("[0-9]", or: "number")
        case .timeOfDay: text("^[0-9]{1,2}:[0-9]{2}$")
        case .timestamp: text(#"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"#)
        case .sha256: text("^[0-9a-fA-F]{64}$", or: "number")
        case .fileMode: text("^[0-7]{3,5}$", or: "integer")
        case .words(let words): enumeration(words)
        case .conditions: .anyOf([["$ref": "#/definitions/conditions"]])
        case .steps: .anyOf([["$ref": "#/definitions/steps"]])
        case .list(let shape): ["type": "array", "items": schema(of: shape)]
        case .oneOrMore(let shape):
            .anyOf([schema(of: shape), ["type": "array", "minItems": 1, "items": schema(of: shape)]])
        case .named(let key, let value): named(by: key, value)
        case .keys(let rules): mapping(rules)
        case .either(let shapes): .anyOf(shapes.map(schema))
        }
    }

    private func named(by key: ValueShape, _ value: ValueShape) -> JSONText {
        let values = schema(of: value)
        switch key {
        case .server:
            return ["type": "object", "propertyNames": schema(of: .server), "additionalProperties": values]
        case .integer:
            return [
                "type": "object", "propertyNames": text("^[+-]?[0-9]+$"), "additionalProperties": values,
            ]
        default: return ["type": "object", "additionalProperties": values]
        }
    }

    /// A string of this pattern, or a scalar that YAML takes for another type.
    private func text(_ pattern: String, or type: JSONText? = nil, rolling: Bool = false) -> JSONText {
        ["type": type.map { ["string", $0] } ?? "string", "pattern": .string(open(pattern, rolling: rolling))]
    }

    private func integer(_ range: ClosedRange<Int>) -> JSONText {
        var members: [JSONText.Member] = [
            .init(name: "type", value: ["integer", "string"]),
            .init(name: "minimum", value: .integer(range.lowerBound)),
        ]
        if range.upperBound != .max { members.append(.init(name: "maximum", value: .integer(range.upperBound))) }
        members.append(.init(name: "pattern", value: .string(open("^[+-]?[0-9]+$"))))
        return .object(members)
    }

    private func enumeration(_ words: [String]) -> JSONText {
        let values = words.flatMap { word in [.string(word)] + (Int(word).map { [JSONText.integer($0)] } ?? []) }
        guard format == .plan else { return ["enum": .array(values)] }
        return .anyOf([["enum": .array(values)], ["$ref": "#/definitions/variable"]])
    }

    /// Plans alone have variables, and `$server` and `$host`.
    private func open(_ pattern: String, rolling: Bool = false) -> String {
        guard format == .plan else { return pattern }
        return "\(pattern)|\(Self.variable)" + (rolling ? #"|\$(server|host)"# : "")
    }
}

extension JSONText {
    fileprivate static func anyOf(_ schemas: [JSONText]) -> JSONText { ["anyOf": .array(schemas)] }
}

extension JSONText: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(arrayLiteral elements: JSONText...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONText)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}
