import EnsembleModel

extension Condition {
    /// One line.
    var words: String {
        switch kind {
        case .mode(let server, let modes): "\(server) is \(modes.map(\.rawValue).joined(separator: " or "))"
        case .running(let server, let runs): "\(server) \(runs ? "runs" : "doesn't run")"
        case .leader(let servers): "\(list(servers, " or ")) leads"
        case .syncedFollowers(let test, let servers):
            "synced followers \(test)" + (servers.map { " of \(list($0, ", "))" } ?? "")
        case .serving(let servers): "\(list(servers, ", ")) serve under one leader"
        case .zxid(let one, let other): "the zxid of \(one) is at least that of \(other)"
        case .version(let server, let version): "\(server) is version \(version)"
        case .reachable(let hosts, let servers, let ports):
            "\(hosts.joined(separator: ", ")) reach \(list(servers, ", ")) on "
                + ports.map(\.rawValue).joined(separator: ", ")
        case .znode(let path, let server, let exists, let children):
            "\(path) \(exists ? "exists" : "doesn't exist")\(children.map { " with children \($0)" } ?? "") through \(server)"
        case .writable(let servers): "\(list(servers, ", ")) take writes"
        case .lostWrites(let most, let source, let target):
            "at most \(most) writes of \(source) are missing at \(target)"
        case .stable(let time, let servers): "\(list(servers, ", ")) stay stable for \(time.inWords)"
        case .command(let command, let host, let succeeds): "`\(command)` \(succeeds ? "succeeds" : "fails") on \(host)"
        }
    }

    private func list(_ servers: [ServerName], _ separator: String) -> String {
        servers.map(\.description).joined(separator: separator)
    }
}
