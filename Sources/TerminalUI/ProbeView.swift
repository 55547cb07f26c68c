package import EnsembleAccess
import EnsembleModel

/// Which ports can be reached from where, as text, Markdown or JSON.
package struct ProbeView: Sendable {
    private let survey: PortSurvey

    package init(_ survey: PortSurvey) { self.survey = survey }

    package func text(_ palette: Palette) -> String {
        var lines = survey.rows.isEmpty ? [] : table.text(palette) + [""]
        if !survey.stopped.isEmpty { lines += [stoppedLine, ""] }
        if findings.isEmpty {
            lines.append(palette.text("\(palette.done) nothing is wrong", .good))
        } else {
            lines += findings.map { palette.text("\(palette.failed) \($0)", .bad) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var markdown: String {
        var lines = ["## Ports of \(Markdown.escaped(survey.ensemble))", ""]
        if !survey.rows.isEmpty { lines += table.markdown + [""] }
        if !survey.stopped.isEmpty { lines += [Markdown.escaped(stoppedLine), ""] }
        lines += findings.isEmpty ? ["Nothing is wrong."] : findings.map { "- \(Markdown.escaped($0))" }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: String {
        let rows = survey.rows.map { row in
            let ports = PortKind.allCases.map { kind in
                JSONText.Member(name: kind.rawValue, value: .optional(row.ports[kind]) { .string($0.rawValue) })
            }
            return JSONText.object([
                "server": .string(row.server.description), "mode": .string(row.mode.rawValue),
                "from": .described(row.from), "ports": .object(ports), "error": .described(row.failure?.message),
            ])
        }
        let findings = survey.findings.map { finding in
            JSONText.object([
                "server": .string(finding.server.description), "from": .described(finding.from),
                "port": .optional(finding.port) { .string($0.rawValue) }, "message": .string(finding.message),
            ])
        }
        return JSONText.object([
            "version": .integer(1), "ensemble": .string(survey.ensemble), "probes": .array(rows),
            "stopped": .array(survey.stopped.map { .string($0.description) }), "findings": .array(findings),
        ]).document
    }

    /// A sentence for each thing that is wrong.
    package var findings: [String] { survey.findings.map(Self.sentence) }

    private var table: TextTable {
        var table = TextTable(columns: ["server", "mode", "from", "client", "quorum", "election"])
        table.rows = survey.rows.map { row in
            let expected = PortSurvey.expected(of: row.mode)
            let cells = PortKind.allCases.map { kind in
                guard let state = row.ports[kind] else { return TextTable.Cell("-", .faint) }
                let isWrong = state == .stuck || (state != .open && row.from != nil && expected.contains(kind))
                return TextTable.Cell(state.rawValue, isWrong ? .bad : state == .open ? .good : .faint)
            }
            return [
                .init(row.server.description), .init(row.mode.rawValue, RunView.paint(row.mode)),
                .init(row.from ?? "(here)", row.from == nil ? .faint : .plain),
            ] + cells
        }
        return table
    }

    private var stoppedLine: String {
        "not running, so not probed: " + safeForTerminal(survey.stopped.map(\.description).joined(separator: ", "))
    }

    private static func sentence(_ finding: PortSurvey.Finding) -> String {
        let place = finding.from.map { ", from \($0)" } ?? ""
        return safeForTerminal("\(finding.server)\(place): \(finding.message)")
    }
}
