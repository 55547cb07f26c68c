/// The keys of a plan.
enum PlanRules {
    static let plan: [KeyRule] = [
        KeyRule("version", .words(["1"]), required: true, "version of the format, 1"),
        KeyRule("name", .text, required: true, "the plan's name"),
        KeyRule("summary", .text, "a paragraph for the reviewer"),
        KeyRule("inventory", .path, required: true, "the inventory file"),
        KeyRule("facts", .either([.path, .keys(FactsReader.inlineRules)]), "the facts file, or facts as a mapping"),
        KeyRule(
            "vars", .named(by: .text, .textOrNothing),
            "variables, used as ${name}; --var name=value gives another value"),
        KeyRule("settings", .keys(settings), "limits and what to do on failure"),
        KeyRule("acknowledge", .list(.keys(acknowledgement)), "hazards that the author accepts, each with a reason"),
        KeyRule("stages", .list(.keys(stage)), required: true, "the stages, each a list of steps"),
    ]

    static let settings: [KeyRule] = [
        KeyRule(
            "settle_timeout", .duration,
            "how long a started server may take to serve again, 120s unless given; never less than a minute and its initLimit, since an election may take so long"
        ),
        KeyRule(
            "max_unavailable", .integer(1...Int.max),
            "servers of the serving ensemble that may be down at once; 1 unless given"),
        KeyRule("on_failure", .words(["stop", "rollback"]), "stop, which keeps the run resumable, unless given"),
        KeyRule("window", .keys(window), "no step starts outside of it, and none whose usual time would cross its end"),
    ]

    static let window: [KeyRule] = [
        KeyRule("from", .timeOfDay, required: true, "when the window opens"),
        KeyRule("to", .timeOfDay, required: true, "when it closes; before from, it passes midnight"),
        KeyRule("timezone", .text, required: true, "the name of a time zone, such as Asia/Shanghai or UTC"),
    ]

    static let acknowledgement: [KeyRule] = [
        KeyRule("hazard", .words(Acknowledgement.knownHazards), required: true, "the hazard's code"),
        KeyRule("stage", .text, "the name of the stage that it is accepted for; the whole plan without stage and step"),
        KeyRule("step", .text, "the id or the name of the step that it is accepted for"),
        KeyRule("because", .text, required: true, "the reason"),
    ]

    static let stage: [KeyRule] = [
        KeyRule("name", .text, required: true, "the stage's name"),
        KeyRule("steps", .steps, required: true, "the steps"),
    ]
}

extension Acknowledgement {
    /// The codes that an acknowledgement may name.
    package static let knownHazards = [
        "data-loss", "split-brain", "disjoint-quorums", "quorum-loss", "lost-writes", "no-join", "myid", "port-clash",
        "version",
        "fragile", "leader-not-last", "rollback",
    ]
}
