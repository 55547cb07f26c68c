import EnsembleModel

/// All incidents that are known, in the order of the catalogue.
package enum IncidentCatalogue {
    package static let all: [any Incident.Type] = [
        HeldByRun.self, UnreachableHost.self, NoInstallation.self, SlowSnapshot.self, DeadListener.self,
        StaleRound.self,
        SmallerIdentifier.self, BlockedPort.self,
        DataGrowth.self, TooManyConnections.self, AcceptBacklog.self, LogFile.self, EmptiedData.self, DivergedTree.self,
        RefusedConfig.self, MyidMismatch.self,
        ConfigDrift.self, EpochMismatch.self, SlowSync.self, HeapTrouble.self, LargeRequests.self,
        UnresolvedNames.self, DamagedData.self, Unobservable.self, ClockSkew.self, QuorumSize.self,
        KnownDefect.self, OpenFiles.self, SessionStorm.self, NotServing.self,
    ]

    /// What is wrong, the worst first; and what is worth knowing and nothing wrong.
    package static func diagnose(_ evidence: EnsembleEvidence) -> Diagnosed {
        var findings: [Finding] = []
        for incident in all {
            for finding in incident.findings(in: evidence) {
                if incident == NotServing.self, isExplained(finding, by: findings, evidence) { continue }
                findings.append(finding)
            }
        }
        let order = Finding.Severity.allCases
        let ranked = findings.enumerated().sorted { one, other in
            let (left, right) = (
                order.firstIndex(of: one.element.severity) ?? 0, order.firstIndex(of: other.element.severity) ?? 0
            )
            return left == right ? one.offset < other.offset : left < right
        }.map(\.element)
        return Diagnosed(
            ensemble: evidence.ensemble, findings: ranked.filter { $0.severity != .note },
            notes: ranked.filter { $0.severity == .note })
    }

    /// Another serious finding explains the servers that it names, and a dead listener those that look for a leader too.
    private static func isExplained(_ finding: Finding, by others: [Finding], _ evidence: EnsembleEvidence) -> Bool {
        let serious = others.filter { $0.severity == .critical }
        var explained = Set(serious.flatMap(\.servers))
        if serious.contains(where: { $0.code == DeadListener.definition.code }) {
            explained.formUnion(evidence.running.filter { $0.mode == .looking }.names)
        }
        return explained.isSuperset(of: finding.servers)
    }
}

/// The outcome of a diagnosis.
package struct Diagnosed: Sendable, Hashable {
    package var ensemble: String
    package var findings: [Finding]
    package var notes: [Finding]

    package init(ensemble: String, findings: [Finding], notes: [Finding] = []) {
        self.ensemble = ensemble
        self.findings = findings
        self.notes = notes
    }
}
