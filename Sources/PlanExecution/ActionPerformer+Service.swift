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
        try begin(
            ActionIntent(
                changes: true, process: process, wasRunning: true, wasServing: pulse.mode.serves, zxid: pulse.zxid))
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
                .hostsDiffer,
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
        let isRestarted = isStartedAgain(server) && !context.allowances.allowsStranding(position)
        try await StopPermission(context: context, action: action.id)
            .wait(server, stopping: stopping, isRestarted: isRestarted)
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
        try begin(ActionIntent(changes: true, wasRunning: false, wasEmpty: try await isEmpty(server)))
        let change = try await self.change { () async throws(AccessError) in
            try await control.start(server, under: mutation)
        }
        context.listeners[server] = .alive
        let process = try await settled(server, settle, limit)
        return ActionResult(change: change, process: process)
    }

    /// Whether it has nothing on its disk, so that going back must leave nothing there. A server that this run stopped before is
    /// started again with what it had.
    private func isEmpty(_ server: ServerName) async throws(ExecutionError) -> Bool? {
        let history = journal.history
        let wasStopped = context.plan.everyAction.contains { other in
            if case .stop(server, _) = other.operation { history.actions[other.id] != nil } else { false }
        }
        if wasStopped { return nil }
        return try await look { () async throws(AccessError) in try await control.dataSummary(server).isEmpty }
    }

    private func settled(
        _ server: ServerName, _ settle: Settle, _ limit: Duration
    ) async throws(ExecutionError) -> ProcessIdentity? {
        let process = try await Settling(context: context).settle(server, settle, limit: limit, action: action.id)
        guard settle == .serving else { return process }
        try await TreeGuard(context: context, copies: journal.history.copies(of: context.plan)).check(server)
        return process
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
