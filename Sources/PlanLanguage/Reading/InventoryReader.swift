import EnsembleModel

/// Reads an inventory. What can be read is kept even where other parts are wrong, so that the names in a plan can be checked all the same.
struct InventoryReader {
    static let rules: [KeyRule] = [
        KeyRule("version", .words(["1"]), required: true, "version of the format, 1"),
        KeyRule("ensemble", .text, required: true, "the ensemble's name, used in locks, run ids and reports"),
        KeyRule("allow", .words(["staging"]), "staging: drills may break this ensemble on purpose"),
        KeyRule("ssh", .keys(SSHRules.all), "how hosts are reached; the same keys may stand under a host"),
        KeyRule(
            "installations", .named(by: .text, .keys(installationRules)),
            "the ZooKeeper working directories of every host"),
        KeyRule("hosts", .named(by: .text, .keys(hostRules)), required: true, "the hosts"),
    ]

    static let installationRules: [KeyRule] = [
        KeyRule("home", .text, "absolute path on the host; may hold {host} and {address}"),
        KeyRule("config", .text, "the configuration file, relative to home unless absolute; conf/zoo.cfg unless given"),
        KeyRule("service", .keys(serviceRules), "how the server is started and stopped: {start, stop} or {systemd}"),
    ]

    static let serviceRules: [KeyRule] = [
        KeyRule("start", .text, "command, relative to home; bin/zkServer.sh start unless given"),
        KeyRule("stop", .text, "command, relative to home; bin/zkServer.sh stop unless given"),
        KeyRule("systemd", .text, "the name of a systemd unit"),
    ]

    static let hostRules: [KeyRule] =
        [
            KeyRule("address", .text, required: true, "where the host is reached over SSH"),
            KeyRule("quorum_address", .text, "the address that configurations name the host by, where it differs"),
            KeyRule("installations", .named(by: .text, .keys(installationRules)), "what differs on this host"),
            KeyRule("ssh", .keys(SSHRules.all), "the same as the keys below, in a mapping of their own"),
        ] + SSHRules.all

    /// An installation as the file gives it, not yet filled in for a host.
    private struct Installation {
        var home: Located<String>?
        var config: Located<String>?
        var start: Located<String>?
        var stop: Located<String>?
        var systemd: Located<String>?

        /// What stands under a host wins; the two forms of `service` exclude each other.
        func overridden(by other: Installation) -> Installation {
            var merged = self
            merged.home = other.home ?? home
            merged.config = other.config ?? config
            if other.systemd != nil { (merged.start, merged.stop) = (nil, nil) }
            if other.start != nil || other.stop != nil { merged.systemd = nil }
            merged.systemd = other.systemd ?? merged.systemd
            merged.start = other.start ?? merged.start
            merged.stop = other.stop ?? merged.stop
            return merged
        }
    }

    private typealias Named = (name: String, value: Installation)

    private let source: SourceText
    var reader = PlanReader()
    private var installations: [Named] = []

    init(source: SourceText) { self.source = source }

    /// nil where not even the hosts' names could be read.
    mutating func read(_ root: YAMLValue) -> Inventory? {
        guard let keys = reader.keys(of: root, in: "the inventory", Self.rules) else { return nil }
        if let version = keys["version"] { reader.formatVersion(version) }
        let ensemble = keys["ensemble"].flatMap { value in
            reader.line(value, wanted: "the ensemble's name").flatMap {
                reader.identifier($0, at: value.range, what: "an ensemble")
            }
        }
        var ssh = Inventory.SSH()
        if let value = keys["ssh"], let sshKeys = reader.keys(of: value, in: "`ssh`", SSHRules.all) {
            SSHRules.read(sshKeys, into: &ssh, file: source.name, reader: &reader)
        }
        if let value = keys["installations"] { installations = readInstallations(value) }
        guard let value = keys["hosts"], let entries = reader.entries(of: value, wanted: "a mapping of hosts") else {
            return nil
        }
        var inventory = Inventory(ensemble: ensemble ?? "", hosts: [], servers: [:], source: source)
        inventory.isStaging = keys["allow"].flatMap { reader.word($0, among: ["staging"]) } != nil
        for entry in entries { readHost(entry, defaults: ssh, into: &inventory) }
        return inventory.hosts.isEmpty ? nil : inventory
    }

    private mutating func readInstallations(_ value: YAMLValue) -> [Named] {
        guard let entries = reader.entries(of: value, wanted: "a mapping of installations") else { return [] }
        return entries.compactMap { entry in
            guard reader.identifier(entry.key.value, at: entry.key.range, what: "an installation") != nil else {
                return nil
            }
            return (entry.key.value, readInstallation(entry))
        }
    }

    private mutating func readInstallation(_ entry: YAMLValue.Entry) -> Installation {
        var installation = Installation()
        let what = "the installation `\(entry.key.value)`"
        guard let keys = reader.keys(of: entry.value, in: what, Self.installationRules) else { return installation }
        installation.home = located(keys["home"], wanted: "an absolute path")
        installation.config = located(keys["config"], wanted: "a path")
        guard let value = keys["service"], let service = reader.keys(of: value, in: "`service`", Self.serviceRules)
        else {
            return installation
        }
        installation.start = located(service["start"], wanted: "a command")
        installation.stop = located(service["stop"], wanted: "a command")
        installation.systemd = located(service["systemd"], wanted: "a systemd unit")
        if installation.systemd != nil, installation.start != nil || installation.stop != nil {
            reader.error(
                at: service.keyRange("systemd"), "a service is either {start, stop} or {systemd}, not both",
                hint: "leave one of the two out")
        }
        return installation
    }

    private mutating func located(_ value: YAMLValue?, wanted: String) -> Located<String>? {
        guard let value, let text = reader.line(value, wanted: wanted) else { return nil }
        return Located(text, value.range)
    }

    private mutating func readHost(_ entry: YAMLValue.Entry, defaults: Inventory.SSH, into inventory: inout Inventory) {
        guard let name = reader.identifier(entry.key.value, at: entry.key.range, what: "a host") else { return }
        var host = Inventory.Host(name: name, address: name, quorumAddress: name, ssh: defaults)
        let keys = reader.keys(of: entry.value, in: "the host `\(name)`", Self.hostRules)
        if let keys {
            if let address = keys["address"].flatMap({ address($0) }) {
                host.address = address
                host.quorumAddress = address
            }
            if let address = keys["quorum_address"].flatMap({ address($0) }) { host.quorumAddress = address }
            SSHRules.read(keys, into: &host.ssh, file: source.name, reader: &reader)
            if let value = keys["ssh"], let nested = reader.keys(of: value, in: "`ssh`", SSHRules.all) {
                SSHRules.read(nested, into: &host.ssh, file: source.name, reader: &reader)
            }
        }
        let port = host.ssh.port ?? 22
        if let keys,
            let other = inventory.hosts.first(where: { $0.address == host.address && ($0.ssh.port ?? 22) == port })
        {
            reader.error(
                at: keys["address"]?.range ?? keys.range, "the host `\(other.name)` has this address and port too",
                hint: "two hosts of one address differ in `port`")
        }
        inventory.hosts.append(host)
        var merged = installations
        let overrides = if let value = keys?["installations"] { readInstallations(value) } else { [] as [Named] }
        for override in overrides {
            if let index = merged.firstIndex(where: { $0.name == override.name }) {
                merged[index].value = merged[index].value.overridden(by: override.value)
            } else {
                merged.append(override)
            }
        }
        if merged.isEmpty {
            reader.error(
                at: entry.key.range, "the host `\(name)` has no installation",
                hint: "name one under `installations`, at the top or under the host")
        }
        for (installation, value) in merged {
            let server = ServerName(host: name, installation: installation)
            inventory.servers[server] = place(of: server, value, on: host, at: entry.key.range)
        }
    }

    private mutating func address(_ value: YAMLValue) -> String? {
        guard let text = reader.line(value, wanted: "a host name or an address") else { return nil }
        guard !text.holds(anyOf: "/@[],'\"", orSpace: true), !text.beginsWithDash else {
            reader.misfit(
                value, wanted: "a host name or an address",
                hint: "without user, port, brackets and blanks; those have keys of their own")
            return nil
        }
        return text
    }

    private mutating func place(
        of server: ServerName, _ installation: Installation, on host: Inventory.Host, at range: SourceRange
    ) -> ServerPlace {
        func absolute(_ path: String, _ home: String) -> String { path.hasPrefix("/") ? path : home + "/" + path }
        var home = "/"
        if let value = installation.home {
            home = filled(value, host)
            if !home.hasPrefix("/") {
                reader.error(
                    at: value.range, "`home` must be an absolute path, not `\(shortened(home))`",
                    hint: "begin it with /")
            }
            while home.count > 1, home.hasSuffix("/") { home.removeLast() }
        } else {
            reader.error(
                at: range, "the installation `\(server.installation)` has no `home` on the host `\(host.name)`",
                hint: "home: an absolute path")
        }
        let config = installation.config.map { filled($0, host) } ?? "conf/zoo.cfg"
        let service: ServerPlace.Service =
            if let unit = installation.systemd {
                .systemd(unit: filled(unit, host))
            } else {
                .commands(
                    start: installation.start.map { filled($0, host) } ?? "bin/zkServer.sh start",
                    stop: installation.stop.map { filled($0, host) } ?? "bin/zkServer.sh stop")
            }
        return ServerPlace(
            name: server, address: host.address, quorumAddress: host.quorumAddress, home: home,
            configPath: absolute(config, home), service: service)
    }

    /// `{host}` and `{address}` filled in; any other name in braces is an error, `${…}` of a shell is not touched.
    private mutating func filled(_ text: Located<String>, _ host: Inventory.Host) -> String {
        var result = ""
        var rest = text.value[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = rest[rest.index(after: open)..<close]
            switch name {
            case "host": result += host.name
            case "address": result += host.address
            default:
                if !result.hasSuffix("$") {
                    let near = nearest(String(name), among: ["host", "address"])
                    reader.error(
                        at: text.range,
                        "`{\(shortened(String(name)))}` is not known here; allowed: `{host}` and `{address}`",
                        hint: near.map { "did you mean `{\($0)}`?" })
                }
                result += rest[open...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension PlanReader {
    /// All formats are at version 1.
    mutating func formatVersion(_ value: YAMLValue) {
        guard value.text != "1" else { return }
        misfit(value, wanted: "the format's version `1`", hint: "this zkops knows version 1 only")
    }
}
