/// A value of a YAML text with its place. A scalar stays text: what it means is decided by whoever wants it, so that
/// `3.10` can be a version and `on` a word.
package struct YAMLValue: Sendable {
    package enum Content: Sendable {
        /// `plain`: without quotes, so that nothing at all can stand for a missing value.
        case scalar(String, plain: Bool)
        case list([YAMLValue])
        case mapping([Entry])
    }

    package struct Entry: Sendable {
        package var key: Located<String>
        package var value: YAMLValue
    }

    package var content: Content
    package var range: SourceRange
    /// How many values it holds, itself included, with aliases counted each time.
    var weight: Int

    init(_ content: Content, range: SourceRange) {
        self.content = content
        self.range = range
        weight =
            switch content {
            case .scalar: 1
            case .list(let items): items.reduce(1) { $0 + $1.weight }
            case .mapping(let entries): entries.reduce(1) { $0 + 1 + $1.value.weight }
            }
    }

    /// `key:` with nothing behind it.
    var isNothing: Bool {
        if case .scalar("", plain: true) = content { true } else { false }
    }

    /// Whether it was made with a variable that is not defined; that has been reported, and is nobody else's error.
    var isUnknown: Bool { text.map(Variables.isUnknown) ?? false }

    var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// The value of a key, for the few places that look before they read.
    func value(of key: String) -> YAMLValue? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key.value == key }?.value
    }

    /// What stands there, for messages that say what was found.
    var found: String {
        switch content {
        case .scalar where isNothing: return "nothing"
        case .scalar("", _): return "an empty text"
        case .scalar(let text, _): return "`\(shortened(text))`"
        case .list: return "a list"
        case .mapping: return "a mapping"
        }
    }

    /// The same value with every scalar, keys included, passed through `change`.
    func mapScalars(_ change: (String, SourceRange) -> String) -> YAMLValue {
        switch content {
        case .scalar(let text, let plain):
            // Text that was something doesn't become a missing value by an empty variable.
            let new = change(text, range)
            return YAMLValue(.scalar(new, plain: plain && !(new.isEmpty && !text.isEmpty)), range: range)
        case .list(let items):
            return YAMLValue(.list(items.map { $0.mapScalars(change) }), range: range)
        case .mapping(let entries):
            let changed = entries.map { entry in
                Entry(
                    key: Located(change(entry.key.value, entry.key.range), entry.key.range),
                    value: entry.value.mapScalars(change))
            }
            return YAMLValue(.mapping(changed), range: range)
        }
    }
}

/// A value and the place where it was read.
package struct Located<Value: Sendable>: Sendable {
    package var value: Value
    package var range: SourceRange

    package init(_ value: Value, _ range: SourceRange) {
        self.value = value
        self.range = range
    }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}

/// The first line of `text`, at most 60 characters of it.
func shortened(_ text: String) -> String {
    let line = text.prefix { !$0.isNewline }
    return line.count < text.count || line.count > 60 ? line.prefix(60) + "…" : String(line)
}
