import PlanLanguage

/// Matches the plan's acknowledgements with the hazards found.
struct Acknowledging {
    let plan: ResolvedPlan
    /// Codes for which every order of elections and crashes was explored.
    let explored: Set<HazardCode>

    func apply(to hazards: [Hazard], failures: Int) -> PlanFindings {
        var listed = hazards
        var matched: Set<Int> = []
        for index in listed.indices {
            for (number, acknowledgement) in plan.acknowledgements.enumerated()
            where accepts(acknowledgement, listed[index]) {
                matched.insert(number)
                listed[index].acknowledgedBecause = listed[index].acknowledgedBecause ?? acknowledgement.because
            }
        }
        let notExplored = HazardCode.needingExploration.subtracting(explored)
        var open: [Acknowledgement] = []
        for (number, acknowledgement) in plan.acknowledgements.enumerated() where !matched.contains(number) {
            if let code = HazardCode(rawValue: acknowledgement.hazard), notExplored.contains(code) {
                open.append(acknowledgement)
            } else {
                listed.append(unmatched(acknowledgement))
            }
        }
        return PlanFindings(
            hazards: listed, statesExplored: 0, failures: failures, notExplored: notExplored,
            acknowledgedUnexplored: open)
    }

    /// A step's id covers what is inside it.
    private func accepts(_ acknowledgement: Acknowledgement, _ hazard: Hazard) -> Bool {
        guard acknowledgement.hazard == hazard.code.rawValue else { return false }
        if let stage = acknowledgement.stage, stage != hazard.stage { return false }
        guard let step = acknowledgement.step else { return true }
        guard let place = hazard.step else { return false }
        return place == step || place.hasPrefix(step + "[") || place.hasPrefix(step + ".") || title(of: place) == step
    }

    /// The author's name of the step that an id stands for, or that it is inside of.
    private func title(of id: String) -> String? {
        let outer = id.prefix { $0 != "[" }
        return plan.stages.flatMap(\.steps).first { $0.id == outer }?.title
    }

    private func unmatched(_ acknowledgement: Acknowledgement) -> Hazard {
        let place =
            switch (acknowledgement.stage, acknowledgement.step) {
            case (let stage?, let step?): " in step \(step) of stage \(stage)"
            case (let stage?, nil): " in stage \(stage)"
            case (nil, let step?): " in step \(step)"
            case (nil, nil): ""
            }
        let known = HazardCode(rawValue: acknowledgement.hazard) != nil
        return Hazard(
            .acknowledgement, .warning, step: nil, stage: acknowledgement.stage,
            known
                ? "\(acknowledgement.hazard) is acknowledged\(place), but no such hazard was found\(place.isEmpty ? "" : " there"); remove the acknowledgement"
                : "\(acknowledgement.hazard) is acknowledged\(place), but there is no hazard of that name; correct it")
    }
}
