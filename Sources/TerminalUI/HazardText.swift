import PlanLanguage
import PlanVerification

/// Hazards with their traces, as text.
enum HazardText {
    /// - Parameter source: the plan's text, of which the lines are shown that are meant; nil where it is shown anyway.
    static func add(_ findings: PlanFindings, in source: SourceText? = nil, to page: inout TextPage) {
        page.blank()
        page.add("Hazards", .strong)
        if findings.hazards.isEmpty { page.paragraph("none found", indent: 2) }
        for hazard in findings.hazards { add(hazard, in: source, to: &page) }
        coverage(findings, to: &page)
    }

    static func paint(_ hazard: Hazard) -> Paint {
        guard hazard.acknowledgedBecause == nil else { return .faint }
        return hazard.severity == .error ? .bad : .caution
    }

    /// `in 2.1, stage "take down"`
    static func place(_ hazard: Hazard) -> String {
        switch (hazard.step, hazard.stage) {
        case (let step?, let stage?): "in \(step), stage \"\(stage)\""
        case (let step?, nil): "in \(step)"
        case (nil, let stage?): "stage \"\(stage)\""
        case (nil, nil): "the whole plan"
        }
    }

    /// `error data-loss in 2.1, stage "take down": a server ...`
    static func line(_ hazard: Hazard) -> String {
        "\(hazard.severity.rawValue) \(hazard.code.rawValue) \(place(hazard)): \(hazard.message)"
    }

    private static func add(_ hazard: Hazard, in source: SourceText?, to page: inout TextPage) {
        page.hanging(
            "\(hazard.severity.rawValue) \(hazard.code.rawValue)", place(hazard), indent: 2, label: paint(hazard))
        page.paragraph(hazard.message, indent: 6)
        // What is acknowledged needs no looking up.
        if let source, let range = hazard.range, range.file == source.name, hazard.acknowledgedBecause == nil {
            for line in range.excerpt(of: source) { page.add("      " + line, .faint) }
        }
        for (index, event) in hazard.trace.enumerated() {
            page.hanging("\(index + 1).", event, indent: 8, paint: .faint)
        }
        if let reason = hazard.acknowledgedBecause {
            page.hanging("acknowledged:", reason, indent: 6, label: .good)
        }
    }

    /// What nobody has looked for, so that its absence is no comfort.
    private static func coverage(_ findings: PlanFindings, to page: inout TextPage) {
        if !findings.notExplored.isEmpty {
            page.blank()
            page.paragraph(notExplored(findings), indent: 2, paint: .caution)
        }
        for acknowledgement in findings.acknowledgedUnexplored {
            page.hanging(
                "acknowledged beforehand:",
                "\(acknowledgement.hazard)\(acknowledgement.stage.map { ", stage \"\($0)\"" } ?? "")"
                    + "\(acknowledgement.step.map { ", step \($0)" } ?? ""): \(acknowledgement.because)",
                indent: 2, label: .faint)
        }
    }

    static func notExplored(_ findings: PlanFindings) -> String {
        let codes = findings.notExplored.sorted().map(\.rawValue).joined(separator: ", ")
        return "Not looked for in every order of elections and crashes: \(codes). That none is listed is no proof."
    }
}
