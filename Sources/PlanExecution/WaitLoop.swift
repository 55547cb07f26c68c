import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Waits until all conditions hold, and says all the while what is still missing.
struct WaitLoop: Sendable {
    let context: ExecutionContext
    let evaluator: ConditionEvaluator

    func wait(_ conditions: [Condition], limit: Duration, action: String) async throws(ExecutionError) {
        let servers = Array(Set(conditions.flatMap(\.servers))).sorted()
        let oldest = servers.compactMap(context.expectedVersion).min()
        let begin = context.world.monotonic()
        var lastAnswer = begin
        var pace = Pace(version: oldest)
        while true {
            let findings = await evaluator.unmet(conditions)
            if findings.isEmpty { return }
            let now = context.world.monotonic()
            // A server that does not serve has answered: that may be what is waited for. One that can't be seen has not.
            if let error = findings.compactMap(\.error).first(where: { $0.code != .notServing }) {
                if now - lastAnswer >= ExecutionContext.patience { throw ExecutionError(error) }
            } else {
                lastAnswer = now
            }
            let missing = findings.map(\.text).joined(separator: "; ")
            context.report.waiting(action, servers, for: missing)
            if now - begin >= limit {
                throw ExecutionError(
                    .waitTimedOut, "Waited \(limit.inWords), and still: \(missing).",
                    remedy: "Find the cause, then resume the run or roll it back.")
            }
            try context.checkStop(canStopHere: true)
            try await context.pause(pace.interval())
        }
    }
}
