/// A kind of condition: the key that tells it, its keys, and how it is read.
package struct ConditionKind: Sendable {
    /// The key that no other kind of condition has.
    package let key: String
    package let rules: [KeyRule]
    package let meaning: String
    package let example: String
    /// Reads the condition's mapping, which has been checked against the rules; reports what is wrong.
    let read: @Sendable (YAMLKeys, inout PlanReader) -> Condition.Kind?

    init(
        _ key: String, _ rules: [KeyRule], meaning: String, example: String,
        read: @escaping @Sendable (YAMLKeys, inout PlanReader) -> Condition.Kind?
    ) {
        self.key = key
        self.rules = rules
        self.meaning = meaning
        self.example = example
        self.read = read
    }

    package static let all: [ConditionKind] = [
        mode, running, leader, synced, serving, zxid, version, reachable, znode, writable, lostWrites, stable, command,
    ]
}

extension PlanReader {
    /// The conditions of `require` and `wait`: a list, or one alone.
    package mutating func conditions(_ value: YAMLValue) -> [Condition]? {
        if case .mapping = value.content { return condition(value).map { [$0] } }
        return each(items(of: value, wanted: "a list of conditions")) { $0.condition($1) }
    }

    mutating func condition(_ value: YAMLValue) -> Condition? {
        let words = ConditionKind.all.map(\.key)
        guard case .mapping(let entries) = value.content else {
            misfit(value, wanted: "a condition", hint: "a mapping such as \(ConditionKind.mode.example)")
            return nil
        }
        let kinds = ConditionKind.all.filter { kind in entries.contains { $0.key.value == kind.key } }
        guard let kind = kinds.first else {
            let known = Set(ConditionKind.all.flatMap { $0.rules.map(\.name) })
            let unknown = entries.first { !known.contains($0.key.value) }?.key
            let near = unknown.flatMap { nearest($0.value, among: words) }
            error(
                at: unknown?.range ?? value.range,
                "no condition is known by \(unknown.map { "`\(shortened($0.value))`" } ?? "these keys")",
                hint: near.map { "did you mean `\($0)`?" } ?? "conditions: \(words.joined(separator: ", "))")
            return nil
        }
        guard kinds.count == 1 else {
            let second = entries.first { $0.key.value == kinds[1].key }
            error(
                at: second?.key.range ?? value.range,
                "a condition says one thing, and here are \(list(kinds.map(\.key), "and"))",
                hint: "make each a condition of its own")
            return nil
        }
        let before = diagnostics.count
        guard let keys = keys(of: value, in: "the condition `\(kind.key)`", kind.rules),
            let read = kind.read(keys, &self)
        else {
            return nil
        }
        return diagnostics[before...].contains { $0.severity == .error } ? nil : Condition(read, range: value.range)
    }
}
