import EnsembleModel

/// The keys that `edit_config` and `edit_file` share.
enum TextEditKeys {
    static let rules: [KeyRule] = [
        KeyRule("set", .named(by: .text, .text), "keys and their new values"),
        KeyRule("remove", .oneOrMore(.text), "keys whose lines are removed; server.* is allowed"),
        KeyRule("comment", .oneOrMore(.text), "keys whose lines are commented out; server.* is allowed"),
    ]

    /// Reads the shared keys into `edit`.
    static func read(_ keys: YAMLKeys, into edit: inout TextEdit, reader: inout PlanReader) {
        if let value = keys["set"], let entries = reader.entries(of: value, wanted: "a mapping of keys and values") {
            for entry in entries {
                let isKey = isKey(entry.key, reader: &reader)
                if let text = reader.lineOrEmpty(entry.value, wanted: "a value"), isKey {
                    edit.set.append(.init(key: entry.key.value, value: text))
                }
            }
        }
        edit.remove = patterns(keys["remove"], reader: &reader)
        edit.comment = patterns(keys["comment"], reader: &reader)
        contradictions(keys, edit, reader: &reader)
    }

    private static func isKey(_ key: Located<String>, reader: inout PlanReader) -> Bool {
        guard key.value.isEmpty || key.value.contains(where: \.isNewline) || key.value.contains("*") else {
            return true
        }
        reader.error(
            at: key.range, "`\(shortened(key.value))` can't be a key", hint: "name one key in one line, without `*`")
        return false
    }

    private static func patterns(_ value: YAMLValue?, reader: inout PlanReader) -> [String] {
        guard let value else { return [] }
        return reader.texts(value, wanted: "a key") ?? []
    }

    private static func contradictions(_ keys: YAMLKeys, _ edit: TextEdit, reader: inout PlanReader) {
        let set = Set(edit.set.map(\.key))
        for (name, dropped) in [("remove", edit.remove), ("comment", edit.comment)] {
            for key in dropped where set.contains(key) {
                reader.error(at: keys.keyRange(name), "`\(shortened(key))` is set and dropped in one step")
            }
        }
        let commented = Set(edit.comment)
        for key in edit.remove where commented.contains(key) {
            reader.error(at: keys.keyRange("comment"), "`\(shortened(key))` is removed and commented out in one step")
        }
    }
}
