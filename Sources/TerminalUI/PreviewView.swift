package import PlanLanguage
package import PlanVerification

/// What a plan will do, for reviewers: as text for a terminal, as Markdown for a pull request, as JSON for programs.
package struct PreviewView: Sendable {
    private let preview: Preview

    package init(_ preview: Preview) { self.preview = preview }

    package init(_ verified: VerifiedPlan) { self.init(Preview(verified)) }

    /// Also of a plan with unacknowledged errors.
    ///
    /// - Parameter old: the plan as it was reviewed before; what changed since is shown then.
    package init(_ plan: ResolvedPlan, _ findings: PlanFindings, against old: (ResolvedPlan, PlanFindings)? = nil) {
        var preview = Preview(plan, findings)
        preview.changes = old.map { PlanChanges(from: Preview($0.0, $0.1), to: preview) }
        self.init(preview)
    }

    /// - Parameter width: columns; diffs are never broken or cut.
    package func text(width: Int = 100, palette: Palette = Palette(colour: false)) -> String {
        PreviewText(preview: preview, width: width, palette: palette).text
    }

    package func markdown() -> String { PreviewMarkdown(preview: preview).text }

    /// The stable interface of `plan preview --format json`, version 1.
    package func json() -> String { PreviewJSON(preview: preview).document }
}
