import EnsembleModel

/// Configurations that ZooKeeper does not take.
package enum RefusedConfig: Incident {
    package static let definition = IncidentDefinition(
        code: "refused-configuration", title: "A configuration that the server refuses",
        symptoms: "A server ends right after its start; its log says `Invalid config, exiting abnormally`.",
        recognised:
            "That line and its cause in the log of a member that does not run; and the file itself, read as ZooKeeper reads it: numbers that "
            + "are none, server lines that can't be read, what has to be there and is not.",
        why:
            "The server can't start, so the ensemble bears one failure less; a file that was edited under a running server waits for its next restart.",
        remedy: "Correct the line that the evidence names, then start the server.",
        plans: [.sameConfig],
        source:
            "QuorumPeerConfig.parseProperties; keys that nobody knows are never reported, they become system properties"
    )

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let down = servers(in: evidence)
        // What the process was started with it has taken; only a later edit can be wrong.
        let waiting = evidence.running.filter { server in
            guard let file = server.facts?.config, let loaded = server.facts?.loadedConfig, file != loaded else {
                return false
            }
            return !errors(server).isEmpty
        }
        var findings: [Finding] = []
        if !down.isEmpty {
            findings.append(
                definition.finding(
                    .critical, down.names,
                    "\(Numbers.list(down.names)) can't start with \(down.count == 1 ? "its" : "their") configuration.",
                    evidence: down.flatMap(quotes), plan: .sameConfig))
        }
        if !waiting.isEmpty {
            findings.append(
                definition.finding(
                    .critical, waiting.names,
                    "The configuration of \(Numbers.list(waiting.names)) was changed, and the next start will be refused.",
                    evidence: waiting.flatMap(quotes), remedy: "Correct the file before anything restarts the server."))
        }
        return findings
    }

    /// Members that do not run since their configuration is refused.
    static func servers(in evidence: EnsembleEvidence) -> [ServerEvidence] {
        let emptied = EmptiedData.servers(in: evidence).names
        return evidence.missing.filter { server in
            !emptied.contains(server.server) && (refusal(server) != nil || !errors(server).isEmpty)
        }
    }

    /// The last refusal, unless the server has started since; what is wrong with myids is ``MyidMismatch``.
    private static func refusal(_ server: ServerEvidence) -> LogEvidence.Line? {
        let refusals = server.log[.configuration].filter { $0.text.contains("Invalid config") }
        // It is said on standard error too, without the cause.
        guard let last = refusals.last(where: { $0.text.contains(" | ") }) ?? refusals.last,
            !server.log[.configuration].contains(where: { MyidMismatch.isOfMyid($0.text) })
        else { return nil }
        return server.log.inOrder(.started, .looking, .elected).contains { $0.number > last.number } ? nil : last
    }

    private static func errors(_ server: ServerEvidence) -> [ConfigProblem] {
        server.fileConfig?.problems(version: server.version).filter { $0.severity == .error } ?? []
    }

    private static func quotes(_ server: ServerEvidence) -> [String] {
        (refusal(server).map { [$0.text] } ?? []).map { "\(server.server): \($0)" }
            + errors(server).map { problem in
                "\(server.server): \(server.place.configPath)\(problem.line.map { ":\($0)" } ?? ""): \(problem.sentence)"
            }
    }
}
