import EnsembleAccess
import EnsembleModel

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
                    evidence: waiting.map(quote) + waiting.compactMap(remark), plan: is36 ? nil : .rollingUpgrade,
                    command: is36 ? nil : evidence.upgrade { $0 >= Version(3, 6, 0) }))
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
