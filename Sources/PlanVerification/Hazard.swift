package import PlanLanguage

/// Something that can go wrong in a plan, with the events that show it.
package struct Hazard: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable {
        case error, warning
    }

    package var code: HazardCode
    package var severity: Severity
    /// The id of the step; nil where it is there before the first step, or concerns the whole plan.
    package var step: String?
    /// The name of the step's stage.
    package var stage: String?
    /// What happens and what would help, in one or two sentences.
    package var message: String
    /// The shortest sequence of events that shows it, one a line.
    package var trace: [String]
    /// Where the step stands in the plan.
    package var range: SourceRange?
    /// Of what the search found, whether it takes a crash to come there; nil where it was found by counting.
    package var takesCrash: Bool?
    /// The reason that the plan's author gives for accepting it.
    package var acknowledgedBecause: String?

    package init(
        _ code: HazardCode, _ severity: Severity, step: String? = nil, stage: String? = nil, _ message: String,
        trace: [String] = [], acknowledgedBecause: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.step = step
        self.stage = stage
        self.message = message
        self.trace = trace
        self.acknowledgedBecause = acknowledgedBecause
    }

    /// Whether it forbids the plan.
    package var blocks: Bool { severity == .error && acknowledgedBecause == nil }
}
