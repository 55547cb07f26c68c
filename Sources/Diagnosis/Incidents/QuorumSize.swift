import EnsembleModel

/// Numbers of voters that bear fewer failures than one would think.
package enum QuorumSize: Incident {
    package static let definition = IncidentDefinition(
        code: "quorum-size", title: "Even number of voters, observers that are counted, a quorum of one",
        symptoms: "Losing one server more than expected ends the service, or the one there is.",
        recognised: "The server lines of the leader's configuration: participants and observers, groups and weights.",
        why:
            "A quorum is more than half of the voters: four bear the loss of one server, as three do, and two or one bear none. Observers "
            + "never count.",
        remedy: "Add a voter, or make one an observer, so that the number is odd and at least three.",
        plans: [.addServer])

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        var findings: [Finding] = []
        let running = evidence.running
        if let config = evidence.config, let finding = voters(config, running, evidence.oneMore) {
            findings.append(finding)
        }
        let mistaken = running.filter { server in
            guard let line = server.ownLine, let config = server.runningConfig else { return false }
            return config.peerType != line.address.role && config["peerType"] != nil
        }
        if !mistaken.isEmpty {
            findings.append(
                definition.finding(
                    .warning, mistaken.names, "peerType and the server line say different things of who votes.",
                    evidence: mistaken.map { server in
                        "\(server.server): peerType=\(server.runningConfig?.peerType.rawValue ?? ""), its line: "
                            + (server.ownLine?.address.text ?? "")
                    },
                    remedy:
                        "The server line decides. Make `:observer` in every server's list and peerType=observer on the server agree."
                ))
        }
        return findings
    }

    private static func voters(_ config: ZooConfig, _ running: [ServerEvidence], _ oneMore: PlanCommand?) -> Finding? {
        guard case .majority(let voters, let observers) = config.quorumRule else { return nil }
        let count = voters.count
        let lines = config.members.sorted { $0.key < $1.key }.map { "server.\($0.key)=\($0.value.text)" }
        if count == 0, running.contains(where: { $0.mode == .standalone }) {
            return definition.finding(
                .warning, running.names, "A standalone server: its loss ends the service.",
                evidence: ["no server lines in the configuration"])
        }
        guard count > 0, count < 3 || count.isMultiple(of: 2) else { return nil }
        let spare = (count - 1) / 2
        let tail = observers.isEmpty ? "" : "; the \(Numbers.counted(observers.count, "observer")) never count"
        return definition.finding(
            .warning, running.names,
            "\(Numbers.counted(count, "voter")) \(count == 1 ? "bears" : "bear") the loss of "
                + "\(spare == 0 ? "none" : Numbers.counted(spare, "server"))\(count > 2 ? ", as \(count - 1) do" : "")\(tail).",
            evidence: lines, plan: .addServer, command: oneMore)
    }
}
