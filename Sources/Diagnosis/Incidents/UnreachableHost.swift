import EnsembleAccess
import EnsembleModel

/// Hosts that can't be looked at.
package enum UnreachableHost: Incident {
    package static let definition = IncidentDefinition(
        code: "unreachable-host", title: "A host can't be looked at",
        symptoms: "zkops can't log in there, or gets no answer.",
        recognised: "The SSH session, or a command on the host that ran into its time limit.",
        why: "What is not seen may be the server that everything depends on.",
        remedy: "The evidence says what failed; `ssh` to it by hand shows the same.")

    package static func findings(in evidence: EnsembleEvidence) -> [Finding] {
        let failed = evidence.servers.filter { $0.failure != nil }
        guard !failed.isEmpty else { return [] }
        return [
            definition.finding(
                .critical, failed.names, "\(Numbers.counted(failed.count, "server")) can't be looked at.",
                evidence: failed.map { "\($0.server): \($0.failure?.message ?? "")" })
        ]
    }
}
