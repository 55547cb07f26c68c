package import Diagnosis
import EnsembleModel

/// What is wrong with an ensemble, why, and what to do, as text, Markdown or JSON.
package struct DoctorView: Sendable {
    private let diagnosed: Diagnosed
    private let inventory: String

    /// - Parameter inventory: as the person called its file, for commands that go on from here.
    package init(_ diagnosed: Diagnosed, inventory: String) {
        self.diagnosed = diagnosed
        self.inventory = inventory
    }

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
            // On one line, however long, so that it can be copied.
            if let command = command(finding) { page.add("  command   ", .faint, then: command, .strong) }
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
        var lines = ["## Diagnosis of \(markdownText(diagnosed.ensemble))", ""]
        if diagnosed.findings.isEmpty { lines += ["Nothing is wrong.", ""] }
        for finding in diagnosed.findings {
            lines += ["### \(finding.severity.rawValue): \(markdownText(finding.summary))", ""]
            lines.append("- incident: `\(finding.code)`")
            if !finding.servers.isEmpty { lines.append("- servers: \(markdownText(Self.names(finding)))") }
            lines += finding.evidence.map { "- seen: \(markdownText($0))" }
            lines += ["- why it matters: \(markdownText(finding.why))", "- remedy: \(markdownText(finding.remedy))"]
            if let plan = finding.plan { lines.append("- plan: `\(plan.path)`") }
            if let command = command(finding) {
                lines.append("- the same, written for this ensemble: \(Self.code(command))")
            }
            lines.append("")
        }
        if !diagnosed.notes.isEmpty {
            lines += ["### Worth knowing, and nothing wrong now", ""]
            lines += diagnosed.notes.map {
                "- \(markdownText($0.summary)) \(markdownText($0.remedy)) (\(markdownText(Self.names($0))))"
            }
            lines.append("")
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }

    private static func code(_ text: String) -> String {
        text.contains("`") ? markdownText(text) : "`\(safeForTerminal(text))`"
    }

    private func command(_ finding: Finding) -> String? { finding.command?.text(inventory: inventory) }

    private static func names(_ finding: Finding) -> String {
        finding.servers.map(\.description).joined(separator: ", ")
    }

    // MARK: For programs

    /// `notes` are not findings: the exit code doesn't know of them.
    package var json: String {
        JSONText.object([
            "version": .integer(1), "ensemble": .string(diagnosed.ensemble),
            "findings": .array(diagnosed.findings.map(json)), "notes": .array(diagnosed.notes.map(json)),
        ]).document
    }

    private func json(_ finding: Finding) -> JSONText {
        .object([
            "code": .string(finding.code), "severity": .string(finding.severity.rawValue),
            "servers": .array(finding.servers.map { .string($0.description) }), "summary": .string(finding.summary),
            "evidence": .array(finding.evidence.map { .string($0) }), "why": .string(finding.why),
            "remedy": .string(finding.remedy), "plan": .described(finding.plan?.path),
            "command": .described(command(finding)),
        ])
    }
}
