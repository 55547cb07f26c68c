import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Whether a condition holds now; otherwise what was wanted and what was seen instead.
enum ConditionVerdict: Sendable, Equatable {
    case holds
    case unmet(String)
}

/// Evaluates conditions by looking. One file a family of conditions.
struct ConditionEvaluator: Sendable {
    let context: ExecutionContext
    /// What the journal knows of copies, for `lost_writes`.
    let copies: [CopyRecord]

    var sight: EnsembleSight { context.sight }
    var control: any EnsembleControl { context.control }

    /// Every condition that does not hold. Those that only look come first, and probe writes are made only where all of
    /// them hold, so that a failed `require` has written nothing.
    func unmet(_ conditions: [Condition]) async -> [ConditionFinding] {
        let looking = conditions.filter { !$0.writesProbe }
        let findings = await findings(looking)
        if !findings.isEmpty { return findings }
        return await self.findings(conditions.filter(\.writesProbe))
    }

    private func findings(_ conditions: [Condition]) async -> [ConditionFinding] {
        let verdicts = await sideBySide(conditions) { (condition) async throws(AccessError) in
            try await verdict(condition)
        }
        return zip(conditions, verdicts).compactMap { condition, verdict in
            switch verdict {
            case .success(.holds): nil
            case .success(.unmet(let seen)): ConditionFinding(condition: condition, text: seen, error: nil)
            case .failure(let error): ConditionFinding(condition: condition, text: error.description, error: error)
            }
        }
    }

    func verdict(_ condition: Condition) async throws(AccessError) -> ConditionVerdict {
        switch condition.kind {
        case .mode(let server, let modes): try await mode(server, modes)
        case .running(let server, let wanted): try await running(server, wanted)
        case .version(let server, let version): try await self.version(server, version)
        case .leader(let servers): try await leader(servers)
        case .syncedFollowers(let test, let servers): try await syncedFollowers(test, servers)
        case .serving(let servers): try await serving(servers)
        case .writable(let servers): try await writable(servers)
        case .stable(let duration, let servers): try await stable(duration, servers)
        case .zxid(let server, let other): try await zxid(server, atLeast: other)
        case .lostWrites(let most, let source, let target): try await lostWrites(most, source, target)
        case .reachable(let hosts, let servers, let ports): try await reachable(hosts, servers, ports)
        case .znode(let path, let server, let exists, let children): try await znode(path, server, exists, children)
        case .command(let script, let host, let succeeds): try await command(script, host, succeeds)
        }
    }
}

struct ConditionFinding: Sendable {
    var condition: Condition
    /// What was wanted and what was seen instead.
    var text: String
    /// Why it could not be seen.
    var error: AccessError?
}

extension Condition {
    /// Whether finding out takes a write.
    var writesProbe: Bool {
        switch kind {
        case .serving, .writable: true
        default: false
        }
    }
}
