import EnsembleAccess
import EnsembleModel
import PlanLanguage

/// `stop` and `start`.
extension ActionPerformer {
    func stop(_ server: ServerName, _ limit: Duration) async throws(ExecutionError) -> Outcome {
        let pulse = try await look { () async throws(AccessError) in try await sight.pulse(server) }
        if let first = earlier?.intent, first.wasRunning == true, pulse.process != first.process {
            return .done(try stopHappened(server, first, pulse))
        }
        guard let process = pulse.process else {
            let intent = ActionIntent(changes: false, wasRunning: false)
            return .done(try begin(intent, then: ActionResult(change: .already)))
        }
        if pulse.mode == .leader, leadsBeforeItsTurn { return .leaderMoved }
        try await guardStop(server)
        try begin(ActionIntent(changes: true, process: process, wasRunning: true, zxid: pulse.zxid))
        let change = try await self.change { () async throws(AccessError) in
            try await control.stop(server, process: process, limit: limit, under: mutation)
        }
        _ = try? await sight.pulse(server)
        return .done(ActionResult(change: change))
    }

    /// The process that was to be stopped is gone; what runs in its place was started later.
    private func stopHappened(
        _ server: ServerName, _ first: ActionIntent, _ pulse: ServerPulse
    ) throws(ExecutionError) -> ActionResult {
        if let other = pulse.process, !isStartedAgain(server) {
            throw ExecutionError(
                .hostChanged,
                "\(server) was being stopped when the run was interrupted, and now process \(other.pid) runs there.",
                remedy: "Find out who started it; stop it, or roll the run back.", server: server)
        }
        return try begin(first, then: ActionResult(change: .changed))
    }

    /// In a rolling step that keeps the leader for last: this one leads now, others remain, and nothing was done to it yet.
    private var leadsBeforeItsTurn: Bool {
        guard let turn = position.turn, turn.order == .leaderLast, !turn.remaining.isEmpty else { return false }
        let prefix = "\(turn.rolling)[\(turn.server)]."
        return !journal.history.actions.values.contains { $0.id.hasPrefix(prefix) && $0.mayHaveChanged }
    }

    /// Whether a later operation of the plan starts this server.
    private func isStartedAgain(_ server: ServerName) -> Bool {
        let actions = context.plan.everyAction
        guard let here = actions.firstIndex(where: { $0.id == action.id }) else { return false }
        return actions[here...].contains { later in
            if case .start(server, _, _) = later.operation { return true }
            return false
        }
    }

    private func guardStop(_ server: ServerName) async throws(ExecutionError) {
        if context.allowances.allowsQuorumLoss(position) {
            context.report.send(
                .note("\(server) is stopped without asking whether the others serve: the plan accepts it."))
            return
        }
        if isStartedAgain(server), !context.allowances.allowsStranding(position) {
            let refusal = try await look { () async throws(AccessError) in
                try await ListenerGuard(context: context).refusal(toRestart: server)
            }
            if let refusal { throw refused(refusal, server) }
        }
        try await waitForOthers(server)
    }

    /// Servers that were touched just before may still be joining: they get as long as a started one.
    private func waitForOthers(_ server: ServerName) async throws(ExecutionError) {
        let guardian = StopGuard(sight: sight, maxUnavailable: context.plan.settings.maxUnavailable)
        let begin = context.world.monotonic()
        var pace = Pace(version: context.expectedVersion(server))
        while true {
            let verdict = try await look { () async throws(AccessError) in
                try await guardian.verdict(on: server, stopping: stopping)
            }
            switch verdict {
            case .allowed: return
            case .refused(let why): throw refused(why, server)
            case .notYet(let why):
                if context.world.monotonic() - begin >= context.plan.settings.settleTimeout {
                    throw refused(why, server)
                }
                context.report.waiting(action.id, [server], for: why)
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

    // MARK: Starting

    func start(_ server: ServerName, _ settle: Settle, _ limit: Duration) async throws(ExecutionError) -> ActionResult {
        let pulse = try await look { () async throws(AccessError) in try await sight.pulse(server) }
        if pulse.process != nil {
            try begin(ActionIntent(changes: false, wasRunning: true))
            let process = try await settled(server, settle, limit)
            return ActionResult(change: .already, process: process)
        }
        try await guardPorts(server)
        try begin(ActionIntent(changes: true, wasRunning: false))
        let change = try await self.change { () async throws(AccessError) in
            try await control.start(server, under: mutation)
        }
        context.listeners[server] = .alive
        let process = try await settled(server, settle, limit)
        return ActionResult(change: change, process: process)
    }

    private func settled(
        _ server: ServerName, _ settle: Settle, _ limit: Duration
    ) async throws(ExecutionError) -> ProcessIdentity? {
        try await Settling(context: context).settle(server, settle, limit: limit, action: action.id)
    }

    /// Installations of one host share its ports.
    private func guardPorts(_ server: ServerName) async throws(ExecutionError) {
        for other in sight.installations(on: server.host) where other != server {
            let pulse = try await look { () async throws(AccessError) in try await sight.pulse(other) }
            guard let process = pulse.process else { continue }
            throw ExecutionError(
                .guardRefused,
                "\(server) is not started while \(other) runs on the same host (process \(process.pid)).",
                remedy: "Stop the one before the other starts.", server: server)
        }
    }
}
