import EnsembleModel

/// A step as the plan has it, its names known, not yet lowered.
struct ParsedStep: Sendable {
    let kind: any StepKind
    let name: String?
    let timeout: Duration?
    let onFailure: PlanSettings.OnFailure?
    let range: SourceRange

    static let rules: [KeyRule] = [
        KeyRule("name", .text, "what the step is for; made from the verb unless given"),
        KeyRule("timeout", .duration, "how long the step may wait; settle_timeout unless given"),
        KeyRule("on_failure", .words(["stop", "rollback"]), "instead of the plan's on_failure"),
    ]

    /// Lowers the step at its place.
    ///
    /// - Parameter outer: what the rolling step around it says, for what this one doesn't.
    func resolved(
        id: String, in scope: inout ResolutionScope,
        outer: (timeout: Duration?, onFailure: PlanSettings.OnFailure?) = (nil, nil)
    ) -> ResolvedStep {
        let onFailure = onFailure ?? outer.onFailure
        (scope.stepID, scope.range) = (id, range)
        (scope.timeout, scope.onFailure) = (timeout ?? outer.timeout, onFailure)
        let body = kind.body(in: &scope)
        return ResolvedStep(
            id: id, verb: type(of: kind).verb, title: name ?? kind.title, range: range, onFailure: onFailure,
            compensation: kind.compensation, body: body)
    }
}

extension PlanReader {
    /// A list of steps with their numbers, from 1; those that can't be used are left out after their errors are reported.
    mutating func steps(_ value: YAMLValue) -> [(number: Int, step: ParsedStep)] {
        var steps: [(number: Int, step: ParsedStep)] = []
        for (index, item) in (items(of: value, wanted: "a list of steps") ?? []).enumerated() {
            if let step = step(item) { steps.append((index + 1, step)) }
        }
        return steps
    }

    private mutating func step(_ value: YAMLValue) -> ParsedStep? {
        guard case .mapping(let entries) = value.content else {
            misfit(value, wanted: "a step", hint: "a mapping such as {restart: zk1@v3.4.14}")
            return nil
        }
        let common = ParsedStep.rules.map(\.name)
        var verbs: [(kind: any StepKind.Type, entry: YAMLValue.Entry)] = []
        var unknown: [Located<String>] = []
        for entry in entries where !common.contains(entry.key.value) {
            if let kind = StepKinds.kind(of: entry.key.value) {
                verbs.append((kind, entry))
            } else {
                unknown.append(entry.key)
            }
        }
        for key in unknown { unknownKey(key, in: "a step", allowed: StepKinds.verbs + common) }
        let commonKeys = YAMLValue(.mapping(entries.filter { common.contains($0.key.value) }), range: value.range)
        let keys = keys(of: commonKeys, in: "a step", ParsedStep.rules)
        let name = keys?["name"].flatMap { line($0, wanted: "a name") }
        let timeout = keys?["timeout"].flatMap { positiveDuration($0) }
        let onFailure = keys?["on_failure"].flatMap { self.onFailure($0) }
        guard let first = verbs.first else {
            if unknown.isEmpty {
                error(
                    at: value.range, "a step must have a verb, and this one has none",
                    hint: "verbs: \(StepKinds.verbs.joined(separator: ", "))")
            }
            return nil
        }
        let (kind, entry) = first
        if verbs.count > 1 {
            error(
                at: verbs[1].entry.key.range,
                "a step must have exactly one verb, and this one has \(list(verbs.map { $0.kind.verb }, "and"))",
                hint: "make each a step of its own")
            for (kind, entry) in verbs.dropFirst() where !entry.value.isNothing {
                _ = kind.init(entry.value, reader: &self)
            }
        }
        if entry.value.isNothing {
            error(
                at: entry.key.range, "`\(kind.verb)` has no value",
                hint: "wanted: \(kind.documentation.value.description)")
            return nil
        }
        if isInsideRolling, kind.verb == Rolling.verb {
            error(at: entry.key.range, "a rolling step can't stand inside another")
            return nil
        }
        guard let made = kind.init(entry.value, reader: &self) else { return nil }
        return ParsedStep(kind: made, name: name, timeout: timeout, onFailure: onFailure, range: entry.key.range)
    }

    mutating func onFailure(_ value: YAMLValue) -> PlanSettings.OnFailure? {
        word(value, among: ["stop", "rollback"]).flatMap(PlanSettings.OnFailure.init(rawValue:))
    }
}
