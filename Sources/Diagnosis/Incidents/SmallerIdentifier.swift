import EnsembleAccess
import EnsembleModel

/// A server that greater myids should call back, and can't.
package enum SmallerIdentifier: Incident {
    package static let definition = IncidentDefinition(
        code: "smaller-identifier", title: "\"Have smaller server identifier, so dropping the connection\"",
        symptoms:
            "A restarted server with a small myid never joins; its log says again and again that connections are dropped.",
        recognised:
            "That line repeated for the same server, and no connection request from it afterwards; connections tried to the election port "
            + "from every host.",
        why:
            "Of two servers the one with the greater myid opens the connection. A smaller one that calls is hung up on and called back; if "
            + "the way back is closed, the two never meet.",
        remedy:
            "Open the way from the greater myids' hosts to the election port: firewall, name resolution, a dead listener. Then restart in "
            + "ascending myid, the server that nobody found before the greater ones.",
        plans: [.rollingRestart],
        source: "QuorumCnxManager.initiateConnection; normal once at a start")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let hasDeaf = evidence.running.contains { $0.facts?.electionListener == .dead }
        // Who hears of several servers has been called back.
        let hearing = StaleRound.findings(in: evidence).flatMap(\.servers)
        let stuck = evidence.running.filter { server in
            server.mode == .looking && server.pulse?.isPaused != true && server.log.count(.smallerIdentifier) >= 2
                && server.log.has(.backoff) && !hearing.contains(server.server)
        }
        guard !stuck.isEmpty, !hasDeaf else { return [] }
        let members = evidence.config?.members ?? [:]
        let quotes = stuck.flatMap { server -> [String] in
            let peers = Set(server.log[.smallerIdentifier].compactMap { peer($0.text) }).sorted()
            let silent = peers.filter { id in
                guard let address = members[id]?.host else { return true }
                return !server.log[.connectionRequest].contains { $0.text.contains(address) }
            }
            let blocked = (evidence.survey?.rows ?? []).filter { row in
                row.server == server.server && row.from != nil && row.ports[.election].map { $0 != .open } == true
            }.map { row in
                "\(server.server): from \(row.from ?? "") its election port is \(row.ports[.election]?.rawValue ?? "")"
            }
            return server.log.quoted(.smallerIdentifier, last: 2).map { "\(server.server): \($0)" }
                + (silent.isEmpty
                    ? [] : ["\(server.server): no connection request came back from \(Numbers.list(silent))"]) + blocked
        }
        return [
            definition.finding(
                .critical, stuck.names,
                "Greater myids hang up on \(Numbers.list(stuck.names)) to call back, and don't get through.",
                evidence: quotes, plan: .rollingRestart)
        ]
    }

    /// `(4, 1)` is peer and self in 3.4; `(myId:1 --> sid:4)` since.
    static func peer(_ line: String) -> ServerID? {
        if let mark = line.range(of: "sid:") {
            return Int(line[mark.upperBound...].prefix { $0.isNumber }).map(ServerID.init)
        }
        guard let open = line.lastIndex(of: "(") else { return nil }
        return Int(line[line.index(after: open)...].prefix { $0.isNumber }).map(ServerID.init)
    }
}

extension StringProtocol {
    /// The first place of a text in this one.
    func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}
