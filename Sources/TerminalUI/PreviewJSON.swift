import EnsembleModel
import PlanLanguage
import PlanVerification

/// `plan preview --format json`, version 1. Members keep the order in which they stand here.
struct PreviewJSON {
    let preview: Preview

    var document: String {
        let plan = preview.plan
        return JSONText.object([
            "version": .integer(1), "plan": .string(plan.name), "summary": .string(plan.summary),
            "ensemble": .string(plan.inventory.ensemble), "captured_at": .described(plan.facts?.capturedAt),
            "digest": .string(plan.digest), "verdict": .string(preview.isSafe ? "safe" : "unsafe"),
            "hazards": .array(preview.findings.hazards.map(HazardJSON.value)),
            "not_explored": .array(preview.findings.notExplored.sorted().map { .string($0.rawValue) }),
            "failures": .integer(preview.findings.failures),
            "states_explored": .integer(preview.findings.statesExplored),
            "stages": .array(preview.stages.map(stage)),
            "servers": .array(
                preview.touched.map { touched in
                    .object([
                        "server": .string(touched.server.description),
                        "changes": .array(touched.what.map { .string($0) }),
                    ])
                }),
            "command_hosts": .array(preview.commandHosts.map { .string($0) }),
            "rollback": .array(preview.rollbacks.map(rollback)),
            "changes": .optional(preview.changes) { PlanChangesText(changes: $0).json },
        ]).document
    }

    private func stage(_ stage: Preview.Stage) -> JSONText {
        .object(["name": .string(stage.name), "steps": .array(stage.steps.map(step))])
    }

    private func step(_ step: Preview.Step) -> JSONText {
        let snapshot = step.snapshot
        return .object([
            "step": .string(snapshot.id), "verb": .string(snapshot.step.verb), "title": .string(snapshot.step.title),
            "actions": .array(step.actions.map { .string($0) }),
            "order": snapshot.order.isEmpty ? .null : names(snapshot.order), "changes": names(snapshot.changed),
            "files": .array(step.files.map(file)), "quorums": .array(snapshot.ensembles.map(quorum)),
            "least_margin": .optional(snapshot.leastMargin, JSONText.integer), "undo": undo(snapshot.step.compensation),
        ])
    }

    /// `diff` is null where there is none to show; `state` says why.
    private func file(_ group: Preview.FileGroup) -> JSONText {
        let (state, note): (String, String?) =
            switch group.outcome {
            case .changed: ("changed", nil)
            case .unchanged: ("unchanged", nil)
            case .unknown: ("unknown", group.words)
            case .written: ("written", nil)
            case .refused(let reason): ("refused", reason)
            }
        return .object([
            "path": .string(group.path), "servers": names(group.servers), "state": .string(state),
            "note": .described(note), "diff": .described(group.diff),
        ])
    }

    private func quorum(_ ensemble: RunningEnsemble) -> JSONText {
        .object([
            "servers": names(ensemble.servers), "serving": .optional(ensemble.quorum?.serving, names),
            "participants": .optional(ensemble.quorum?.participants, JSONText.integer),
            "quorum": .optional(ensemble.quorum?.size, JSONText.integer),
            "margin": .optional(ensemble.quorum?.margin, JSONText.integer),
        ])
    }

    private func undo(_ compensation: Compensation) -> JSONText {
        switch compensation {
        case .nothingChanges: .object(["kind": .string("nothing"), "reason": .null])
        case .automatic: .object(["kind": .string("automatic"), "reason": .null])
        case .written: .object(["kind": .string("written"), "reason": .null])
        case .none(let reason): .object(["kind": .string("none"), "reason": .string(reason)])
        }
    }

    private func rollback(_ reach: RollbackReach) -> JSONText {
        .object([
            "point": .described(reach.point), "step": .described(reach.step),
            "remains": .array(
                reach.remains.map { .object(["step": .string($0.step), "reason": .string($0.reason)]) }),
        ])
    }

    private func names(_ servers: [ServerName]) -> JSONText { .array(servers.map { .string($0.description) }) }
}

/// A hazard, as `plan check` and `plan preview` write it.
enum HazardJSON {
    static func value(_ hazard: Hazard) -> JSONText {
        .object([
            "code": .string(hazard.code.rawValue), "severity": .string(hazard.severity.rawValue),
            "step": .described(hazard.step), "stage": .described(hazard.stage), "message": .string(hazard.message),
            "acknowledged": .bool(hazard.acknowledgedBecause != nil), "because": .described(hazard.acknowledgedBecause),
            "trace": .array(hazard.trace.map { .string($0) }),
        ])
    }
}
