package import EnsembleModel

extension Operation {
    /// One line, in plain words.
    package var summary: String {
        switch self {
        case .require(let conditions): "require " + conditions.map(\.description).joined(separator: "; ")
        case .wait(let conditions, let limit):
            "wait at most \(limit.inWords) until " + conditions.map(\.description).joined(separator: "; ")
        case .rollbackPoint(let name): "mark the rollback point \(name)"
        case .confirm(let text): "ask the operator: \(text)"
        case .stop(let server, _): "stop \(server) and wait until its process is gone"
        case .start(let server, let settle, _): "start \(server)\(settle.suffix)"
        case .setMyid(let server, let id): "set the myid of \(server) to \(id)"
        case .editFile(let target, let edit): "edit \(target.words): \(edit.summary)"
        case .putFile(let target, let content, let mode): "write \(target.words) \(content.words)\(mode.words)"
        case .install(let server, let archive, _): "unpack \(archive) into the home of \(server)"
        case .clearData(let server): "move the data of \(server) aside into the run's backup"
        case .copyData(let source, let target): "copy the data of \(source) to \(target)"
        case .persistZnodes(let through, let from, let under):
            "write persistent copies of the ephemeral znodes \(from)\(under.map { " under \($0)" } ?? "") through \(through)"
        case .reconfig(let through, let add, let remove):
            "reconfigure through \(through): " + Self.reconfiguration(add, remove)
        case .command(let command): "on \(command.host): \(command.title)"
        }
    }

    private static func reconfiguration(_ add: [String], _ remove: [ServerID]) -> String {
        var parts: [String] = []
        if !add.isEmpty { parts.append("add " + add.joined(separator: ", ")) }
        if !remove.isEmpty { parts.append("remove " + remove.map(\.description).joined(separator: ", ")) }
        return parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
    }

    /// The servers that it acts on or looks at through one, each once, in the order in which it names them.
    package var servers: [ServerName] {
        switch self {
        case .require(let conditions), .wait(let conditions, _): unique(conditions.flatMap(\.servers))
        case .rollbackPoint, .confirm, .command: []
        case .stop(let server, _), .start(let server, _, _), .setMyid(let server, _), .install(let server, _, _),
            .clearData(let server), .persistZnodes(let server, _, _), .reconfig(let server, _, _):
            [server]
        case .editFile(let target, _), .putFile(let target, _, _): [target.server]
        case .copyData(let source, let target): unique([source, target])
        }
    }

    /// The hosts that it needs to reach, in the inventory's order.
    package func hosts(_ inventory: Inventory) -> [String] {
        var hosts = Set(servers.map(\.host))
        if case .command(let command) = self { hosts.insert(command.host) }
        if case .require(let conditions) = self { hosts.formUnion(conditions.flatMap(\.hosts)) }
        if case .wait(let conditions, _) = self { hosts.formUnion(conditions.flatMap(\.hosts)) }
        return inventory.hosts.map(\.name).filter(hosts.contains)
    }

    /// Whether it may change anything on a host or in the ensemble's data. One that is done already changes nothing all the same.
    package var changesSomething: Bool {
        switch self {
        case .require, .wait, .rollbackPoint, .confirm: false
        case .stop, .start, .setMyid, .editFile, .putFile, .install, .clearData, .copyData, .persistZnodes, .reconfig,
            .command:
            true
        }
    }
}

extension Condition {
    /// The servers that it names, each once.
    package var servers: [ServerName] {
        switch kind {
        case .mode(let server, _), .running(let server, _), .version(let server, _), .znode(_, let server, _, _):
            [server]
        case .leader(let servers), .serving(let servers), .writable(let servers), .stable(_, let servers),
            .reachable(_, let servers, _):
            unique(servers)
        case .syncedFollowers(_, let servers): unique(servers ?? [])
        case .zxid(let one, let other), .lostWrites(_, let one, let other): unique([one, other])
        case .command: []
        }
    }

    /// The hosts that it names besides those of its servers.
    package var hosts: [String] {
        switch kind {
        case .reachable(let hosts, _, _): hosts
        case .command(_, let host, _): [host]
        default: []
        }
    }
}

private func unique(_ servers: [ServerName]) -> [ServerName] {
    var seen: Set<ServerName> = []
    return servers.filter { seen.insert($0).inserted }
}

extension Settle {
    fileprivate var suffix: String {
        switch self {
        case .none: " without waiting for it"
        case .running: " and wait until its process runs"
        case .serving: " and wait until it serves"
        }
    }
}

extension EditTarget {
    /// `the configuration of zk1@v3.4.14`, `bin/zkEnv.sh of zk1@v3.4.14`
    package var words: String {
        switch self {
        case .config(let server): "the configuration of \(server)"
        case .file(let server, let path): "\(path) of \(server)"
        }
    }
}

extension TextEdit {
    /// What it changes, in one line: `set tickTime=2000; remove server.*`.
    package var summary: String {
        var parts: [String] = []
        if !remove.isEmpty { parts.append("remove " + remove.joined(separator: ", ")) }
        if !comment.isEmpty { parts.append("comment out " + comment.joined(separator: ", ")) }
        if !set.isEmpty { parts.append("set " + set.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")) }
        if let members {
            let list = members.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.host)" }
            parts.append("members " + list.joined(separator: ", "))
        }
        parts += replace.map { "replace /\($0.match)/ with \"\($0.with)\"" }
        if !append.isEmpty { parts.append("append \(append.count == 1 ? "a line" : "\(append.count) lines")") }
        return parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
    }
}

extension PutContent {
    fileprivate var words: String {
        switch self {
        case .text(let text): "(\(text.utf8.count) bytes)"
        case .file(let path, _): "from \(path)"
        }
    }
}

extension UInt16? {
    fileprivate var words: String { map { " with mode 0" + String($0, radix: 8) } ?? "" }
}

extension Duration {
    /// As plans write it: `500ms`, `10s`, `5m`.
    package var inWords: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        if milliseconds % 60_000 == 0, milliseconds > 0 { return "\(milliseconds / 60_000)m" }
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
