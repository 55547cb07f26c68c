/// What OpenSSH's client configuration says for one destination, as `ssh -G` resolves it.
struct OpenSSHConfig: Sendable, Equatable {
    private var values: [String: [String]] = [:]
    private let home: String

    /// Nil where `ssh -G` could not be run at all.
    static func resolve(
        file: String, destination: String, user: String?, port: UInt16?, home: String, host: String
    ) async throws(HostError) -> OpenSSHConfig {
        guard !destination.isEmpty, !destination.hasPrefix("-") else {
            throw HostError(
                .configurationInvalid, host: host, "«\(destination)» is not an address: correct the inventory.")
        }
        var words = ["ssh", "-G", "-F", file]
        if let user { words += ["-l", user] }
        if let port { words += ["-p", String(port)] }
        words += ["--", destination]
        let line = words
        let environment = ChildProcess.environment(home)
        let answer = await OwnThread.run { ChildProcess.run(line, environment: environment, limit: .seconds(10)) }
        guard let child = answer else {
            throw HostError(
                .configurationInvalid, host: host,
                "`\(line.joined(separator: " "))` could not be run or did not end within 10 s: install OpenSSH's client, or "
                    + "remove `config` from the inventory.")
        }
        guard child.status == 0 else {
            let reason =
                String(decoding: child.errors, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
            throw HostError(
                .configurationInvalid, host: host, "OpenSSH does not accept the configuration \(file): \(reason)")
        }
        return OpenSSHConfig(String(decoding: child.output, as: UTF8.self), home: home)
    }

    /// Reads the output of `ssh -G`: one keyword in lower case and its value a line.
    init(_ text: String, home: String) {
        self.home = home
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            values[String(parts[0]), default: []].append(String(parts[1]))
        }
    }

    var hostName: String? { one("hostname") }
    var user: String? { one("user") }
    var port: UInt16? { one("port").flatMap { UInt16($0) } }
    var hostKeyAlias: String? { one("hostkeyalias").map(expanded) }
    var identitiesOnly: Bool { one("identitiesonly") == "yes" }

    /// Key files in order. `ssh -G` lists its defaults where none is configured; those that are missing are no mistake.
    var identityFiles: [String] { (values["identityfile"] ?? []).filter { $0 != "none" }.map(expanded) }

    var knownHostsFiles: [String] {
        ["userknownhostsfile", "globalknownhostsfile"].flatMap { key in
            (one(key) ?? "").split(separator: " ").map { expanded(String($0)) }
        }
    }

    /// Hops in order.
    var jump: [String] { one("proxyjump").map { $0.split(separator: ",").map(String.init) } ?? [] }

    var proxyCommand: String? { one("proxycommand") }

    enum Agent: Equatable {
        case asGiven, none
        case socket(String)
    }

    var agent: Agent {
        switch values["identityagent"]?.first {
        case nil, "SSH_AUTH_SOCK": .asGiven
        case "none": .none
        case .some(let path): .socket(expanded(path))
        }
    }

    private func one(_ key: String) -> String? {
        values[key]?.first.flatMap { $0 == "none" ? nil : $0 }
    }

    /// `ssh -G` leaves `~` and the tokens of ssh_config(5), TOKENS, as they stand in most values.
    private func expanded(_ value: String) -> String {
        let value = value.hasPrefix("~/") ? home + value.dropFirst() : value
        var text = ""
        var characters = value.makeIterator()
        while let character = characters.next() {
            guard character == "%" else {
                text.append(character)
                continue
            }
            switch characters.next() {
            case "%": text += "%"
            case "d": text += home
            case "h", "n", "k": text += hostName ?? ""
            case "p": text += port.map(String.init) ?? "22"
            case "r": text += user ?? ""
            case .some(let other): text += "%\(other)"
            case nil: text += "%"
            }
        }
        return text
    }
}
