package import EnsembleAccess
package import EnsembleModel

/// One line of a run's journal. A record is on disk before what it announces is done, and another after its outcome.
package struct JournalRecord: Sendable, Hashable {
    /// From 1, without gaps.
    package var number: Int
    /// Seconds since 1970, by the operator's clock.
    package var at: Double
    package var entry: JournalEntry
}

package enum JournalEntry: Sendable, Hashable, Codable {
    case runStarted(RunHeader)
    /// A process of zkops takes the run in hand: the first time, by `run resume` or by `run rollback`.
    case attemptStarted(RunAttempt)
    case stepBegan(step: String)
    /// The next server of a `rolling` step; kept, since who leads can be another on the next look.
    case serverChosen(step: String, server: ServerName)
    /// The choice is taken back before anything was done to the server.
    case choiceDropped(step: String, server: ServerName)
    case actionBegan(action: String, intent: ActionIntent)
    case actionEnded(action: String, result: ActionResult)
    /// What it did on the host before it failed is not known; resuming looks.
    case actionFailed(action: String, failure: ExecutionError)
    case stepEnded(step: String, outcome: StepOutcome)
    /// `to` is a rollback point; nil is the start of the run.
    case rollbackBegan(to: String?, acceptLostWrites: Bool)
    /// `undo` is the action's id, with a suffix where undoing one takes several.
    case undoBegan(undo: String, intent: ActionIntent)
    case undoEnded(undo: String, change: Change?)
    case runEnded(RunEnd)
}

package struct RunHeader: Sendable, Hashable, Codable {
    package var run: String
    package var ensemble: String
    package var plan: String
    package var digest: String
}

package struct RunAttempt: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable { case apply, resume, rollback }

    package var kind: Kind
    package var operatorName: String
    package var machine: String
    package var processID: Int32
}

/// What was seen before an action, so that what it had done can be told by looking again.
package struct ActionIntent: Sendable, Hashable, Codable {
    /// Whether the action is about to change something on a host.
    package var changes: Bool
    /// For a stop: the process that is to end. Another one in its place means that the stop happened. For a file that is put back: the
    /// process that runs with what is undone.
    package var process: ProcessIdentity?
    package var wasRunning: Bool?
    /// For a stop: whether it led, followed or observed.
    package var wasServing: Bool?
    /// For a start: whether there was nothing on its disk.
    package var wasEmpty: Bool?
    /// For a stop or a copy: the last transaction that the server, or the source of the copy, said it had.
    package var zxid: Zxid?
    /// For a copy: what was there to copy. Nothing that is written later can be in it.
    package var source: DataSummary?
    /// For a copy of a serving source: its znodes, and those among them that may go with their sessions.
    package var znodes: Int?
    package var ephemerals: Int?
    /// For `persist_znodes`: the paths that were to be written.
    package var paths: [String]?
    /// For a `reconfig`: the server lines of the members that it removes.
    package var removedMembers: [String]?

    package init(
        changes: Bool, process: ProcessIdentity? = nil, wasRunning: Bool? = nil, wasServing: Bool? = nil,
        wasEmpty: Bool? = nil, zxid: Zxid? = nil, source: DataSummary? = nil, znodes: Int? = nil,
        ephemerals: Int? = nil, paths: [String]? = nil, removedMembers: [String]? = nil
    ) {
        self.changes = changes
        self.process = process
        self.wasRunning = wasRunning
        self.wasServing = wasServing
        self.wasEmpty = wasEmpty
        self.zxid = zxid
        self.source = source
        self.znodes = znodes
        self.ephemerals = ephemerals
        self.paths = paths
        self.removedMembers = removedMembers
    }
}

package struct ActionResult: Sendable, Hashable, Codable {
    /// nil where the action only looks or asks.
    package var change: Change?
    /// The process that runs after a start.
    package var process: ProcessIdentity?
    /// Znodes that were written.
    package var paths: [String]?
    package var seconds: Double

    package init(
        change: Change? = nil, process: ProcessIdentity? = nil, paths: [String]? = nil, seconds: Double = 0
    ) {
        self.change = change
        self.process = process
        self.paths = paths
        self.seconds = seconds
    }
}

package struct RunEnd: Sendable, Hashable, Codable {
    package var outcome: RunOutcome
    package var failure: ExecutionError?
    package var seconds: Double
    package var unavailableSeconds: Double
}
