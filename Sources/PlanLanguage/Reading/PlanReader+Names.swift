package import EnsembleModel

extension PlanReader {
    /// A server of the inventory, `host@installation`.
    package mutating func server(_ value: YAMLValue) -> ServerName? {
        let wanted = "a server, written `host@installation`,"
        guard let text = line(value, wanted: wanted) else { return nil }
        if value.isUnknown || isFull || reportsRollingName(text, at: value.range) { return nil }
        guard let name = ServerName(text) else {
            let ofHost = inventory?.servers.keys.filter { $0.host == text }.sorted().map(\.description) ?? []
            if ofHost.isEmpty {
                misfit(value, wanted: wanted, hint: nearestServer(text))
            } else {
                error(
                    at: value.range, "`\(text)` is a host; a server is written `host@installation`",
                    hint: "did you mean \(list(ofHost))?")
            }
            return nil
        }
        return known(name, at: value.range)
    }

    /// `name` if the inventory has it, or if there is no inventory to ask.
    mutating func known(_ name: ServerName, at range: SourceRange) -> ServerName? {
        guard let inventory, inventory.servers[name] == nil else { return name }
        if inventory.host(name.host) == nil {
            error(
                at: range,
                "the inventory has no host `\(shortened(name.host))`, which `\(shortened(name.description))` names",
                hint: nearestServer(name.description) ?? "its hosts: \(hostNames)")
        } else {
            let installations = inventory.servers.keys.filter { $0.host == name.host }.map(\.installation).sorted()
            let near = nearest(name.installation, among: installations)
            error(
                at: range, "the host `\(name.host)` has no installation `\(shortened(name.installation))`",
                hint: near.map { "did you mean `\(name.host)@\($0)`?" }
                    ?? "it has: \(installations.joined(separator: ", "))")
        }
        return nil
    }

    package mutating func servers(_ value: YAMLValue) -> [ServerName]? {
        let values = oneOrMore(value, wanted: "a server or a list of servers, each `host@installation`,")
        let names = each(values) { $0.server($1) }
        guard let values, let names else { return nil }
        return withoutRepeats(names, values)
    }

    /// A host of the inventory.
    package mutating func host(_ value: YAMLValue) -> String? {
        guard let text = line(value, wanted: "a host") else { return nil }
        if value.isUnknown || isFull || reportsRollingName(text, at: value.range) { return nil }
        guard let inventory, inventory.host(text) == nil else { return text }
        let names = inventory.hosts.map(\.name)
        if let server = ServerName(text), names.contains(server.host) {
            error(at: value.range, "`\(text)` is a server; a host is wanted", hint: "did you mean `\(server.host)`?")
            return nil
        }
        let near = nearest(text, among: names)
        error(
            at: value.range, "the inventory has no host `\(shortened(text))`",
            hint: near.map { "did you mean `\($0)`?" } ?? "its hosts: \(hostNames)")
        return nil
    }

    package mutating func hosts(_ value: YAMLValue) -> [String]? {
        let values = oneOrMore(value, wanted: "a host or a list of hosts")
        let names = each(values) { $0.host($1) }
        guard let values, let names else { return nil }
        return withoutRepeats(names, values)
    }

    /// A name of the author's own choice that ends up in file names, locks and messages.
    package mutating func identifier(_ text: String, at range: SourceRange, what: String) -> String? {
        guard !Variables.isUnknown(text) else { return nil }
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        guard isPlain, let first = text.first, first.isLetter || first.isNumber, text.count <= 100 else {
            error(
                at: range, "`\(shortened(text))` can't be the name of \(what)",
                hint: "letters, digits, `.`, `_` and `-` are allowed, and the first must be a letter or a digit")
            return nil
        }
        return text
    }

    private mutating func withoutRepeats<Name: Hashable & CustomStringConvertible>(
        _ names: [Name], _ values: [YAMLValue]
    ) -> [Name]? {
        var seen: Set<Name> = []
        var isFree = true
        for (name, value) in zip(names, values) where !seen.insert(name).inserted {
            error(at: value.range, "`\(name)` stands in this list a second time")
            isFree = false
        }
        return isFree ? names : nil
    }

    private mutating func reportsRollingName(_ text: String, at range: SourceRange) -> Bool {
        guard !isInsideRolling, let name = RollingNames.first(in: text) else { return false }
        error(
            at: range, "`\(name)` stands for the server in turn, and there is none here",
            hint: "it may be used in the steps of `rolling` only")
        return true
    }

    private func nearestServer(_ text: String) -> String? {
        nearest(text, among: (inventory?.servers.keys).map { $0.map(\.description) } ?? []).map {
            "did you mean `\($0)`?"
        }
    }

    private var hostNames: String {
        let names = inventory?.hosts.map(\.name) ?? []
        return names.count > 12 ? names.prefix(12).joined(separator: ", ") + ", …" : names.joined(separator: ", ")
    }
}

/// `$server` and `$host`, which the steps of `rolling` are written with.
enum RollingNames {
    /// `text` with both filled in.
    static func filled(_ text: String, with server: ServerName) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            let (name, value) =
                rest.hasPrefix("$server")
                ? ("$server", server.description)
                : rest.hasPrefix("$host") ? ("$host", server.host) : ("$", "$")
            let after = rest.dropFirst(name.count)
            // `$hostname` is another name, a shell's for example.
            if name != "$", let next = after.first, next == "_" || next.isASCII && (next.isLetter || next.isNumber) {
                result += name
            } else {
                result += value
            }
            rest = after
        }
        return result + rest
    }

    static func first(in text: String) -> String? {
        let probe = ServerName(host: "\u{1}", installation: "\u{2}")
        let filled = filled(text, with: probe)
        guard filled != text else { return nil }
        return filled.contains("\u{1}@\u{2}") ? "$server" : "$host"
    }
}
