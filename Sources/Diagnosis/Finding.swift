package import EnsembleModel

/// Something wrong that was recognised, with what shows it and what to do.
package struct Finding: Sendable, Hashable {
    package enum Severity: String, Sendable, CaseIterable {
        /// Clients are refused now, or the next restart of any server may end the service or lose data.
        case critical
        /// It will go wrong, or takes away room for failures.
        case warning
        /// Worth knowing and nothing wrong now: it doesn't count as a finding.
        case note
    }

    /// The incident's code, as in the catalogue.
    package var code: String
    package var severity: Severity
    package var servers: [ServerName]
    /// One sentence: what is the case.
    package var summary: String
    /// What was seen, quoted.
    package var evidence: [String]
    /// Why it matters.
    package var why: String
    package var remedy: String
    package var plan: ReadyPlan?
    /// What writes that plan for this ensemble; nil where no kind of `plan new` does, or where it would refuse as things are.
    package var command: PlanCommand?

    package init(
        code: String, severity: Severity, servers: [ServerName], summary: String, evidence: [String], why: String,
        remedy: String, plan: ReadyPlan?, command: PlanCommand? = nil
    ) {
        self.code = code
        self.severity = severity
        self.servers = servers
        self.summary = summary
        self.evidence = evidence
        self.why = why
        self.remedy = remedy
        self.plan = plan
        self.command = command
    }
}

/// The plans of `plans/` that cure something.
package enum ReadyPlan: String, Sendable, CaseIterable {
    case rollingRestart = "rolling-restart"
    case rollingUpgrade = "rolling-upgrade"
    case raiseLimits = "raise-init-and-sync-limits"
    case raiseLimitsInOutage = "raise-limits-in-an-outage"
    case stagedRecovery = "staged-recovery-3-to-5"
    case restartDeaf = "restart-deaf-servers"
    case restartAll = "planned-outage"
    case restartLeader = "restart-leader"
    case setMyid = "set-myid"
    case sameConfig = "same-configuration"
    case rebuildServer = "rebuild-server"
    case enableAutopurge = "enable-autopurge"
    case raiseConnections = "raise-connection-limit"
    case allowWords = "allow-four-letter-words"
    case rotateLogs = "rotate-logs"
    case raiseHeap = "raise-heap"
    case setJavaFlags = "set-jvm-flags"
    case addServer = "add-server"

    package var path: String { "plans/\(rawValue).yaml" }
}
