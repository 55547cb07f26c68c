import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// `reachable`, `command`.
extension ConditionEvaluator {
    func reachable(
        _ hosts: [String], _ servers: [ServerName], _ kinds: [PortKind]
    ) async throws(AccessError) -> ConditionVerdict {
        let pairs = hosts.flatMap { host in servers.map { (host, $0) } }
        let results = await sideBySide(pairs) { (pair) async throws(AccessError) in
            try await control.ports(of: pair.1, from: pair.0, kinds: kinds)
        }
        var missing: [String] = []
        for (pair, result) in zip(pairs, results) {
            let ports = try result.get()
            for kind in kinds where ports[kind] != .open {
                let seen = ports[kind].map(\.rawValue) ?? "unknown"
                missing.append("the \(kind.rawValue) port of \(pair.1) from \(pair.0) is \(seen)")
            }
        }
        return missing.isEmpty ? .holds : .unmet("wanted open ports, " + missing.joined(separator: ", "))
    }

    func command(_ script: String, _ host: String, _ succeeds: Bool) async throws(AccessError) -> ConditionVerdict {
        let result = try await control.check(HostCommand(host: host, script: script))
        if (result.exitCode == 0) == succeeds { return .holds }
        let said = [result.errors, result.output].first { !$0.isEmpty }
            .map { ": \($0.prefix(200).split(whereSeparator: \.isNewline).joined(separator: " / "))" }
        let wanted = succeeds ? "to succeed" : "to fail"
        return .unmet("wanted `\(script)` \(wanted) on \(host), it exited with \(result.exitCode)\(said ?? "")")
    }
}
