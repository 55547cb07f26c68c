package import PlanExecution

/// How a drill went.
package struct DrillResult: Sendable, Codable, Hashable {
    /// One of the things that were expected.
    package struct Check: Sendable, Codable, Hashable {
        package var what: String
        package var wanted: String
        package var found: String
        package var isMet: Bool

        package init(_ what: String, wanted: String, found: String, isMet: Bool) {
            self.what = what
            self.wanted = wanted
            self.found = found
            self.isMet = isMet
        }
    }

    /// What was done to the ensemble, or to the operator. Seconds since 1970.
    package struct Deed: Sendable, Codable, Hashable {
        package var at: Double
        package var what: String

        package init(at: Double, what: String) {
            self.at = at
            self.what = what
        }
    }

    package var drill: String
    package var plan: String
    /// With the same one the drill makes the same choices.
    package var seed: UInt64
    /// Empty where the plan was refused before there was a run.
    package var run: String
    /// What the plan was applied and gone on with by, with their exit codes.
    package var attempts: [Attempt]
    package var deeds: [Deed]
    package var clients: CanaryReport
    package var checks: [Check]
    /// Where the run and the reports are kept.
    package var folder: String
    /// Seconds from the first to the last, raising the ensemble and looking at it included.
    package var seconds: Double

    package struct Attempt: Sendable, Codable, Hashable {
        package var command: String
        package var exitCode: Int32

        package init(command: String, exitCode: Int32) {
            self.command = command
            self.exitCode = exitCode
        }
    }

    /// Where the runs of a drill lie, as `--state` names it.
    package static func state(in folder: String) -> String { folder + "/state" }

    package var isPassed: Bool { !checks.isEmpty && checks.allSatisfy(\.isMet) }

    package init(
        drill: String, plan: String, seed: UInt64, run: String, attempts: [Attempt], deeds: [Deed],
        clients: CanaryReport, checks: [Check], folder: String, seconds: Double
    ) {
        self.drill = drill
        self.plan = plan
        self.seed = seed
        self.run = run
        self.attempts = attempts
        self.deeds = deeds
        self.clients = clients
        self.checks = checks
        self.folder = folder
        self.seconds = seconds
    }
}

/// Why a drill could not be held at all.
package struct DrillError: Error, Sendable, CustomStringConvertible {
    /// A sentence that says what happened and, where there is one, the remedy.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
