import PlanLanguage

/// A plan that is being written: what its file says, in order.
package struct PlanDraft: Sendable {
    package struct Stage: Sendable {
        package var name: String
        /// Said above it in the file.
        package var comment: String?
        package var steps: [YAMLNode]

        package init(_ name: String, comment: String? = nil, _ steps: [YAMLNode]) {
            self.name = name
            self.comment = comment
            self.steps = steps
        }
    }

    package struct Acceptance: Sendable, Hashable {
        package var hazard: String
        package var stage: String?
        package var because: String

        package init(_ hazard: String, stage: String? = nil, because: String) {
            self.hazard = hazard
            self.stage = stage
            self.because = because
        }
    }

    package var name: String
    package var summary: String
    /// Paragraphs said at the head of the file: what the plan does, and why this way.
    package var comments: [String]
    package var settings: [(key: String, value: String)] = []
    /// What comes with the way that the plan takes. Those that match no hazard are left out of the file.
    package var accepts: [Acceptance]
    package var stages: [Stage]
    /// How many ways there are in all, where not all of them are drafted.
    package var waysInAll: Int?

    package init(
        name: String, summary: String, comments: [String], accepts: [Acceptance] = [], stages: [Stage]
    ) {
        self.name = name
        self.summary = summary
        self.comments = comments
        self.accepts = accepts
        self.stages = stages
    }

    /// The file.
    ///
    /// - Parameter facts: the path of the facts, where there is one.
    package func text(inventory: String, facts: String?) -> String {
        var lines = ["# yaml-language-server: $schema=plan.schema.json"]
        for (number, comment) in comments.enumerated() {
            if number > 0 { lines.append("#") }
            lines += Self.wrapped(comment).map { "# \($0)" }
        }
        var head: [(String, YAMLNode)] = [
            ("version", "1"), ("name", .word(name)), ("summary", .word(summary)), ("inventory", .word(inventory)),
        ]
        if let facts { head.append(("facts", .word(facts))) }
        if !settings.isEmpty { head.append(("settings", .map(settings.map { ($0.key, .word($0.value)) }))) }
        if !accepts.isEmpty { head.append(("acknowledge", .list(accepts.map(Self.node), folds: false))) }
        lines += YAMLNode.map(head, folds: false).lines(width: 130)
        lines.append("stages:")
        for stage in stages {
            if let comment = stage.comment { lines += Self.wrapped(comment).map { "  # \($0)" } }
            let node = YAMLNode.map(
                [("name", .word(stage.name)), ("steps", .list(stage.steps, folds: false))], folds: false)
            lines += node.item(width: 126).map { "  " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func node(_ acceptance: Acceptance) -> YAMLNode {
        var entries: [(String, YAMLNode)] = [("hazard", .word(acceptance.hazard))]
        if let stage = acceptance.stage { entries.append(("stage", .word(stage))) }
        return .map(entries + [("because", .word(acceptance.because))])
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if line.count + 1 + word.count <= 120 {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
