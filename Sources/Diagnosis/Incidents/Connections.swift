import EnsembleAccess
import EnsembleModel

/// A client address at its limit of connections.
package enum TooManyConnections: Incident {
    package static let definition = IncidentDefinition(
        code: "too-many-connections", title: "Too many connections of one client address",
        symptoms: "Clients of one host can't connect, others can; four letter words from there get no answer either.",
        recognised:
            "Connections to the client port by address, from the kernel, against maxClientCnxns; `Too many connections from` in the log "
            + "of the last ten minutes.",
        why:
            "A server refuses further connections of that address. A client that leaks connections takes them from everybody behind the same NAT.",
        remedy:
            "Find the program on that address that opens connections and does not close them. Raise maxClientCnxns moderately only where "
            + "so many are meant.",
        plans: [.raiseConnections],
        source: "maxClientCnxns is 60 unless set, 0 is no limit")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var quotes: [ServerName: [String]] = [:]
        for server in evidence.running {
            let limit = server.runningConfig?.maxClientCnxns ?? 60
            guard limit > 0 else { continue }
            let near = (server.host?.peers ?? []).filter { $0.connections * 10 >= limit * 9 }
            let refused = server.log.recent(.tooManyConnections, seconds: 600)
            guard !near.isEmpty || !refused.isEmpty else { continue }
            quotes[server.server] =
                near.map {
                    "\(server.server): \($0.address) has \($0.connections) connections, maxClientCnxns is \(limit)"
                }
                + refused.suffix(2).map { "\(server.server): \($0.text)" }
        }
        guard !quotes.isEmpty else { return [] }
        let names = quotes.keys.sorted()
        return [
            definition.finding(
                .critical, names, "A client address is at its limit of connections.",
                evidence: names.flatMap { quotes[$0] ?? [] }, plan: .raiseConnections)
        ]
    }
}

/// Connections that the kernel has accepted and the process doesn't take fast enough, or at all.
package enum AcceptBacklog: Incident {
    package static let definition = IncidentDefinition(
        code: "accept-backlog", title: "Accept queue of the client port overflows",
        symptoms: "Connecting takes seconds or times out now and then, while open sessions are well.",
        recognised:
            "The receive queue of the listening socket, twice; overflow counters of the host; somaxconn and tcp_max_syn_backlog; "
            + "clientPortListenBacklog.",
        why:
            "The queue holds the least of the program's own backlog and somaxconn. Before 3.6 ZooKeeper's own is 50, whatever the kernel "
            + "allows: raising somaxconn and tcp_max_syn_backlog alone helps no version before 3.6.",
        remedy:
            "Fewer short connections. From 3.6 on set clientPortListenBacklog and raise net.core.somaxconn to it, then restart; before, "
            + "upgrade.",
        plans: [.rollingUpgrade],
        source: "ZOOKEEPER-974 (clientPortListenBacklog, 3.6.0)")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let waiting = evidence.running.filter { server in
            let queues = server.host?.queues ?? []
            let second = queues.filter { $0.look == 2 }.map(\.waiting).max() ?? 0
            return second * 2 >= backlog(server)
                && queues.contains { $0.look == 1 && $0.waiting * 2 >= backlog(server) }
        }
        if !waiting.isEmpty {
            let is36 = waiting.allSatisfy { ($0.version ?? Version(3, 4, 0)) >= Version(3, 6, 0) }
            findings.append(
                definition.finding(
                    .critical, waiting.names, "Connections wait at the client port and are not accepted.",
                    evidence: waiting.map(quote) + waiting.compactMap(remark), plan: is36 ? nil : .rollingUpgrade))
        }
        let capped = evidence.running.filter { server in
            guard let wanted = own(server), let allowed = server.host?.settings["somaxconn"] else { return false }
            return wanted > allowed
        }
        if !capped.isEmpty {
            findings.append(
                definition.finding(
                    .warning, capped.names,
                    "The kernel allows a shorter accept queue than clientPortListenBacklog asks for.",
                    evidence: capped.map(quote),
                    remedy: "Raise net.core.somaxconn (a `sysctl` step of a plan), then restart the server."))
        }
        return findings
    }

    private static func own(_ server: ServerEvidence) -> Int? {
        guard let version = server.version, version >= Version(3, 6, 0) else { return nil }
        return server.runningConfig?["clientPortListenBacklog"].flatMap { Int($0) }
    }

    /// Such as that the process is paused.
    private static func remark(_ server: ServerEvidence) -> String? {
        server.pulse?.remark.map { "\(server.server): \($0)" }
    }

    /// Java's default where nothing is set.
    static func backlog(_ server: ServerEvidence) -> Int {
        min(own(server) ?? 50, server.host?.settings["somaxconn"] ?? 4096)
    }

    private static func quote(_ server: ServerEvidence) -> String {
        let host = server.host
        let queue = host?.queues.last?.waiting ?? 0
        let settings = ["somaxconn", "tcp_max_syn_backlog"].compactMap { key in
            host?.settings[key].map { "\(key)=\($0)" }
        }
        let counters = (host?.counters ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "\(server.server) (\(server.version?.description ?? "?")): \(queue) wait, room for \(backlog(server)); "
            + (settings + counters).joined(separator: ", ")
    }
}
