import EnsembleModel
package import PlanLanguage

/// What is wrong with a plan, an inventory or facts, with the lines it concerns.
package struct DiagnosticsView: Sendable {
    private let input: InvalidInput

    package init(_ input: InvalidInput) { self.input = input }

    package func text(palette: Palette = Palette(colour: false)) -> String {
        let lines = input.rendered.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.map { line in
            let safe = safeForTerminal(line)
            return palette.text(safe, paint(safe)) + "\n"
        }.joined()
    }

    private func paint(_ line: String) -> Paint {
        if line.drop(while: { $0 == " " }).first == "^" { return .caution }
        return line.hasPrefix("  hint: ") ? .faint : .plain
    }

    /// `[{"file","line","column","message","hint"}]`; the place is null where a diagnostic has none.
    static func json(_ diagnostics: [Diagnostic]) -> JSONText {
        .array(
            diagnostics.map { diagnostic in
                .object([
                    "file": .described(diagnostic.range?.file),
                    "line": .optional(diagnostic.range?.line, JSONText.integer),
                    "column": .optional(diagnostic.range?.column, JSONText.integer),
                    "message": .string(diagnostic.message), "hint": .described(diagnostic.hint),
                ])
            })
    }
}
