import EnsembleAccess
package import PlanExecution

/// A run as metrics, for the textfile collector of node_exporter: the events so far, folded. A later run of the ensemble takes the series over,
/// since only `zkops_run_info` names the run.
package struct RunMetrics: Sendable {
    private var view: RunViewState
    private var steps: [(step: String, seconds: Double)] = []
    private var actions: [String: Int] = [:]
    private var finishedAt: Double?
    /// What the process is going to end with; nil while the run goes on.
    package var exitCode: Int32?

    private static let outcomes = ["changed", "already", "looked", "failed"]
    private static let states: [RunOutcome] = [.running, .succeeded, .failed, .stopped, .rolledBack]

    /// - Parameter stepsEnded: in earlier attempts.
    package init(stepsEnded: Int = 0) { view = RunViewState(stepsEnded: stepsEnded) }

    /// Whether there is a run to tell of.
    package var hasBegun: Bool { view.startedAt != nil }

    package mutating func apply(_ event: RunEvent) {
        switch event.kind {
        case .actionFinished(_, let change, _): actions[change?.rawValue ?? "looked", default: 0] += 1
        case .stepFinished(let step, let outcome, let seconds):
            if outcome == .failed {
                let open = view.openSteps.filter { $0.id == step }.flatMap(\.actions)
                actions["failed", default: 0] += open.count { $0.seconds == nil }
            }
            steps.removeAll { $0.step == step }
            steps.append((step, seconds))
        case .runFinished: finishedAt = event.at
        default: break
        }
        view.apply(event)
    }

    /// - Parameter at: seconds since 1970.
    package func text(at: Double) -> String {
        let labels = [("ensemble", view.ensemble), ("plan", view.plan)]
        var metrics = Exposition()
        metrics.gauge(
            "zkops_run_info", "Which run it is; attempt: apply, resume or rollback.",
            [(labels + [("run", view.run), ("attempt", view.attempt.rawValue)], 1)])
        let state = view.ending?.outcome ?? .running
        metrics.gauge(
            "zkops_run_state", "1 for the state that the run is in.",
            Self.states.map { (labels + [("state", $0.rawValue)], $0 == state ? 1 : 0) })
        metrics.gauge("zkops_run_steps", "How many steps the plan has.", [(labels, Double(view.steps))])
        metrics.gauge(
            "zkops_run_steps_ended", "How many of them have ended well.", [(labels, Double(view.stepsEnded))])
        metrics.gauge(
            "zkops_run_step_index", "The number of the step in hand, or of the last.",
            [(labels, Double(state == .running ? view.currentStep : max(1, view.stepsEnded)))])
        metrics.gauge(
            "zkops_run_step_duration_seconds", "How long a step took that ended in this attempt.",
            steps.map { (labels + [("step", $0.step)], $0.seconds) })
        metrics.gauge(
            "zkops_run_actions", "How many actions ended so in this attempt; already: the host was as wanted.",
            Self.outcomes.map { (labels + [("outcome", $0)], Double(actions[$0] ?? 0)) })
        metrics.gauge(
            "zkops_run_started_timestamp_seconds", "When this attempt began, since 1970.",
            view.startedAt.map { [(labels, $0)] } ?? [])
        metrics.gauge(
            "zkops_run_updated_timestamp_seconds", "When this was written, since 1970; old where the process died.",
            [(labels, at)])
        addEnd(to: &metrics, labels)
        return metrics.text
    }

    /// Only of a run that has ended.
    private func addEnd(to metrics: inout Exposition, _ labels: Exposition.Labels) {
        guard let ending = view.ending, let finishedAt else { return }
        metrics.gauge(
            "zkops_run_finished_timestamp_seconds", "When this attempt ended, since 1970.", [(labels, finishedAt)])
        metrics.gauge("zkops_run_duration_seconds", "How long this attempt took.", [(labels, ending.seconds)])
        metrics.gauge(
            "zkops_run_unavailable_seconds", "For how long no server was seen to lead.",
            [(labels, ending.unavailableSeconds ?? 0)])
        guard let exitCode else { return }
        metrics.gauge("zkops_run_exit_code", "What zkops ended with.", [(labels, Double(exitCode))])
    }
}
