import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Which server of a rolling step comes next. Who leads is looked up each time, since every restart can move the leader.
struct ServerChoice: Sendable {
    let sight: EnsembleSight

    func next(
        among remaining: [ServerName], _ order: ResolvedStep.Rolling.Order
    ) async throws(ExecutionError) -> ServerName? {
        switch order {
        case .listed: return remaining.first
        case .ascendingMyid: return try await smallestMyid(remaining)
        case .leaderLast:
            guard remaining.count > 1 else { return remaining.first }
            let pulses = await sight.pulses(remaining)
            for server in remaining {
                if case .failure(let error) = pulses[server] {
                    throw ExecutionError(error, doing: "who leads can't be looked up")
                }
            }
            return remaining.first { server in
                guard case .success(let pulse) = pulses[server] else { return false }
                return pulse.mode != .leader
            } ?? remaining.first
        }
    }

    private func smallestMyid(_ remaining: [ServerName]) async throws(ExecutionError) -> ServerName? {
        var ids: [ServerName: ServerID] = [:]
        for server in remaining {
            do throws(AccessError) {
                let process = try await sight.pulse(server).process
                ids[server] = try await sight.loaded(server, process: process).myid
            } catch {
                throw ExecutionError(error, doing: "its myid can't be read")
            }
        }
        return remaining.min { (ids[$0] ?? ServerID(.max), $0) < (ids[$1] ?? ServerID(.max), $1) }
    }
}
