import EnsembleAccess
import EnsembleModel
package import PlanExecution

/// The objects of `--json`, one a line. Every one has `event` and, but for the last, `at` (RFC 3339, UTC).
package enum RunEventJSON {
    package static func line(_ event: RunEvent) -> String {
        var members = members(event)
        if case .runFinished = event.kind {} else { members.append(time(event)) }
        return JSONText.object(members).line
    }

    /// For whoever gets one event alone: every object has `event`, `at`, `run`, `ensemble` and `plan`.
    static func line(_ event: RunEvent, of run: RunViewState) -> String {
        let further: KeyValuePairs<String, JSONText> = [
            "run": .string(run.run), "ensemble": .string(run.ensemble), "plan": .string(run.plan),
        ]
        let members = members(event)
        let missing = further.filter { member in !members.contains { $0.name == member.key } }
        return JSONText.object(members + missing.map { .init(name: $0.key, value: $0.value) } + [time(event)]).line
    }

    private static func members(_ event: RunEvent) -> [JSONText.Member] {
        let (name, members) = parts(event.kind)
        return [.init(name: "event", value: .string(name))] + members
    }

    private static func time(_ event: RunEvent) -> JSONText.Member {
        .init(name: "at", value: .string(Amounts.timestamp(event.at, milliseconds: true)))
    }

    private static func parts(_ kind: RunEvent.Kind) -> (String, [JSONText.Member]) {
        switch kind {
        case .runStarted(let run, let ensemble, let plan, let steps, let attempt):
            return named(
                "run-started",
                [
                    "run": .string(run), "ensemble": .string(ensemble), "plan": .string(plan),
                    "steps": .integer(steps), "resumed": .bool(attempt != .apply), "attempt": .string(attempt.rawValue),
                ])
        case .stageStarted(let name, let number):
            return named("stage-started", ["stage": .string(name), "number": .integer(number)])
        case .stepStarted(let step, let title):
            return named("step-started", ["step": .string(step), "title": .string(title)])
        case .stepFinished(let step, let outcome, let seconds):
            return named(
                "step-finished",
                ["step": .string(step), "outcome": .string(outcome.rawValue), "duration_s": .number(seconds)])
        case .note(let text): return named("note", ["message": .string(text)])
        case .warning(let text): return named("warning", ["message": .string(text)])
        case .failure(let step, let message, let remedy, let isWish):
            return named(
                "failure",
                [
                    "step": .described(step), "message": .string(message), "remedy": .string(remedy),
                    "wanted": .bool(isWish ?? false),
                ])
        case .runFinished(let run, let outcome, let seconds, let unavailable):
            return named(
                "run-finished",
                [
                    "run": .string(run), "outcome": .string(outcome.rawValue), "duration_s": .number(seconds),
                    "unavailable_s": .number(unavailable ?? 0),
                ])
        case .actionStarted, .waiting, .copying, .actionFinished, .pulse: return actionParts(kind)
        }
    }

    private static func actionParts(_ kind: RunEvent.Kind) -> (String, [JSONText.Member]) {
        switch kind {
        case .actionStarted(let action, let summary, let step, _):
            return named(
                "action-started",
                ["step": .described(step), "action": .string(action), "summary": .string(summary)])
        case .waiting(let action, let servers, let forWhat):
            return named(
                "waiting",
                [
                    "action": .string(action), "servers": .array(servers.map { .string($0.description) }),
                    "for": .string(forWhat),
                ])
        case .copying(let action, let done, let all, let rate):
            return named(
                "copying",
                [
                    "action": .string(action), "bytes_done": .integer(done), "bytes_in_all": .integer(all),
                    "bytes_per_s": .number(rate),
                ])
        case .actionFinished(let action, let change, let seconds):
            return named(
                "action-finished",
                [
                    "action": .string(action), "change": .optional(change) { .string($0.rawValue) },
                    "duration_s": .number(seconds),
                ])
        case .pulse(let server, let pulse):
            return named("pulse", ["server": .string(server.description)], pulseMembers(pulse))
        default: preconditionFailure("not an action's event")
        }
    }

    private static func pulseMembers(_ pulse: ServerPulse) -> [JSONText.Member] {
        let members: KeyValuePairs<String, JSONText> = [
            "running": .bool(pulse.process != nil), "mode": .string(pulse.mode.rawValue),
            "version": .described(pulse.version), "zxid": .described(pulse.zxid),
            "synced_followers": .optional(pulse.syncedFollowers, JSONText.integer),
            "znodes": .optional(pulse.znodes, JSONText.integer),
            "connections": .optional(pulse.connections, JSONText.integer),
            "outstanding": .optional(pulse.outstanding, JSONText.integer),
            "latency_ms": .optional(pulse.latencyMilliseconds, JSONText.number),
            "source": .string(pulse.source.jsonName), "remark": .described(pulse.remark),
        ]
        return members.map { .init(name: $0.key, value: $0.value) }
    }

    private static func named(
        _ name: String, _ members: KeyValuePairs<String, JSONText>, _ more: [JSONText.Member] = []
    ) -> (String, [JSONText.Member]) {
        (name, members.map { .init(name: $0.key, value: $0.value) } + more)
    }
}

extension ServerPulse.Source {
    /// As JSON documents name it.
    var jsonName: String {
        switch self {
        case .srvr: "srvr"
        case .adminServer: "admin-server"
        case .log: "log"
        case .none: "none"
        }
    }
}
