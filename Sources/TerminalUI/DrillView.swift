package import Drills
import EnsembleModel
import PlanExecution

/// How drills went: for people, for programs, and for schedulers that read JUnit's XML.
package struct DrillView: Sendable {
    private let results: [DrillResult]

    package init(_ results: [DrillResult]) { self.results = results }

    // MARK: Text

    package func text(_ palette: Palette) -> String {
        results.map { text($0, palette) }.joined(separator: "\n")
    }

    private func text(_ result: DrillResult, _ palette: Palette) -> String {
        var title = StyledLine()
        title.add(result.isPassed ? "passed" : "failed", result.isPassed ? .good : .bad)
        title.add("  \(safeForTerminal(result.drill))")
        title.add("  in \(Amounts.took(result.seconds)), seed \(result.seed)", .faint)
        var lines = [title.rendered(palette)]
        for check in result.checks {
            var line = StyledLine()
            line.add(check.isMet ? "  met    " : "  unmet  ", check.isMet ? .good : .bad)
            line.add(safeForTerminal("\(check.what): \(check.found)"))
            if check.wanted != check.found { line.add(safeForTerminal("; expected \(check.wanted)"), .faint) }
            lines.append(line.rendered(palette))
        }
        lines += CanaryText.lines(result.clients).map { "  " + $0 }
        lines += result.deeds.map { "  " + safeForTerminal("\(Amounts.timeOfDay($0.at)) \($0.what)") }
        lines += result.attempts.map { "  zkops \($0.command) ended with \($0.exitCode)" }
        lines.append("  kept in \(safeForTerminal(result.folder))")
        return lines.map { $0 + "\n" }.joined()
    }

    // MARK: Markdown

    package var markdown: String {
        var lines: [String] = []
        for result in results {
            lines += [
                "## \(result.isPassed ? "✅" : "❌") \(Markdown.escaped(result.drill))", "",
                "Took \(Amounts.took(result.seconds)), seed \(result.seed), run \(Markdown.code(result.run)).", "",
            ]
            let table = TextTable(
                columns: ["", "expectation", "expected", "found"],
                rows: result.checks.map { check in
                    [check.isMet ? "met" : "UNMET", check.what, check.wanted, check.found].map { .init($0) }
                })
            lines += table.markdown + [""]
            lines += CanaryText.lines(result.clients).map { "- \(Markdown.escaped($0))" }
            lines += result.deeds.map { "- \(Amounts.timeOfDay($0.at)) \(Markdown.escaped($0.what))" }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }

    // MARK: JSON

    /// The stable interface of `drill run --format json`, version 1.
    package var json: String {
        JSONText.object(["version": .integer(1), "drills": .array(results.map(Self.json))]).document
    }

    private static func json(_ result: DrillResult) -> JSONText {
        .object([
            "drill": .string(result.drill), "passed": .bool(result.isPassed), "plan": .string(result.plan),
            "seed": .string(String(result.seed)), "run": .string(result.run), "duration_s": .number(result.seconds),
            "expectations": .array(
                result.checks.map { check in
                    .object([
                        "what": .string(check.what), "expected": .string(check.wanted), "found": .string(check.found),
                        "met": .bool(check.isMet),
                    ])
                }),
            "attempts": .array(
                result.attempts.map {
                    .object(["command": .string($0.command), "exit_code": .integer(Int($0.exitCode))])
                }),
            "deeds": .array(
                result.deeds.map {
                    .object(["at": .string(Amounts.timestamp($0.at, milliseconds: true)), "what": .string($0.what)])
                }),
            "clients": CanaryText.json(result.clients), "folder": .string(result.folder),
        ])
    }

    // MARK: JUnit

    /// A test case a drill, as JUnit's reports have them (the schema of Jenkins' xUnit plugin).
    package var junit: String {
        let failures = results.filter { !$0.isPassed }.count
        let seconds = Amounts.decimal(results.reduce(0) { $0 + $1.seconds }, places: 3)
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<testsuite name="zkops drills" tests="\#(results.count)" failures="\#(failures)" errors="0" time="\#(seconds)">"#,
        ]
        for result in results {
            let name = HTML.escaped("\(result.drill), seed \(result.seed)")
            let time = Amounts.decimal(result.seconds, places: 3)
            lines.append(#"  <testcase classname="zkops.drill" name="\#(name)" time="\#(time)">"#)
            let unmet = result.checks.filter { !$0.isMet }.map { "\($0.what): \($0.found); expected \($0.wanted)" }
            if !result.isPassed {
                lines.append(#"    <failure message="\#(HTML.escaped(unmet.first ?? "nothing was checked"))">"#)
                lines.append(HTML.escaped(unmet.joined(separator: "\n")) + "</failure>")
            }
            lines.append("  </testcase>")
        }
        return (lines + ["</testsuite>"]).joined(separator: "\n") + "\n"
    }
}

/// The parts of a report's page that a drill adds.
extension DrillView {
    static func html(_ result: DrillResult) -> String {
        let rows = result.checks.map { check in
            let paint = check.isMet ? "good" : "bad"
            let cells = [check.what, check.wanted, check.found].map { "<td>\(HTML.escaped($0))</td>" }.joined()
            return #"<tr><td class="\#(paint)">\#(check.isMet ? "met" : "unmet")</td>\#(cells)</tr>"#
        }
        let deeds = result.deeds.map { "<li>\(Amounts.timeOfDay($0.at)) \(HTML.escaped($0.what))</li>" }
        return """
            <h2>Drill</h2>
            <p>\(HTML.escaped(result.drill)) <strong class="\(result.isPassed ? "good" : "bad")">\
            \(result.isPassed ? "passed" : "failed")</strong>, seed \(result.seed)</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Expectations">
            <table><thead><tr><th scope="col"></th><th scope="col">expectation</th><th scope="col">expected</th>\
            <th scope="col">found</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            </div>
            <h3>What was broken</h3>
            <ul>
            \(deeds.joined(separator: "\n"))
            </ul>
            """
    }
}
