import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// Waits until a server may be stopped, or says why it may not.
struct StopPermission: Sendable {
    let context: ExecutionContext
    /// For events.
    let action: String

    /// - Parameters:
    ///   - stopping: all servers that are stopped at the same time.
    ///   - isRestarted: whether it is started again later, and must be able to join then.
    func wait(_ server: ServerName, stopping: Set<ServerName>, isRestarted: Bool) async throws(ExecutionError) {
        if isRestarted { try await mayJoinAgain(server) }
        try await waitForOthers(server, stopping)
    }

    private func mayJoinAgain(_ server: ServerName) async throws(ExecutionError) {
        let refusal = await caught { () async throws(AccessError) in
            try await ListenerGuard(context: context).refusal(toRestart: server)
        }
        switch refusal {
        case .success(nil): return
        case .success(let why?): throw refused(why, server)
        case .failure(let error): throw ExecutionError(error)
        }
    }

    /// Servers that were touched just before may still be joining: they get as long as a started one.
    private func waitForOthers(_ server: ServerName, _ stopping: Set<ServerName>) async throws(ExecutionError) {
        let stopGuard = StopGuard(sight: context.sight, maxUnavailable: context.plan.settings.maxUnavailable)
        let begin = context.world.monotonic()
        var pace = Pace(version: context.expectedVersion(server))
        while true {
            let verdict = await caught { () async throws(AccessError) in
                try await stopGuard.verdict(on: server, stopping: stopping)
            }
            switch verdict {
            case .success(.allowed): return
            case .success(.refused(let why)): throw refused(why, server)
            case .failure(let error): throw ExecutionError(error)
            case .success(.notYet(let why)):
                let waited = context.world.monotonic() - begin
                if waited >= context.plan.settings.settleTimeout { throw refused(why, server) }
                context.report.waiting(action, [server], for: why)
            }
            try context.checkStop(canStopHere: true)
            try await context.pause(pace.interval())
        }
    }

    private func refused(_ why: String, _ server: ServerName) -> ExecutionError {
        ExecutionError(
            .guardRefused, why,
            remedy: "Bring the others back first; or acknowledge the hazard for this step, if this is meant.",
            server: server)
    }
}
