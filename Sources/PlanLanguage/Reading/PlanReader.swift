/// Reads YAML values as what a key wants, and gathers everything that is wrong, each with its place.
///
/// Each reading function returns nil after it has reported; the caller goes on with the next key, so that all errors
/// of a file come at once.
package struct PlanReader {
    package internal(set) var diagnostics: [Diagnostic] = []
    /// Names of hosts and servers are looked up here; nil where there is no inventory to look in, and then only their form counts.
    let inventory: Inventory?
    /// Whether `$server` and `$host` could have been replaced here.
    var isInsideRolling = false

    init(inventory: Inventory? = nil) { self.inventory = inventory }

    /// Of a file of garbage only the beginning is told.
    var isFull: Bool { diagnostics.count >= 2 * InputFiles.diagnosticsLimit }

    package mutating func error(at range: SourceRange, _ message: String, hint: String? = nil) {
        guard !isFull else { return }
        diagnostics.append(Diagnostic(.error, at: range, message, hint: hint))
    }

    package mutating func warning(at range: SourceRange, _ message: String, hint: String? = nil) {
        diagnostics.append(Diagnostic(.warning, at: range, message, hint: hint))
    }

    /// Says that `value` is something else than `wanted`, such as "a duration such as 10s".
    package mutating func misfit(_ value: YAMLValue, wanted: String, hint: String? = nil) {
        guard !value.isUnknown else { return }
        error(at: value.range, "found \(value.found) where \(wanted) is wanted", hint: hint)
    }

    /// The values of a mapping by key. Keys that `rules` don't know and required ones that are missing are reported.
    package mutating func keys(of value: YAMLValue, in what: String, _ rules: [KeyRule]) -> YAMLKeys? {
        guard case .mapping(let entries) = value.content else {
            misfit(value, wanted: "a mapping with the keys of \(what)", hint: "allowed: \(list(rules.map(\.name)))")
            return nil
        }
        var keys = YAMLKeys(range: value.range)
        var misspelt: Set<String> = []
        for entry in entries {
            if rules.contains(where: { $0.name == entry.key.value }) {
                keys.entries[entry.key.value] = entry
            } else if let near = unknownKey(entry.key, in: what, allowed: rules.map(\.name)) {
                misspelt.insert(near)
            }
        }
        for rule in rules where rule.required && keys.entries[rule.name] == nil && !misspelt.contains(rule.name) {
            error(at: value.range, "\(what) needs the key `\(rule.name)`", hint: "\(rule.name): \(rule.meaning)")
        }
        for rule in rules {
            guard let entry = keys.entries[rule.name], entry.value.isNothing else { continue }
            keys.entries[rule.name] = nil
            error(at: entry.key.range, "`\(rule.name)` has no value", hint: "wanted: \(rule.shape.description)")
        }
        return keys
    }

    /// The result is the key that was probably meant.
    @discardableResult
    package mutating func unknownKey(_ key: Located<String>, in what: String, allowed: [String]) -> String? {
        guard !Variables.isUnknown(key.value), !isFull else { return nil }
        let near = nearest(key.value, among: allowed)
        error(
            at: key.range, "\(what) has no key `\(shortened(key.value))`; allowed: \(list(allowed))",
            hint: near.map { "did you mean `\($0)`?" })
        return near
    }

    /// Entries of a mapping whose keys are names.
    package mutating func entries(of value: YAMLValue, wanted: String) -> [YAMLValue.Entry]? {
        guard case .mapping(let entries) = value.content else {
            misfit(value, wanted: wanted)
            return nil
        }
        if entries.isEmpty {
            error(at: value.range, "found an empty mapping where \(wanted) is wanted")
            return nil
        }
        return entries
    }

    /// The items of a list that holds at least one.
    package mutating func items(of value: YAMLValue, wanted: String) -> [YAMLValue]? {
        guard case .list(let items) = value.content else {
            misfit(value, wanted: wanted)
            return nil
        }
        if items.isEmpty {
            error(at: value.range, "found an empty list where \(wanted) is wanted")
            return nil
        }
        return items
    }

    /// The items of a list, or the one value that stands in its place.
    package mutating func oneOrMore(_ value: YAMLValue, wanted: String) -> [YAMLValue]? {
        switch value.content {
        case .scalar where !value.isNothing: return [value]
        case .list: return items(of: value, wanted: wanted)
        default:
            misfit(value, wanted: wanted)
            return nil
        }
    }

    /// Reads each item and gives all that could be read, or nil if one could not.
    package mutating func each<Item>(
        _ values: [YAMLValue]?, _ read: (inout PlanReader, YAMLValue) -> Item?
    ) -> [Item]? {
        guard let values else { return nil }
        var items: [Item] = []
        for value in values {
            if let item = read(&self, value) { items.append(item) }
        }
        return items.count == values.count ? items : nil
    }
}

/// The entries of a mapping that has been checked against its rules.
package struct YAMLKeys {
    fileprivate(set) var entries: [String: YAMLValue.Entry] = [:]
    package let range: SourceRange

    package subscript(name: String) -> YAMLValue? { entries[name]?.value }

    func keyRange(_ name: String) -> SourceRange { entries[name]?.key.range ?? range }
}

/// `a, b or c`, each in backquotes.
func list(_ words: [String], _ conjunction: String = "or") -> String {
    let quoted = words.map { "`\($0)`" }
    guard quoted.count > 1, let last = quoted.last else { return quoted.first ?? "nothing" }
    return quoted.dropLast().joined(separator: ", ") + " \(conjunction) " + last
}
