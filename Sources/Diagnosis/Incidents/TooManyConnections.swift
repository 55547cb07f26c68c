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
                evidence: names.flatMap { quotes[$0] ?? [] }, plan: .raiseConnections,
                command: evidence.change([("maxClientCnxns", "600")]))
        ]
    }
}
