package import EnsembleAccess
package import EnsembleModel
import Foundation

/// What happens during a run, in the order in which it happens. The journal, the live view, the log and `--json` all
/// read this one stream.
package struct RunEvent: Sendable, Codable, Hashable {
    /// Seconds since 1970, by the operator's clock.
    package var at: Double
    package var kind: Kind

    package init(at: Double, kind: Kind) {
        self.at = at
        self.kind = kind
    }

    /// As a line of the run's `events.jsonl`.
    var jsonLine: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }

    package enum Kind: Sendable, Codable, Hashable {
        case runStarted(run: String, ensemble: String, plan: String, steps: Int, attempt: RunAttempt.Kind)
        case stageStarted(name: String, number: Int)
        case stepStarted(step: String, title: String)
        /// One operation of a step, or what undoes it; several may be under way side by side. `action` is `STEP.GROUP.NUMBER`, with
        /// `undo ` before it on the way back. `step` is nil only in events that an older version wrote. `kind` is what it has in common
        /// with actions that take about as long; nil on the way back, and where nothing does.
        case actionStarted(action: String, summary: String, step: String?, kind: String? = nil)
        /// What keeps an action or a condition waiting now, in words; sent when the words change.
        case waiting(action: String, servers: [ServerName], forWhat: String)
        case copying(action: String, bytesDone: Int, bytesInAll: Int, bytesPerSecond: Double)
        case actionFinished(action: String, change: Change?, seconds: Double)
        case stepFinished(step: String, outcome: StepOutcome, seconds: Double)
        /// Sent whenever a server's pulse differs from the last one sent.
        case pulse(server: ServerName, pulse: ServerPulse)
        case note(String)
        case warning(String)
        /// `remedy` names the commands that resume or roll back. `isWish` where the run ended as the operator or the plan's window wanted,
        /// so that nothing failed.
        case failure(step: String?, message: String, remedy: String, isWish: Bool? = nil)
        /// `unavailableSeconds` is nil where it ended before it looked who leads.
        case runFinished(run: String, outcome: RunOutcome, seconds: Double, unavailableSeconds: Double?)
    }
}

package enum StepOutcome: String, Sendable, Codable {
    case done, already, failed, skipped, undone
}

package enum RunOutcome: String, Sendable, Codable {
    case succeeded, failed, stopped
    case rolledBack = "rolled-back"
    /// Only in lists of runs: no end was recorded and nobody holds the run, or somebody does.
    case interrupted, running
}
