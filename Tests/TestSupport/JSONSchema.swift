private import Foundation
private import Yams

/// Checks a YAML file by a JSON Schema, as an editor does: every keyword that the schemas in `schema/` use, and no other; one that it
/// doesn't know is an error, so that no schema passes by not being understood.
package struct JSONSchema {
    package struct UnknownKeyword: Error { package var name: String }

    private let root: [String: Any]

    package init(_ text: String) throws {
        root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// What is wrong with `yaml`, each with its path; empty where it is valid.
    package func faults(in yaml: String) throws -> [String] {
        guard let node = try Yams.compose(yaml: yaml) else { return ["the file is empty"] }
        return try faults(Instance(node), root, at: "")
    }

    /// A value of JSON, as YAML 1.2's core schema makes it.
    private indirect enum Instance {
        case null
        case boolean
        case number(Double)
        case string(String)
        case array([Instance])
        case object([(String, Instance)])

        init(_ node: Node) {
            switch node {
            case .sequence(let items): self = .array(items.map(Instance.init))
            case .mapping(let pairs): self = .object(pairs.map { ($0.key.string ?? "", Instance($0.value)) })
            case .scalar(let scalar) where scalar.style == .plain || scalar.style == .any:
                self = Self.plain(scalar.string)
            default: self = .string(node.string ?? "")
            }
        }

        private static func plain(_ text: String) -> Instance {
            if ["", "~", "null", "Null", "NULL"].contains(text) { return .null }
            if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(text) { return .boolean }
            if text.hasPrefix("0x"), let number = UInt64(text.dropFirst(2), radix: 16) {
                return .number(Double(number))
            }
            let isNumber = text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil
            return isNumber ? .number(Double(text) ?? 0) : .string(text)
        }

        func isOf(_ type: String) -> Bool {
            switch (self, type) {
            case (.null, "null"), (.boolean, "boolean"), (.number, "number"), (.string, "string"), (.array, "array"),
                (.object, "object"):
                true
            case (.number(let value), "integer"): value == value.rounded()
            default: false
            }
        }

        func equals(_ value: Any) -> Bool {
            switch self {
            case .string(let text): value as? String == text
            case .number(let number): (value as? NSNumber)?.doubleValue == number
            default: false
            }
        }
    }

    private func faults(_ value: Instance, _ schema: [String: Any], at path: String) throws -> [String] {
        var faults: [String] = []
        for (keyword, operand) in schema.sorted(by: { $0.key < $1.key }) {
            switch keyword {
            case "$schema", "title", "description", "definitions": continue
            case "$ref":
                let name = (operand as? String)?.split(separator: "/").last.map(String.init) ?? ""
                let definitions = root["definitions"] as? [String: [String: Any]]
                guard let target = definitions?[name] else { throw UnknownKeyword(name: "$ref to \(name)") }
                faults += try self.faults(value, target, at: path)
            case "anyOf", "oneOf":
                let results = try (operand as? [[String: Any]] ?? []).map { try self.faults(value, $0, at: path) }
                let fitting = results.count { $0.isEmpty }
                if fitting == 0 { faults.append("\(path): none of: \(results.flatMap { $0 }.joined(separator: "; "))") }
                if keyword == "oneOf", fitting > 1 { faults.append("\(path): fits \(fitting) forms") }
            case "type", "enum":
                let allowed = operand as? [Any] ?? [operand]
                let fits =
                    keyword == "enum"
                    ? allowed.contains { value.equals($0) }
                    : allowed.contains { ($0 as? String).map(value.isOf) ?? false }
                if !fits { faults.append("\(path): not of \(keyword) \(allowed)") }
            case "pattern", "minimum", "maximum": faults += try scalar(value, keyword, operand, at: path)
            case "minItems", "items": faults += try array(value, keyword, operand, at: path)
            case "properties", "required", "additionalProperties", "propertyNames":
                faults += try object(value, keyword, operand, in: schema, at: path)
            default: throw UnknownKeyword(name: keyword)
            }
        }
        return faults
    }

    private func scalar(_ value: Instance, _ keyword: String, _ operand: Any, at path: String) throws -> [String] {
        switch (value, keyword) {
        case (.string(let text), "pattern"):
            let pattern = operand as? String ?? ""
            let hit = try NSRegularExpression(pattern: pattern)
                .firstMatch(in: text, range: NSRange(text.startIndex..., in: text))
            return hit == nil ? ["\(path): `\(text)` is not \(pattern)"] : []
        case (.number(let number), "minimum"):
            let limit = (operand as? NSNumber)?.doubleValue ?? 0
            return number < limit ? ["\(path): below \(limit)"] : []
        case (.number(let number), "maximum"):
            let limit = (operand as? NSNumber)?.doubleValue ?? 0
            return number > limit ? ["\(path): above \(limit)"] : []
        default: return []
        }
    }

    private func array(_ value: Instance, _ keyword: String, _ operand: Any, at path: String) throws -> [String] {
        guard case .array(let items) = value else { return [] }
        if let least = operand as? Int, keyword == "minItems" { return items.count < least ? ["\(path): too few"] : [] }
        let schema = operand as? [String: Any] ?? [:]
        return try items.enumerated().flatMap { try faults($0.element, schema, at: "\(path)/\($0.offset)") }
    }

    private func object(
        _ value: Instance, _ keyword: String, _ operand: Any, in schema: [String: Any], at path: String
    ) throws -> [String] {
        guard case .object(let entries) = value else { return [] }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        switch keyword {
        case "required":
            let names = entries.map(\.0)
            return (operand as? [String] ?? []).filter { !names.contains($0) }.map { "\(path): needs `\($0)`" }
        case "propertyNames":
            let rule = operand as? [String: Any] ?? [:]
            return try entries.flatMap { try faults(.string($0.0), rule, at: "\(path)/\($0.0)") }
        case "properties":
            return try entries.flatMap { try faults($0.1, properties[$0.0] ?? [:], at: "\(path)/\($0.0)") }
        default:
            let others = entries.filter { properties[$0.0] == nil }
            guard let rule = operand as? [String: Any] else {
                return others.map { "\(path): no key `\($0.0)`" }
            }
            return try others.flatMap { try faults($0.1, rule, at: "\(path)/\($0.0)") }
        }
    }
}
