import EnsembleModel

/// Four letter words that are not allowed, and AdminServers that could not get their port.
package enum Unobservable: Incident {
    package static let definition = IncidentDefinition(
        code: "not-observable", title: "Four letter words not allowed, AdminServer port taken",
        symptoms:
            "Monitoring goes blind after an upgrade: mntr and ruok get a refusal, or the AdminServer of another server answers.",
        recognised:
            "4lw.commands.whitelist and the version's default, unless the AdminServer stands in; `Problem starting AdminServer` in the log.",
        why: "`ruok` without `imok` reads as dead, and nobody sees how many followers are in sync.",
        remedy:
            "Set 4lw.commands.whitelist, or give the AdminServer an address and a port of its own; both need a restart.",
        plans: [.allowWords],
        source: "ZOOKEEPER-2693 (3.4.10, 3.5.3); AdminServer since 3.5.0, on 0.0.0.0:8080 by default")

    private static let wanted = ["mntr", "ruok", "conf"]

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let blind = evidence.running.filter { server in
            guard let version = server.version, let config = server.runningConfig,
                !config.isAllowed("mntr", version: version)
            else { return false }
            return version < Version(3, 5, 0) || !config.adminServer.isEnabled || server.log.has(.adminServer)
        }
        if !blind.isEmpty {
            findings.append(
                definition.finding(
                    .warning, blind.names, "mntr is not allowed, and no AdminServer stands in for it.",
                    evidence: blind.map { server in
                        let refused = wanted.filter {
                            server.runningConfig?.isAllowed($0, version: server.version ?? Version(3, 5, 3)) == false
                        }
                        let listed = server.runningConfig?["4lw.commands.whitelist"] ?? "(not set)"
                        return
                            "\(server.server) (\(server.version?.description ?? "")): 4lw.commands.whitelist=\(listed); refused: "
                            + refused.joined(separator: ", ")
                    }, plan: .allowWords,
                    command: evidence.change([
                        ("4lw.commands.whitelist", "ruok, srvr, mntr, conf, cons, stat, dirs, isro")
                    ])))
        }
        let clashing = evidence.running.filter { $0.log.has(.adminServer) }
        if !clashing.isEmpty {
            findings.append(
                definition.finding(
                    .warning, clashing.names, "The AdminServer could not start: its port was taken.",
                    evidence: clashing.flatMap { server in
                        server.log.quoted(.adminServer, last: 1).map { "\(server.server): \($0)" }
                    },
                    remedy:
                        "Give each server of the host an admin.serverPort of its own, or set admin.enableServer=false, and restart."
                ))
        }
        return findings
    }
}
