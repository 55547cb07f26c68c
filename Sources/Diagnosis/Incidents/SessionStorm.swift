import EnsembleAccess
import EnsembleModel
import Foundation

/// Sessions that expire in bursts, and clients that the ensemble refuses for what they have seen.
package enum SessionStorm: Incident {
    package static let definition = IncidentDefinition(
        code: "session-storm", title: "Session expiry storms and client reconnect loops",
        symptoms:
            "Many clients lose their sessions at once, and all connect again at once; or clients are refused for ever.",
        recognised:
            "Many `Expiring session` lines within seconds in the last hour; `Refusing session request ... has seen zxid`.",
        why:
            "Ephemeral znodes go with their sessions, so locks and registrations are lost. A client that has seen a later zxid than the servers "
            + "have is proof that data were lost.",
        remedy:
            "Look for what made the server stand still: pauses, slow fsync, the network. Clients that are refused have to be restarted, after "
            + "finding out which server holds the later data.",
        source: "SessionTrackerImpl, ZooKeeperServer.processConnectRequest")

    /// In half a minute: fewer are clients that went away.
    static let many = 10

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let storms = evidence.running.filter { server in
            let lines = server.log.recent(.expiredSession, seconds: 3600)
            guard lines.count >= many, let first = lines[lines.count - many].time, let last = lines.last?.time else {
                return false
            }
            return last - first <= 30
        }
        if !storms.isEmpty {
            findings.append(
                definition.finding(
                    .warning, storms.names, "Sessions expired in a burst.",
                    evidence: storms.flatMap { server in
                        ["\(server.server): \(server.log.count(.expiredSession)) sessions expired in this term"]
                            + server.log.quoted(.expiredSession).map { "\(server.server): \($0)" }
                    }))
        }
        // A server that lags refuses a client of the leader's for a moment, and a client may have seen a new epoch before any
        // transaction of it; only what no server has by now was lost.
        let newest =
            evidence.servers.flatMap { [$0.pulse?.zxid, $0.newestZxid].compactMap(\.self) }.max() ?? Zxid(0)
        let refusing = evidence.running.filter { server in
            server.log.recent(.refusedSession, seconds: 3600).contains { line in
                guard let seen = seenZxid(line.text) else { return true }
                return seen > newest && seen.rawValue & 0xffff_ffff != 0
            }
        }
        if !refusing.isEmpty {
            findings.append(
                definition.finding(
                    .critical, refusing.names, "Clients have seen later data than these servers hold.",
                    evidence: refusing.flatMap { server in
                        server.log.quoted(.refusedSession).map { "\(server.server): \($0)" }
                    },
                    remedy:
                        "Find out whether data were lost: compare the zxids of all servers, and of any that is stopped. Only then restart "
                        + "the clients."))
        }
        return findings
    }

    /// Of `Refusing session request for client … as it has seen zxid 0x2 our last zxid is 0x1 …`.
    private static func seenZxid(_ line: String) -> Zxid? {
        guard let place = line.range(of: "has seen zxid 0x") else { return nil }
        return Zxid(hexadecimal: line[place.upperBound...].prefix { $0.isHexDigit })
    }
}
