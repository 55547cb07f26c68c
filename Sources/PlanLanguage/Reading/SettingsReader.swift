extension PlanReader {
    mutating func settings(_ value: YAMLValue?, zoneExists: (String) -> Bool?) -> PlanSettings {
        var settings = PlanSettings()
        guard let value, let keys = keys(of: value, in: "`settings`", PlanRules.settings) else { return settings }
        if let duration = keys["settle_timeout"].flatMap({ positiveDuration($0) }) { settings.settleTimeout = duration }
        if let number = keys["max_unavailable"].flatMap({ integer($0, in: 1...Int.max) }) {
            settings.maxUnavailable = number
        }
        if let word = keys["on_failure"].flatMap({ onFailure($0) }) { settings.onFailure = word }
        settings.window = keys["window"].flatMap { window($0, zoneExists: zoneExists) }
        return settings
    }

    private mutating func window(_ value: YAMLValue, zoneExists: (String) -> Bool?) -> PlanSettings.Window? {
        guard let keys = keys(of: value, in: "`window`", PlanRules.window) else { return nil }
        let from = keys["from"].flatMap { timeOfDay($0) }
        let to = keys["to"].flatMap { timeOfDay($0) }
        let zone = keys["timezone"].flatMap { timeZone($0, exists: zoneExists) }
        guard let from, let to, let zone else { return nil }
        if from == to {
            error(
                at: keys.keyRange("to"), "the window closes when it opens",
                hint: "for the whole day, leave `window` out")
        }
        return .init(from: from, to: to, timezone: zone)
    }

    /// `02:00` as minutes since midnight.
    private mutating func timeOfDay(_ value: YAMLValue) -> Int? {
        if let match = value.text?.wholeMatch(of: #/(\d{1,2}):(\d{2})/#), let hour = Int(match.1),
            let minute = Int(match.2),
            hour < 24, minute < 60
        {
            return hour * 60 + minute
        }
        misfit(value, wanted: "a time from `00:00` to `23:59`")
        return nil
    }

    private mutating func timeZone(_ value: YAMLValue, exists: (String) -> Bool?) -> String? {
        guard let text = line(value, wanted: "a time zone") else { return nil }
        let isName = text.wholeMatch(of: #/[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*/#) != nil
        guard isName, exists(text) != false else {
            misfit(value, wanted: "the name of a time zone", hint: "such as Asia/Shanghai, Europe/Berlin or UTC")
            return nil
        }
        return text
    }

    /// Whether stages and steps exist is checked when all of them are known.
    mutating func acknowledgements(_ value: YAMLValue?) -> [ParsedAcknowledgement] {
        guard let value else { return [] }
        // A list whose entries were all removed is no mistake.
        if case .list(let items) = value.content, items.isEmpty { return [] }
        return (items(of: value, wanted: "a list of acknowledgements") ?? []).compactMap { acknowledgement($0) }
    }

    private mutating func acknowledgement(_ value: YAMLValue) -> ParsedAcknowledgement? {
        guard let keys = keys(of: value, in: "an acknowledgement", PlanRules.acknowledgement) else { return nil }
        let hazard = keys["hazard"].flatMap { word($0, among: Acknowledgement.knownHazards) }
        let stage = keys["stage"].flatMap { value in
            line(value, wanted: "a stage's name").map { Located($0, value.range) }
        }
        let step = keys["step"].flatMap { value in
            line(value, wanted: "a step's id or name").map { Located($0, value.range) }
        }
        let because = keys["because"].flatMap { text($0, wanted: "a reason") }
        guard let hazard, let because else { return nil }
        return ParsedAcknowledgement(hazard: hazard, stage: stage, step: step, because: because, range: value.range)
    }
}

struct ParsedAcknowledgement: Sendable {
    let hazard: String
    let stage: Located<String>?
    let step: Located<String>?
    let because: String
    let range: SourceRange

    /// With the stage's name and the step's id as the plan has them; unknown ones are reported.
    func resolved(in stages: [ResolvedStage], reader: inout PlanReader) -> Acknowledgement {
        let names = stages.map(\.name)
        let steps = stages.flatMap(\.steps).flatMap(\.withInnerSteps)
        var result = Acknowledgement(
            hazard: hazard, stage: stage?.value, step: step?.value, because: because, range: range)
        if let stage, !names.contains(stage.value) {
            let near = nearest(stage.value, among: names)
            reader.error(
                at: stage.range, "the plan has no stage `\(shortened(stage.value))`",
                hint: near.map { "did you mean `\($0)`?" }
                    ?? "its stages: \(names.filter { !$0.isEmpty }.joined(separator: ", "))")
        }
        guard let step, !steps.contains(where: { $0.id == step.value }) else { return result }
        let named = steps.filter { $0.title == step.value }
        switch named.count {
        case 1: result.step = named[0].id
        case 0:
            let near = nearest(step.value, among: steps.map(\.id) + steps.map(\.title))
            reader.error(
                at: step.range, "the plan has no step `\(shortened(step.value))`",
                hint: near.map { "did you mean `\($0)`?" }
                    ?? "a step is named by its id, such as \(steps.first?.id ?? "1.1")")
        default:
            reader.error(
                at: step.range, "several steps are named `\(shortened(step.value))`",
                hint: "name one by its id: \(list(named.prefix(6).map(\.id)))")
        }
        return result
    }
}
