package import EnsembleModel

/// A plan with every name known, every variable filled in, and every step lowered to operations.
package struct ResolvedPlan: Sendable {
    package var name: String
    package var summary: String
    package var settings: PlanSettings
    package var acknowledgements: [Acknowledgement]
    package var stages: [ResolvedStage]
    package var inventory: Inventory
    /// nil where neither the plan names facts nor live ones were given.
    package var facts: EnsembleFacts?
    package var warnings: [Diagnostic]
    /// 64 hexadecimal digits over every input byte: plan, inventory, facts, variables, `put_file` sources, archives' sums
    /// (``InputDigest``).
    package var digest: String
    /// The plan file, for messages and for the run's folder.
    package var source: SourceText
    /// The variables that were given besides the plan's own (`--var`); a run's folder keeps them, so that `run resume`
    /// resolves the same plan.
    package var variables: [String: String] = [:]
    /// The files beside the plan that its steps put on hosts. A run's folder keeps them for the same reason.
    package var files: [SourceFile] = []

    package init(
        name: String, summary: String, settings: PlanSettings, acknowledgements: [Acknowledgement],
        stages: [ResolvedStage], inventory: Inventory, facts: EnsembleFacts?, warnings: [Diagnostic], digest: String,
        source: SourceText
    ) {
        self.name = name
        self.summary = summary
        self.settings = settings
        self.acknowledgements = acknowledgements
        self.stages = stages
        self.inventory = inventory
        self.facts = facts
        self.warnings = warnings
        self.digest = digest
        self.source = source
    }
}

package struct PlanSettings: Sendable, Hashable {
    package enum OnFailure: String, Sendable { case stop, rollback }

    package struct Window: Sendable, Hashable {
        /// Minutes since midnight in `timezone` (IANA name); `to` before `from` passes midnight.
        package var from: Int
        package var to: Int
        package var timezone: String

        package init(from: Int, to: Int, timezone: String) {
            self.from = from
            self.to = to
            self.timezone = timezone
        }
    }

    package var settleTimeout: Duration = .seconds(120)
    package var maxUnavailable: Int = 1
    package var onFailure: OnFailure = .stop
    package var window: Window?

    package init() {}
}

package struct Acknowledgement: Sendable, Hashable {
    package var hazard: String
    package var stage: String?
    package var step: String?
    package var because: String
    package var range: SourceRange?

    package init(hazard: String, stage: String?, step: String?, because: String, range: SourceRange?) {
        self.hazard = hazard
        self.stage = stage
        self.step = step
        self.because = because
        self.range = range
    }
}

package struct ResolvedStage: Sendable {
    package var name: String
    package var steps: [ResolvedStep]

    package init(name: String, steps: [ResolvedStep]) {
        self.name = name
        self.steps = steps
    }
}

package struct ResolvedStep: Sendable {
    /// `2.3`, or `2.3[zk6@v3.4.14].1` inside a rolling one.
    package var id: String
    package var verb: String
    /// The author's `name`, else made from the verb and its value.
    package var title: String
    package var range: SourceRange?
    package var onFailure: PlanSettings.OnFailure?
    package var compensation: Compensation
    package var body: Body

    package enum Body: Sendable {
        /// Groups one after the other; the operations of a group side by side.
        case operations([[Operation]])
        case rolling(Rolling)
    }

    package struct Rolling: Sendable {
        package enum Order: String, Sendable, CaseIterable {
            case listed
            case leaderLast = "leader_last"
            case ascendingMyid = "ascending_myid"
        }

        package var servers: [ServerName]
        package var order: Order
        /// The steps for each server, `$server` and `$host` filled in.
        package var steps: [ServerName: [ResolvedStep]]

        package init(servers: [ServerName], order: Order, steps: [ServerName: [ResolvedStep]]) {
            self.servers = servers
            self.order = order
            self.steps = steps
        }
    }

    package init(
        id: String, verb: String, title: String, range: SourceRange?, onFailure: PlanSettings.OnFailure?,
        compensation: Compensation, body: Body
    ) {
        self.id = id
        self.verb = verb
        self.title = title
        self.range = range
        self.onFailure = onFailure
        self.compensation = compensation
        self.body = body
    }
}

/// How a step kind is undone; the preview shows the ones that can't be.
package enum Compensation: Sendable, Hashable {
    /// Nothing to undo: the step only looks or asks.
    case nothingChanges
    case automatic
    /// By the `undo` that the plan's author wrote.
    case written
    case none(reason: String)
}
