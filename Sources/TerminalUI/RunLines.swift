import EnsembleAccess
import EnsembleModel
package import PlanExecution

/// A run's events as plain lines with their time, for logs and pipes. Pulses and copies, which come several times a second, are
/// thinned: a pulse is told where the mode changed, a copy every ten per cent.
package struct RunLines: Sendable {
    private var modes: [ServerName: Mode] = [:]
    private var copied: [String: Int] = [:]
    private var palette: Palette

    package init(palette: Palette) { self.palette = palette }

    /// No line where the event is not worth one.
    package mutating func lines(_ event: RunEvent) -> [String] {
        let time = Amounts.timestamp(event.at)
        return texts(event.kind).map { text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { safeForTerminal($0) }
            return "\(time) \(lines.joined(separator: "\n\(String(repeating: " ", count: time.count)) "))"
        }
    }

    private mutating func texts(_ kind: RunEvent.Kind) -> [String] {
        switch kind {
        case .runStarted(let run, let ensemble, let plan, let steps, let attempt):
            let what =
                switch attempt {
                case .apply: "started"
                case .resume: "resumed"
                case .rollback: "goes back"
                }
            return ["run \(run) \(what): \(plan) on \(ensemble), \(counted(steps, "step"))"]
        case .stageStarted(let name, let number): return ["stage \(number): \(name)"]
        case .stepStarted(let step, let title): return ["step \(step): \(title)"]
        case .stepFinished(let step, let outcome, let seconds):
            return ["step \(step) \(told(outcome)) after \(Amounts.took(seconds))"]
        case .actionStarted(let action, let summary, _, _): return ["  \(action) \(summary)"]
        case .waiting(let action, _, let forWhat): return ["  \(action) waiting: \(forWhat)"]
        case .copying(let action, let done, let all, let rate):
            return copying(action, done: done, all: all, rate: rate).map { ["  \(action) \($0)"] } ?? []
        case .actionFinished(let action, let change, let seconds):
            copied[action] = nil
            return ["  \(action) \(change == .already ? "was already so" : "done") after \(Amounts.took(seconds))"]
        case .pulse(let server, let pulse):
            let before = modes.updateValue(pulse.mode, forKey: server)
            guard before != pulse.mode else { return [] }
            let remark = pulse.remark.map { " (\($0))" } ?? ""
            return ["  \(server) is \(pulse.mode.rawValue)\(before.map { ", was \($0.rawValue)" } ?? "")\(remark)"]
        case .note(let text): return [text]
        case .warning(let text): return ["warning: \(text)"]
        case .failure(let step, let message, let remedy, let isWish):
            let what = isWish == true ? "stopped" : "failed"
            return ["\(what)\(step.map { " in step \($0)" } ?? ""): \(message)"] + (remedy.isEmpty ? [] : [remedy])
        case .runFinished(let run, let outcome, let seconds, let unavailable):
            let end = RunViewState.Ending(outcome: outcome, seconds: seconds, unavailableSeconds: unavailable)
            var ascii = palette
            ascii.colour = false
            return ["run \(run): \(RunView.ending(end, palette: ascii).rendered(ascii))"]
        }
    }

    private mutating func copying(_ action: String, done: Int, all: Int, rate: Double) -> String? {
        let tenth = all > 0 ? min(10, max(0, done) * 10 / all) : 0
        guard copied[action] != tenth else { return nil }
        copied[action] = tenth
        let speed = rate > 0 ? ", \(Amounts.bytes(Int(min(rate, 1e15))))/s" : ""
        return "copied \(tenth * 10)%, \(Amounts.bytes(done)) of \(Amounts.bytes(all))\(speed)"
    }

    private func told(_ outcome: StepOutcome) -> String {
        outcome == .already ? "was already done" : outcome.rawValue
    }
}

/// `1 step`, `2 steps`.
package func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}
