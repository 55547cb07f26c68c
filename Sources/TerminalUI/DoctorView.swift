package import Diagnosis
import EnsembleModel

/// What is wrong with an ensemble, why, and what to do, as text, Markdown or JSON.
package struct DoctorView: Sendable {
    private let diagnosed: Diagnosed

    package init(_ diagnosed: Diagnosed) { self.diagnosed = diagnosed }

    // MARK: For people

    package func text(_ palette: Palette, width: Int) -> String {
        var page = TextPage(width: width, palette: palette)
        if diagnosed.findings.isEmpty {
            page.add("\(palette.done) \(diagnosed.ensemble): nothing is wrong", .good)
        }
        for finding in diagnosed.findings {
            page.blank()
            let paint: Paint = finding.severity == .critical ? .bad : .caution
            let mark = finding.severity == .critical ? palette.failed : palette.warning
            page.paragraph("\(mark) \(finding.severity.rawValue): \(finding.summary)", indent: 0, paint: paint)
            page.labelled("incident", finding.code)
            if !finding.servers.isEmpty { page.labelled("servers", Self.names(finding)) }
            for (index, line) in finding.evidence.enumerated() { page.labelled(index == 0 ? "seen" : "", line) }
            page.labelled("matters", finding.why)
            page.labelled("remedy", finding.remedy, .strong)
            if let plan = finding.plan { page.labelled("plan", plan.path, .strong) }
        }
        if !diagnosed.notes.isEmpty {
            page.blank()
            page.add("Worth knowing, and nothing wrong now:", .faint)
            for note in diagnosed.notes {
                page.hanging("-", "\(note.summary) \(note.remedy) (\(Self.names(note)))", indent: 2, paint: .faint)
            }
        }
        return page.text
    }

    package var markdown: String {
        var lines = ["## Diagnosis of \(Markdown.escaped(diagnosed.ensemble))", ""]
        if diagnosed.findings.isEmpty { lines += ["Nothing is wrong.", ""] }
        for finding in diagnosed.findings {
            lines += ["### \(finding.severity.rawValue): \(Markdown.escaped(finding.summary))", ""]
            lines.append("- incident: `\(finding.code)`")
            if !finding.servers.isEmpty { lines.append("- servers: \(Markdown.escaped(Self.names(finding)))") }
            lines += finding.evidence.map { "- seen: \(Markdown.escaped($0))" }
            lines += [
                "- why it matters: \(Markdown.escaped(finding.why))", "- remedy: \(Markdown.escaped(finding.remedy))",
            ]
            if let plan = finding.plan { lines.append("- plan: `\(plan.path)`") }
            lines.append("")
        }
        if !diagnosed.notes.isEmpty {
            lines += ["### Worth knowing, and nothing wrong now", ""]
            lines += diagnosed.notes.map {
                "- \(Markdown.escaped($0.summary)) \(Markdown.escaped($0.remedy)) (\(Markdown.escaped(Self.names($0))))"
            }
            lines.append("")
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }

    private static func names(_ finding: Finding) -> String {
        finding.servers.map(\.description).joined(separator: ", ")
    }

    // MARK: For programs

    /// `notes` are not findings: the exit code doesn't know of them.
    package var json: String {
        JSONText.object([
            "version": .integer(1), "ensemble": .string(diagnosed.ensemble),
            "findings": .array(diagnosed.findings.map(Self.json)), "notes": .array(diagnosed.notes.map(Self.json)),
        ]).document
    }

    private static func json(_ finding: Finding) -> JSONText {
        .object([
            "code": .string(finding.code), "severity": .string(finding.severity.rawValue),
            "servers": .array(finding.servers.map { .string($0.description) }), "summary": .string(finding.summary),
            "evidence": .array(finding.evidence.map { .string($0) }), "why": .string(finding.why),
            "remedy": .string(finding.remedy), "plan": .described(finding.plan?.path),
        ])
    }
}
