package import EnsembleModel
package import PlanLanguage

/// One step as it will go when all goes well: what previews are made from.
package struct StepSnapshot: Sendable {
    package var step: ResolvedStep
    package var stage: String
    /// Counted from 1.
    package var stageNumber: Int
    /// 0 for a step of a stage, 1 for one inside a rolling step.
    package var depth: Int
    package var before: EnsembleState
    package var after: EnsembleState
    /// Running servers with their ensembles, after the step.
    package var ensembles: [RunningEnsemble]
    /// The least margin that a serving ensemble has at any moment of the step, those of its inner steps included; negative where one
    /// has no quorum for a while, nil where none serves and none did.
    package var leastMargin: Int?
    /// Servers whose files, data or process it changes, sorted.
    package var changed: [ServerName]
    package var files: [FileChange]
    /// For a rolling step: the order shown.
    package var order: [ServerName]

    package var id: String { step.id }
    package var running: [ServerName] { ensembles.flatMap(\.servers).sorted() }
}

/// What becomes of one file of one server.
package struct FileChange: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// The hunks of a unified diff, without the names.
        case changed(hunks: String)
        case unchanged
        /// What is there is not known, and so isn't what will be; says what will be done.
        case unknown(String)
        /// The whole text, put where it isn't known what was.
        case written(String)
        /// The edit can't be made.
        case refused(String)
    }

    package var server: ServerName
    /// Absolute where that is known.
    package var path: String
    package var outcome: Outcome
}
