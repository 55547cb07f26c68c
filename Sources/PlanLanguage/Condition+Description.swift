import EnsembleModel

extension Condition: CustomStringConvertible {
    /// One line, as an operator would say it.
    package var description: String {
        switch kind {
        case .mode(let server, let modes): "\(server) is \(either(modes.map(\.rawValue)))"
        case .running(let server, let running): "\(server) \(running ? "runs" : "does not run")"
        case .leader(let servers): "\(either(servers.map(\.description))) leads"
        case .syncedFollowers(let test, let servers):
            "the leader\(servers.map { " among \(joined($0))" } ?? "") counts \(test) synced followers"
        case .serving(let servers): "\(joined(servers)) \(servers.count == 1 ? "serves" : "serve under one leader")"
        case .zxid(let server, let other): "the zxid of \(server) is at least that of \(other)"
        case .version(let server, let version): "\(server) is version \(version)"
        case .reachable(let from, let to, let ports):
            "\(from.joined(separator: ", ")) \(from.count == 1 ? "reaches" : "reach") "
                + "\(ports.map(\.rawValue).joined(separator: ", ")) of \(joined(to))"
        case .znode(let path, let server, let exists, let children):
            "\(path) \(exists ? "exists" : "does not exist")\(children.map { " with \($0) children" } ?? "") through \(server)"
        case .writable(let servers): "a write through \(joined(servers)) is read back through another"
        case .lostWrites(let limit, let from, let to):
            "\(limit == 0 ? "no write" : "at most \(limit) writes") committed at \(from) since the copy to \(to)"
        case .stable(let duration, let servers):
            "\(joined(servers)) \(servers.count == 1 ? "is" : "are") stable for \(duration.inWords)"
        case .command(let command, let host, let succeeds):
            "`\(shortened(command))` \(succeeds ? "succeeds" : "fails") on \(host)"
        }
    }

    private func joined(_ servers: [ServerName]) -> String { servers.map(\.description).joined(separator: ", ") }

    private func either(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
