import EnsembleAccess
import EnsembleModel

/// Ways between the servers that are closed while nobody notices: open connections live on, and new ones are only made after a restart.
package enum BlockedPort: Incident {
    package static let definition = IncidentDefinition(
        code: "blocked-port", title: "A quorum or election port can't be reached from another server",
        symptoms: "Nothing, while connections last; after a restart or a change of the leader a server never joins.",
        recognised:
            "A connection from every member's host to the election port of each other, once, closed without a byte; the host itself is asked "
            + "first, and a dead listener is left alone. The quorum port of a server that does not lead answers with a refusal where the way "
            + "is open; that of the leader is known to be open by whoever follows.",
        why:
            "Only the leader listens at its quorum port, and election connections live for months: a firewall that was closed since shows "
            + "itself at the next election, when it may leave no quorum.",
        remedy:
            "Open the way between these hosts: firewall, security groups, routes. Restart nothing before: the servers hold connections that "
            + "they could not make again.",
        source: "election and quorum ports are those of the server lines, 3888 and 2888 as a rule")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let blocked = (evidence.survey?.rows ?? []).flatMap { row in
            [PortKind.quorum, .election].filter { isBlocked(row, $0, evidence) }.map { (row, $0) }
        }
        var findings: [Finding] = []
        if !blocked.isEmpty {
            let servers = Set(blocked.map(\.0.server)).sorted()
            findings.append(
                definition.finding(
                    .critical, servers, "Other servers can't reach \(Numbers.list(servers)).",
                    evidence: blocked.map { row, kind in
                        "\(row.server) (\(row.mode.rawValue)): its \(kind.rawValue) port is \(row.ports[kind]?.rawValue ?? "") from "
                            + (row.from ?? "")
                    }))
        }
        let untried = (evidence.survey?.rows ?? []).filter { $0.from != nil && $0.failure != nil }
        if !untried.isEmpty {
            findings.append(
                definition.finding(
                    .note, Set(untried.map(\.server)).sorted(), "Some ways between the servers could not be tried.",
                    evidence: untried.map { "\($0.server) from \($0.from ?? ""): \($0.failure?.message ?? "")" },
                    remedy: "`zkops ensemble probe` says why."))
        }
        return findings
    }

    /// A server that has not begun to listen yet, or can't any more, is another incident: where nobody listens for a reason, only
    /// silence is one of the way's.
    private static func isBlocked(_ row: PortSurvey.Row, _ kind: PortKind, _ evidence: EnsembleEvidence) -> Bool {
        guard let from = row.from, from != row.server.host, let state = row.ports[kind] else { return false }
        let server = evidence.servers.first { $0.server == row.server }
        let hosts = Set(evidence.servers.filter(evidence.isMember).map(\.server.host))
        guard hosts.isSuperset(of: [from, row.server.host]), server?.pulse?.isPaused != true else { return false }
        switch (state, kind) {
        case (.filtered, _): return true
        case (.closed, .election): return server?.facts?.electionListener == .alive
        case (.closed, .quorum): return row.mode == .leader
        default: return false
        }
    }
}
