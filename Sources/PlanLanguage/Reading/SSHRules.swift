import EnsembleModel

/// The `ssh:` keys of an inventory.
enum SSHRules {
    static let all: [KeyRule] = [
        KeyRule("user", .text, "the user to log in as"),
        KeyRule("port", .integer(1...65535), "22 unless given"),
        KeyRule("identity_file", .oneOrMore(.path), "private keys; the agent is tried first when there is one"),
        KeyRule("known_hosts", .oneOrMore(.path), "host keys; unknown or changed ones are refused, always"),
        KeyRule("jump", .oneOrMore(.text), "hosts to go through, [user@]host[:port], in this order"),
        KeyRule("config", .path, "OpenSSH client configuration to honour"),
        KeyRule("become", .words(["none", "sudo"]), "how commands become root; none unless given"),
        KeyRule("connect_timeout", .duration, "10s unless given"),
        KeyRule("transport", .words(["libssh2", "openssh"]), "libssh2 unless given; openssh is the system's ssh"),
    ]

    /// Sets what the keys give; relative paths are relative to `file`.
    static func read(_ keys: YAMLKeys, into ssh: inout Inventory.SSH, file: String, reader: inout PlanReader) {
        func path(_ text: String) -> String { FilePath.relative(text, to: file) }
        if let value = keys["user"], let user = reader.line(value, wanted: "a user's name") {
            if user.holds(anyOf: "@:/", orSpace: true) || user.beginsWithDash {
                reader.misfit(value, wanted: "a user's name")
            }
            ssh.user = user
        }
        if let value = keys["port"] { ssh.port = reader.integer(value, in: 1...65535) ?? ssh.port }
        if let value = keys["identity_file"] {
            ssh.identityFiles = reader.texts(value, wanted: "the path of a private key")?.map(path) ?? ssh.identityFiles
        }
        if let value = keys["known_hosts"] {
            ssh.knownHosts = reader.texts(value, wanted: "the path of a known_hosts file")?.map(path) ?? ssh.knownHosts
        }
        if let value = keys["jump"] {
            let hops = reader.oneOrMore(value, wanted: "`[user@]host[:port]` or a list of them")
            ssh.jump = reader.each(hops) { jump($1, reader: &$0) } ?? ssh.jump
        }
        if let value = keys["config"] {
            ssh.config = reader.line(value, wanted: "the path of an OpenSSH client configuration").map(path)
        }
        if let value = keys["become"], let become = reader.word(value, among: ["none", "sudo"]) {
            ssh.become = become == "none" ? nil : become
        }
        if let value = keys["connect_timeout"] {
            ssh.connectTimeout = reader.positiveDuration(value) ?? ssh.connectTimeout
        }
        if let value = keys["transport"], let word = reader.word(value, among: ["libssh2", "openssh"]) {
            ssh.transport = Inventory.SSH.Transport(rawValue: word) ?? ssh.transport
        }
    }

    /// One hop, `[user@]host[:port]`, with an IPv6 address in brackets.
    private static func jump(_ value: YAMLValue, reader: inout PlanReader) -> String? {
        guard let text = reader.line(value, wanted: "`[user@]host[:port]`") else { return nil }
        var host = text[...]
        var isGood = !text.holds(anyOf: ",/", orSpace: true) && !text.beginsWithDash
        if let at = host.lastIndex(of: "@") {
            isGood = isGood && at != host.startIndex
            host = host[host.index(after: at)...]
        }
        let isBracketed = host.hasPrefix("[")
        if let colon = host.lastIndex(of: ":"), isBracketed ? host[..<colon].hasSuffix("]") : true {
            isGood = isGood && Int(host[host.index(after: colon)...]).map { (1...65535).contains($0) } == true
            host = host[..<colon]
        }
        isGood =
            isGood && !host.isEmpty && !String(host).beginsWithDash
            && (isBracketed ? host.hasSuffix("]") : !host.contains(":"))
        guard isGood else {
            reader.misfit(value, wanted: "`[user@]host[:port]`", hint: "for several hops, write a list")
            return nil
        }
        return text
    }
}

/// Paths as text.
package enum FilePath {
    /// `path` as seen from the folder of `file`. Absolute paths, and those that begin with `~`, which the executable fills in,
    /// stay as they are.
    package static func relative(_ path: String, to file: String) -> String {
        guard !path.hasPrefix("/"), path != "~", !path.hasPrefix("~/"), let slash = file.lastIndex(of: "/") else {
            return path
        }
        return file[...slash] + path
    }

    /// Without empty and `.` parts.
    static func simplified(_ path: String) -> String {
        (path.hasPrefix("/") ? "/" : "") + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
